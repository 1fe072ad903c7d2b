"""What stands still: every sample's colour is where the sample is, and odd landscapes draw all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from animgd.drawing.background import contours
from animgd.drawing.renderer import Renderer
from animgd.frame import Box, Pixels
from animgd.graphics import theme
from animgd.graphics.markers import marker
from animgd.graphics.resample import view
from animgd.graphics.transform import AxesTransform
from animgd.layout import PanelBox
from animgd.recording.diagnostics import remarks
from animgd.scene.problem import Window
from animgd.scene.scene import Scene
from animgd.scene.style import Style
from tests import fabricated

SIZES = [(640, 360), (1280, 720), (1080, 1080)]


def panel(scene: Scene, loss: NDArray[np.float64]) -> tuple[PanelBox, Pixels]:
    """The first panel's place, and its pixels in the still picture."""
    renderer = Renderer(scene, fabricated.recording(scene, loss=loss))
    where = renderer.layout.panels[0]
    return where, renderer.still[where.box.slices]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No contour lines and no signs: the heatmap alone."""
    monkeypatch.setattr("animgd.drawing.background.contours", lambda unit, box, levels: None)
    monkeypatch.setattr("animgd.drawing.overlays.marks.marker", lambda *given: [])


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("axis", [0, 1])
def test_cells_of_the_seed_theme_are_centred_on_their_samples(size: tuple[int, int], axis: int) -> None:
    """Colours switch half way between two samples, within half a pixel; the outermost cells are cut in half."""
    samples = 12
    loss = np.broadcast_to(np.arange(samples) % 2.0, (samples, samples))
    loss = loss.T if axis == 0 else loss
    _, shown = panel(fabricated.scene(size, panels=1, theme="seed"), loss.copy())
    line = shown[::-1, shown.shape[1] // 2] if axis == 0 else shown[shown.shape[0] // 2]
    switches = np.flatnonzero((line[1:] != line[:-1]).any(1)) + 1
    assert len(switches) == samples - 1
    expected = (np.arange(samples - 1) + 0.5) / (samples - 1) * len(line)
    assert np.abs(switches - expected).max() <= 0.5
    low, high = theme.colors(Style("seed"))[[0, -1]]
    assert np.array_equal(line[0], low)
    assert np.array_equal(line[-1], high)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style", ["light", "seed"])
def test_a_high_sample_is_seen_centred_on_its_place(size: tuple[int, int], style: str) -> None:
    """A sample among lower ones: its tent (or cell) is centred on the sample, within half a pixel."""
    samples = 14
    scene = fabricated.scene(size, panels=1, style=Style(style, colormap="gray", scale="linear"))
    for row, column in ((3, 5), (10, 2), (6, 11)):
        loss = np.zeros((samples, samples))
        loss[row, column] = 1.0
        where, shown = panel(scene, loss)
        bright = shown[..., 0].astype(float)
        y, x = np.mgrid[: bright.shape[0], : bright.shape[1]] + 0.5
        found = (bright * x).sum() / bright.sum(), (bright * y).sum() / bright.sum()
        window, box = Window(), where.box
        weight, bias = np.linspace(*window.weight, samples)[row], np.linspace(*window.bias, samples)[column]
        wanted = AxesTransform(box, window.x, window.y).to_pixels(float(bias), float(weight))
        assert abs(found[0] + box.left - wanted[0]) <= 0.5
        assert abs(found[1] + box.top - wanted[1]) <= 0.5


@pytest.mark.usefixtures("bare")
def test_the_pixel_at_a_sample_has_its_colour() -> None:
    """In the smooth theme, where each sample lies its own colour is shown, to what half a pixel may change."""
    samples = 9
    random = np.random.default_rng(1)
    loss = random.uniform(0, 1, (samples, samples))
    loss[0, 0], loss[-1, -1] = 0.0, 1.0
    scene = fabricated.scene((1280, 720), panels=1, style=Style(colormap="gray", scale="linear"))
    _, shown = panel(scene, loss)
    high, wide = shown.shape[:2]
    pixel = 255 * (samples - 1) / min(high, wide)  # the steepest change from one pixel to the next
    for row in range(samples):
        for column in range(samples):
            y = min(int((1 - row / (samples - 1)) * high), high - 1)
            x = min(int(column / (samples - 1) * wide), wide - 1)
            assert abs(float(shown[y, x, 0]) - 255 * loss[row, column]) <= pixel + 1


def test_view_is_exact_for_a_plane() -> None:
    """Interpolation between samples reproduces whatever is linear, at pixels' centres; parts are parts of it."""
    box = Box(7, 3, 107, 83)
    unit = np.linspace(0, 1, 5)[:, None] + np.linspace(0, 3, 9)[None, :]
    whole = view(unit, box, box, smooth=True)
    x, y = (np.arange(100) + 0.5) / 100, 1 - (np.arange(80) + 0.5) / 80
    assert np.allclose(whole, y[:, None] + 3 * x[None, :], rtol=0, atol=1e-12)
    part = Box(20, 30, 60, 41)
    for smooth in (True, False):
        all_of_it = view(unit, box, box, smooth)
        assert np.array_equal(view(unit, box, part, smooth), all_of_it[27:38, 13:53])


