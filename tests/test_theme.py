"""Accessible colours: contrast, monotone lightness, distinct runs."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from animgd.drawing.overlays.arrows import CASING
from animgd.drawing.overlays.marks import HALO_STRENGTH
from animgd.drawing.overlays.point import DARKNESS
from animgd.drawing.overlays.trail import AGES, Pen
from animgd.errors import SceneError
from animgd.frame import Box, Color
from animgd.graphics.markers import key
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


def over(color: Color, ground: Color, strength: float) -> Color:
    """A colour laid over another."""
    red, green, blue = np.rint(np.array(color) * strength + np.array(ground) * (1 - strength)).tolist()
    return int(red), int(green), int(blue)


def grounds(name: str) -> list[Color]:
    """Colours all along the map of a theme."""
    return [(int(r), int(g), int(b)) for r, g, b in colors(Style(name))[::4]]


@pytest.mark.parametrize("name", THEMES)
def test_trails_are_visible_on_every_colour(name: str) -> None:
    """At any age, over any colour of the map, core and casing differ, and one of them differs from the map."""
    pen = Pen.of(theme_of(Style(name)), 1.0)
    for age, core in enumerate(pen.colors):
        strength = pen.strength[0] + pen.strength[1] * (1 - age / AGES)
        for ground in grounds(name):
            casing = over(pen.dark, ground, strength)
            seen = max(contrast(core, ground), contrast(casing, ground))
            if name == "seed":  # the article's red on its map
                assert seen >= 2.25 and contrast(core, casing) >= 4.5
            else:
                assert contrast(core, ground) >= 1.6 and seen >= 3 and contrast(core, casing) >= 7


@pytest.mark.parametrize("name", THEMES)
def test_points_are_visible_on_every_colour(name: str) -> None:
    """A point differs from the ring or the disc below it, and one of these from any colour of the map."""
    look = theme_of(Style(name))
    assert min(max(contrast(point, look.dark), contrast(point, look.ring)) for point in look.points) >= 4.5
    for ground in grounds(name):
        disc = over(look.dark, ground, DARKNESS)
        assert max(contrast(disc, ground), contrast(look.ring, ground)) >= 3
        assert contrast(disc, look.ring) >= 7


@pytest.mark.parametrize("name", THEMES)
def test_words_on_the_map_have_contrast(name: str) -> None:
    """Names of marks with their halo, the state of a run on its plate, and the distance of a ghost, over any colour."""
    look = theme_of(Style(name))
    for ground in grounds(name):
        assert contrast(look.mark, over(look.dark, ground, HALO_STRENGTH)) >= 4.5
        assert contrast(look.ink, over(look.page, ground, 0.86)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_words_of_companions_have_contrast(name: str) -> None:
    """The names at the ends of curves can be read, and every curve, or its outline, is seen on its page."""
    look = theme_of(Style(name))
    assert min(contrast(color, look.plot) for color in look.labels) >= 4.5
    assert min(contrast(color, look.plot) for color in look.outlines) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_arrows_have_contrast(name: str) -> None:
    """Words in the colours of the arrows can be read on the page; arrow or casing is seen on any colour of the map."""
    look = theme_of(Style(name))
    assert CASING >= 1.4
    for color in (look.step, look.momentum, look.downhill, look.decay):
        assert contrast(color, look.page) >= 4.5
        assert contrast(color, look.arrow_casing) >= 4.5
        seen = min(max(contrast(color, ground), contrast(look.arrow_casing, ground)) for ground in grounds(name))
        assert seen >= 2.3


@pytest.mark.parametrize("name", THEMES)
def test_signs_of_the_legend_are_seen_on_the_page(name: str) -> None:
    """Those whose mark on the map is light are drawn in colours that differ from the page."""
    look = theme_of(Style(name))
    for kind in ("minimum", "decayed", "ghost", "off_plane"):
        stamps = key(kind, (20.0, 20.0), 20.0, Box(0, 0, 40, 40), look)
        assert stamps and all(contrast(color, look.page) >= 4.5 for _, color in stamps), kind


# What eyes without red or green cones see of linear light. Source: Machado, Oliveira, Fernandes, "A
# physiologically-based model for simulation of color vision deficiency", 2009, severity 1.
EYES = {
    "normal": np.eye(3),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968],
                              [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868],
                            [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
}  # fmt: skip


def oklab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear light in OKLab, times 100. Source: Björn Ottosson, 2020."""
    cones = np.cbrt([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                     [0.0883024619, 0.2817188376, 0.6299787005]] @ light)  # fmt: skip
    return 100 * np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                           [0.0259040371, 0.7827717662, -0.8086757660]]) @ cones  # fmt: skip


def distance(one: Color, other: Color, eye: str) -> float:
    """How far two colours are apart for an eye, in OKLab times 100."""
    a, b = (oklab(np.clip(EYES[eye] @ linear(color), 0, 1)) for color in (one, other))
    return float(np.linalg.norm(a - b))


def test_distances_are_those_of_the_sources() -> None:
    """White from black is 100 for every eye; red and green of one luminance nearly meet without green cones."""
    white, black, red, green = (255, 255, 255), (0, 0, 0), (209, 66, 12), (156, 122, 0)
    for eye in EYES:
        assert distance(white, black, eye) == pytest.approx(100, abs=0.1)
    assert distance(red, green, "normal") == pytest.approx(14.9, abs=0.1)
    assert distance(red, green, "deuteranopia") == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", THEMES)
def test_the_first_four_colours_hold_for_every_eye(name: str, eye: str) -> None:
    """Colours of runs on the map, and of their lines beside it, differ by 10 or more."""
    look = theme_of(Style(name))
    for row in (look.points[:4], look.lines[:4]):
        assert min(distance(a, b, eye) for a, b in itertools.combinations(row, 2)) >= 10


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", THEMES)
def test_arrows_differ_for_every_eye(name: str, eye: str) -> None:
    """So do the arrows of a step and its terms."""
    look = theme_of(Style(name))
    for together in ((look.momentum, look.downhill, look.decay), (look.step, look.downhill)):
        assert min(distance(a, b, eye) for a, b in itertools.combinations(together, 2)) >= 10


@pytest.mark.parametrize("name", THEMES)
def test_a_pale_line_is_seen_by_its_outline(name: str) -> None:
    """On a pale page, each companion draws the outline around a line of a pale colour."""
    from animgd.drawing.renderer import Renderer
    from tests import fabricated

    look = theme_of(Style(name))
    scene = fabricated.scene((1280, 720), panels=1, runs=3, theme=name)
    scene = replace(scene, companions=("fit", "loss"))
    renderer = Renderer(scene, fabricated.recording(scene, [fabricated.spiral(12, phase) for phase in (0.0, 2.0, 4.0)]))
    pixels = renderer.frame(renderer.timeline.count - 1)
    for plot in renderer.layout.plots:
        shown = pixels[plot.box.slices].astype(int)
        for color in (look.lines[2], look.outlines[2]):
            assert (np.abs(shown - np.array(color)).max(2) <= 40).sum() >= 50


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
