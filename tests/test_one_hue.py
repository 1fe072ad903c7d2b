"""Runs that differ in one number have shades of one hue, from light to dark in its order."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from animgd import SGD, Loss, Optimizer, Panel, Point, Run
from animgd.drawing.renderer import Renderer
from animgd.frame import Color
from animgd.graphics.theme import THEMES, line_colors, theme_of
from animgd.scene.scene import OptimizerLike
from animgd.scene.style import Style
from tests import fabricated
from tests.test_theme import EYES, contrast, distance, grounds, luminance, over


def ranks(optimizer: OptimizerLike = (), **given: object) -> tuple[int, ...]:
    """What the layout of a scene finds."""
    scene = replace(fabricated.scene((1280, 720), panels=2), optimizer=optimizer, **given)  # type: ignore[arg-type]
    return Renderer(scene, fabricated.recording(scene)).layout.ranks


def test_the_order_is_that_of_the_number() -> None:
    """Of lr, momentum, or a setting of any optimizer; also of panels that companions tell apart."""
    assert ranks({"a": SGD(0.3), "b": SGD(0.1), "c": SGD(0.2)}) == (2, 0, 1)
    assert ranks({f"{m}": SGD(0.1, momentum=m) for m in (0.0, 0.5, 0.9, 0.99)}) == (0, 1, 2, 3)
    assert ranks({f"{e}": Optimizer("Adam", lr=0.3, eps=e) for e in (1.0, 0.1, 1e-8)}) == (2, 1, 0)
    panels = tuple(Panel(title=f"lr {lr}", loss="MSELoss", optimizer=SGD(lr)) for lr in (0.1, 0.01, 1.0))
    assert ranks(panels=panels, companions=("loss",)) == (1, 0, 2)


def test_other_runs_are_categories() -> None:
    """Two runs, seven, equal ones, runs that differ in two settings, in a flag, a class, their start or their loss."""
    plain, other = {"a": SGD(0.1), "b": SGD(0.2)}, Point(weight=0.0, bias=0.0)
    for more in (
        {},
        {"c": SGD(0.2)},
        {f"{k}": SGD(0.1 * k) for k in range(3, 8)},
        {"c": SGD(0.3, momentum=0.9)},
        {"c": Optimizer("Adam", lr=0.3)},
    ):
        assert ranks({**plain, **more}) == ()
    assert ranks({"a": SGD(0.1), "b": SGD(0.1, momentum=0.9), "c": SGD(0.1, momentum=0.9, nesterov=True)}) == ()
    assert ranks((Run("a", SGD(0.1)), Run("b", SGD(0.2)), Run("c", SGD(0.3), start=other))) == ()
    losses = ("MSELoss", "L1Loss", Loss("HuberLoss"))
    panels = tuple(Panel(title=f"{i}", loss=loss, optimizer=SGD(0.1 + i)) for i, loss in enumerate(losses))
    assert ranks(panels=panels, companions=("loss",)) == ()


def shades(name: str, count: int) -> tuple[Color, ...]:
    """The colours of so many runs in order."""
    return theme_of(Style(name), tuple(range(count))).points


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", THEMES)
def test_shades_differ_for_every_eye(name: str, eye: str) -> None:
    """Up to five by 10 or more, as categories do; six, which signs tell apart too, by 8."""
    for count, least in ((3, 20), (4, 10), (5, 10), (6, 8)):
        assert min(distance(a, b, eye) for a, b in itertools.combinations(shades(name, count), 2)) >= least


@pytest.mark.parametrize("name", THEMES)
def test_a_greater_number_is_darker(name: str) -> None:
    """The order is one of lightness, so it survives colour blindness and print; colours follow ranks, not places."""
    assert (np.diff([float(luminance(shade)) for shade in shades(name, 6)]) < 0).all()
    theme, (low, middle, high) = theme_of(Style(name), (2, 0, 1)), shades(name, 3)
    assert theme.points == theme.lines == (high, low, middle)


@pytest.mark.parametrize("name", THEMES)
def test_shades_are_seen_on_map_and_page(name: str) -> None:
    """Trails by core or casing, points by their ring or the disc below, lines by themselves or their outline, words."""
    theme = theme_of(Style(name), tuple(range(6)))
    for shade in theme.points:
        assert max(contrast(shade, theme.dark), contrast(shade, theme.ring)) >= 4.5
        assert contrast(shade, theme.dark) >= 2.2
        seen = (
            max(contrast(shade, ground), contrast(over(theme.dark, ground, 0.85), ground)) for ground in grounds(name)
        )
        assert min(seen) >= 1.4
    assert min(contrast(color, theme.plot) for color in theme.labels) >= 4.5
    for color, outline in (line_colors(theme, marker) for marker in range(6)):
        assert contrast(outline or color, theme.plot) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_a_film_is_drawn_in_them(name: str) -> None:
    """Points and lines of companions have the shades, and encoders are told of them."""
    scene = fabricated.scene((1280, 720), panels=1, theme=name)
    scene = scene.replace(optimizer={f"{lr}": SGD(lr) for lr in (0.3, 0.1, 0.2)}, companions=("loss",))
    paths = [fabricated.spiral(12, phase) for phase in (0.0, 2.0, 4.0)]
    renderer = Renderer(scene, fabricated.recording(scene, paths))
    low, middle, high = shades(name, 3)
    assert {low, middle, high} <= set(renderer.info.inks)
    pixels = renderer.frame(renderer.timeline.count // 2)
    for box in (renderer.layout.panels[0].box, renderer.layout.plots[0].box):
        drawn = set(map(tuple, pixels[box.slices].reshape(-1, 3).tolist()))
        assert {low, middle, high} <= drawn