def test_two_samples_are_enough() -> None:
    """The coarsest landscape has two samples a side, and is shown from edge to edge."""
    unit = np.array([[0.0, 1.0], [2.0, 3.0]])
    box = Box(0, 0, 10, 10)
    assert view(unit, box, box, smooth=False).tolist() == [[2.0] * 5 + [3.0] * 5] * 5 + [[0.0] * 5 + [1.0] * 5] * 5
    assert np.isclose(view(unit, box, box, smooth=True)[0, 0], 2 * 0.95 + 0.05)


@pytest.mark.usefixtures("bare")
def test_large_heatmaps_are_coloured_in_parts_without_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colouring block by block gives the picture that one block would."""
    scene = fabricated.scene((640, 360), panels=1)
    shown = []
    for block in (1 << 30, 1000):
        monkeypatch.setattr("animgd.drawing.background.BLOCK", block)
        shown.append(panel(scene, fabricated.bowl(Window()))[1])
    assert np.array_equal(*shown)


def test_contours_lie_where_the_loss_is() -> None:
    """On an uneven slope every contour line runs through pixels of its level, and none is missing."""
    unit = (np.linspace(0, 1, 23)[:, None] ** 2 + 2 * np.linspace(0, 1, 23)[None, :]) / 3
    box = Box(0, 0, 440, 330)
    shown = view(unit, box, box, smooth=True) * 11
    lines = contours(unit, box, [k / 11 for k in range(1, 11)]).coverage > 200
    assert set(np.rint(shown[lines]).tolist()) == set(range(1, 11))
    steepest = np.hypot(*np.gradient(shown))
    assert (np.abs(shown - np.rint(shown)) / steepest)[lines].max() < 1.0  # pixels


def test_signs_stand_on_start_and_minimum() -> None:
    """The start's ring and the minimum's cross are centred where parameters put them, within a tenth of a pixel."""
    look = theme.THEMES["light"]
    for kind in ("start", "minimum", "maximum", "decayed"):
        centre = (80.3, 60.8)
        total = np.zeros((150, 200))
        for stamp, _ in marker(kind, centre, 1.7, Box(0, 0, 200, 150), look):
            rows, columns = stamp.box.slices
            total[rows, columns] = np.maximum(total[rows, columns], stamp.coverage)
        y, x = np.mgrid[:150, :200] + 0.5
        assert np.hypot((total * x).sum() / total.sum() - 80.3, (total * y).sum() / total.sum() - 60.8) < 0.1


def test_the_start_is_marked_on_the_picture() -> None:
    """Moving the start moves its sign, and nothing but the two places changes on the map of the first frame."""
    scene = replace(fabricated.scene((640, 360), panels=1), hide="all")
    places = [(5.0, -3.0), (-2.0, 6.0)]
    stills = []
    for weight, bias in places:
        path = np.full(13, weight), np.full(13, bias)
        renderer = Renderer(scene, fabricated.recording(scene, [path]))
        stills.append(renderer.frame(0))
    box = renderer.layout.panels[0].box
    rows, columns = np.nonzero((stills[0] != stills[1]).any(2)[box.slices])
    rows, columns = rows + box.top, columns + box.left
    transform = AxesTransform(box, Window().x, Window().y)
    near = [transform.to_pixels(bias, weight) for weight, bias in places]
    away = np.min([np.hypot(columns + 0.5 - x, rows + 0.5 - y) for x, y in near], axis=0)
    assert len(rows) > 20
    assert away.max() < 8


ODD = {
    "nan": np.full((4, 4), np.nan),
    "infinite": np.full((4, 4), np.inf),
    "mixed": np.array([[np.nan, 1.0, 2.0], [np.inf, 3.0, 4.0], [5.0, -np.inf, 6.0]]),
    "constant": np.full((4, 4), 3.0),
    "zero": np.zeros((4, 4)),
    "negative": np.full((4, 4), -2.0),
    "both signs": np.linspace(-1, 1, 16).reshape(4, 4),
    "touching zero": np.linspace(0, 1, 16).reshape(4, 4),
    "tiny": np.linspace(1e-300, 2e-300, 16).reshape(4, 4),
    "denormal": np.linspace(5e-324, 1e-322, 16).reshape(4, 4),
    "huge": np.linspace(1e300, 1.7e308, 16).reshape(4, 4),
    "all of floating point": np.array([[-1.7e308, 0.0], [1.0, 1.7e308]]),
    "nearly constant": np.array([[1.0, 1.0], [1.0, np.nextafter(1.0, 2.0)]]),
}
SAID = {"nan": "not finite", "infinite": "not finite", "constant": "constant", "zero": "constant",
        "negative": "constant", "both signs": "linear"}  # fmt: skip


@pytest.mark.parametrize("style", ["light", "dark", "seed"])
@pytest.mark.parametrize("odd", ODD)
def test_odd_landscapes_draw_and_say_so(odd: str, style: str) -> None:
    """No landscape breaks the film; one that shows nothing, or not what was asked for, is remarked on."""
    scene = fabricated.scene(panels=1, epochs=2, theme=style)
    recording = fabricated.recording(scene, loss=ODD[odd])
    renderer = Renderer(scene, recording)
    assert renderer.frame(0).shape == (360, 640, 3)
    said = [line for line in (*remarks(scene, recording), *renderer.remarks) if "diverged" not in line]
    if odd in SAID and (style, odd) != ("seed", "both signs"):
        assert len(said) == 1
        assert SAID[odd] in said[0]
    elif odd not in ("mixed", "huge", "touching zero", "all of floating point", "nearly constant"):
        assert said == []


@pytest.mark.parametrize("style", ["light", "dark", "seed"])
def test_an_undefined_landscape_has_its_own_colour_and_a_word(style: str) -> None:
    """Where no sample is finite the panel is flat, in a colour that is no loss, and says "undefined"."""
    scene = fabricated.scene((1280, 720), panels=1, theme=style)
    _, shown = panel(scene, ODD["nan"])
    look = theme.theme_of(scene.style)
    flat = (shown == look.undefined).all(2).mean()
    assert 0.9 < flat < 1.0
    assert not (theme.colors(scene.style) == look.undefined).all(1).any()


@pytest.mark.usefixtures("bare")
def test_samples_that_are_not_finite_are_shown_as_undefined() -> None:
    """A hole in the landscape is a hole in the heatmap, at its place."""
    loss = np.linspace(1, 2, 121).reshape(11, 11)
    loss[2, 8] = np.nan
    scene = fabricated.scene((1280, 720), panels=1, theme="seed")
    _, shown = panel(scene, loss)
    rows, columns = np.nonzero((shown == theme.theme_of(scene.style).undefined).all(2))
    high, wide = shown.shape[:2]
    assert abs(columns.mean() + 0.5 - 0.8 * wide) < 0.5
    assert abs(rows.mean() + 0.5 - 0.8 * high) < 0.5
    assert abs(len(rows) - high * wide / 100) < 0.1 * high * wide / 100


def test_bar_is_the_scale_upside_up() -> None:
    """The colour bar shows the whole map, the lowest loss at its foot."""
    for style in ("light", "dark", "seed"):
        scene = fabricated.scene((1280, 720), panels=1, theme=style)
        renderer = Renderer(scene, fabricated.recording(scene))
        table = theme.colors(scene.style).astype(int)
        column = renderer.still[renderer.layout.panels[0].bar.slices][:, 2].astype(int)
        assert np.abs(column[0] - table[-1]).max() <= 4
        assert np.abs(column[-1] - table[0]).max() <= 4
        middle = column[len(column) // 2]
        assert np.abs(middle - table[len(table) // 2]).max() <= 4


def test_a_window_of_its_own_moves_the_picture() -> None:
    """`window` says what the edges mean: the same bowl in another window has its floor elsewhere."""
    for window in (Window(), Window(bias=(0, 5), weight=(-2, 3))):
        scene = replace(fabricated.scene((640, 360), panels=1, theme="seed"), window=window)
        fine = fabricated.bowl(window, 101)
        where, shown = panel(scene, fine)
        table = theme.colors(scene.style).astype(int)
        floor = np.abs(shown.astype(int) - table[0]).sum(2) < 3
        rows, columns = np.nonzero(floor)
        x, y = AxesTransform(where.box, window.x, window.y).to_pixels(2.5, 1.0)
        assert np.hypot(columns.mean() + 0.5 + where.box.left - x, rows.mean() + 0.5 + where.box.top - y) < 2.5
