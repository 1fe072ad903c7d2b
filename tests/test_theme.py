"""Accessible colours: contrast, monotone lightness, distinct runs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from animgd.errors import SceneError
from animgd.frame import Color
from animgd.graphics.theme import LEVELS, RAMPS, colors, rgb, run_colors, theme_of
from animgd.scene.style import THEMES, Style


def linear(color: NDArray[np.uint8] | Color) -> NDArray[np.float64]:
    """Linear light, from 0 to 1. Source: IEC 61966-2-1."""
    value = np.asarray(color, float) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(color: NDArray[np.uint8] | Color) -> NDArray[np.float64]:
    """The luminance of a colour. Source: WCAG 2.2, relative luminance."""
    return linear(color) @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one: Color, other: Color) -> float:
    """Source: WCAG 2.2, contrast ratio."""
    high, low = sorted((float(luminance(one)), float(luminance(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_all_text_has_contrast(name: str) -> None:
    """All texts have a contrast of 4.5:1 or more with their background."""
    look = theme_of(Style(name))
    assert contrast(look.ink, look.page) >= 4.5
    assert contrast(look.muted, look.page) >= 4.5
    assert contrast(look.ink, look.plot) >= 4.5
    assert contrast(look.muted, look.plot) >= 4.5
    black, white = (0, 0, 0), (255, 255, 255)
    assert max(contrast(black, look.undefined), contrast(white, look.undefined)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_the_word_undefined_has_contrast(name: str) -> None:
    """The label on a heatmap has this contrast too, measured in the picture."""
    from animgd.drawing.renderer import Renderer
    from tests import fabricated

    scene = fabricated.scene((1280, 720), panels=1, theme=name)
    renderer = Renderer(scene, fabricated.recording(scene, loss=np.full((3, 3), np.nan)))
    box = renderer.layout.panels[0].box
    middle = (box.top + box.bottom) // 2
    shown = renderer.still[middle - 30 : middle + 10, box.left + 5 : box.right - 5].reshape(-1, 3)
    ratios = [contrast(tuple(color), theme_of(scene.style).undefined) for color in np.unique(shown, axis=0).tolist()]
    assert max(ratios) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_trails_are_visible_on_every_colour(name: str) -> None:
    """Outline and core of a trail have contrast with each other, so that one is visible on any colour."""
    look = theme_of(Style(name))
    cores = look.fresh, look.dry
    assert min(contrast(look.casing, core) for core in cores) >= (4.5 if name == "seed" else 7)
    for _, point in (run_colors(look, run, True) for run in range(6)):
        assert max(contrast(point, look.dark), contrast(point, look.ring)) >= 4.5
    for color in colors(Style(name))[::32].tolist():
        least = min(max(contrast(tuple(color), look.casing), contrast(tuple(color), core)) for core in cores)
        assert least >= (2.0 if name == "seed" else 3.0)
        assert name == "seed" or min(contrast(tuple(color), core) for core in cores) >= 1.6


@pytest.mark.parametrize("name", ["light", "dark"])
def test_arrows_have_contrast(name: str) -> None:
    """Words in the colours of the arrows can be read on the page, and each arrow differs from its casing."""
    look = theme_of(Style(name))
    for color in (look.momentum, look.downhill, look.decay):
        assert contrast(color, look.page) >= 4.5
        assert contrast(color, look.arrow_casing) >= 4.5


@pytest.mark.parametrize("name", RAMPS)
def test_lightness_of_our_maps_is_monotone(name: str) -> None:
    """Lower losses are darker: the order survives colour blindness and print."""
    bright = luminance(colors(Style(colormap=name)))
    assert (np.diff(bright) >= -2e-3).all()
    assert (np.diff(bright[:: LEVELS // 64]) > 0).all()


@pytest.mark.parametrize("name", RAMPS)
def test_our_maps_have_no_steps(name: str) -> None:
    """Adjacent colours are nearly equal, so no bands are visible; the ends are those of the ramp."""
    table = colors(Style(colormap=name)).astype(int)
    assert np.abs(np.diff(table, axis=0)).max() <= 2
    assert table.shape == (LEVELS, 3)
    assert np.abs(table[0] - rgb(RAMPS[name][0])).max() <= 1
    assert np.abs(table[-1] - rgb(RAMPS[name][-1])).max() <= 1


def test_seed_theme_has_the_articles_colours() -> None:
    """The article's look: matplotlib's `terrain`, a linear scale, no interpolation, red plus signs."""
    import matplotlib

    table = matplotlib.colormaps["terrain"](np.linspace(0, 1, LEVELS))[:, :3]
    assert np.abs(colors(Style("seed")).astype(float) - 255 * table).max() <= 0.5
    look = theme_of(Style("seed"))
    assert (look.scale, look.smooth, look.bead) == ("linear", False, "plus")
    assert look.fresh[0] > 200
    assert max(look.fresh[1:]) < 30


@pytest.mark.parametrize("name", THEMES)
def test_runs_differ_by_colour(name: str) -> None:
    """The six colours of runs on a panel are distinct from each other."""
    look = theme_of(Style(name))
    points = [run_colors(look, run, True)[1] for run in range(6)]
    for one, other in itertools.combinations(points, 2):
        assert np.abs(np.array(one) - np.array(other)).sum() >= 90


def test_colormaps_of_matplotlib() -> None:
    """Any colormap of matplotlib is used unchanged."""
    assert not np.array_equal(colors(Style(colormap="viridis")), colors(Style()))
    assert np.array_equal(colors(Style(colormap="gray"))[[0, -1]], [[0, 0, 0], [255, 255, 255]])


def test_an_unknown_colormap_is_an_error_with_a_hint() -> None:
    """An unknown name is an error with the declaration's origin and a suggestion."""
    with pytest.raises(SceneError, match=r"test_theme\.py:\d+: .*unknown colormap 'virids'.*viridis"):
        colors(Style(colormap="virids"))
