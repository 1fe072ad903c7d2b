"""The small map of a run that leaves its panel: when it opens, what it shows, where it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from fabricated import Path, bowl, leaving, recording, scene, spiral

from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.frame import inner, shrunk
from animgd.drawing.overlays.inset.picture import NOTE
from animgd.drawing.overlays.marks import HALO
from animgd.drawing.overlays.small_map import placed
from animgd.drawing.overlays.small_map.picture import Far, wording, words_on
from animgd.drawing.overlays.small_map.place import SMALLEST
from animgd.drawing.overlays.trail import Pen
from animgd.drawing.renderer import Renderer, contexts
from animgd.frame import Box
from animgd.graphics.numbers import THIN
from animgd.graphics.text import width
from animgd.graphics.theme import THEMES
from animgd.recording.model import Landscape, Recording, Series, Trajectory
from animgd.recording.npz import dumps, loads
from animgd.recording.windows.wider import FIT, MOST, doublings, widened
from animgd.scene.optimizers import SGD, Optimizer
from animgd.scene.problem import Function, Point, Window
from animgd.scene.scene import Panel, Scene
from animgd.training.record import record

HD = (1280, 720)
WINDOW = Window()


def zigzag(epochs: int, growth: float = -1.6) -> Path:
    """Along one line through the floor, further each time."""
    steps = 3.0 * growth ** np.arange(epochs + 1)
    return 1.0 - 0.25 * steps, 2.5 + steps


def path(weight: Series, bias: Series, diverged_at: int | None = None) -> Trajectory:
    return Trajectory(weight, bias, np.ones(len(bias)), np.zeros((len(bias), 2)), None, diverged_at)


def with_maps(recorded: Recording, value: float | None = None) -> Recording:
    """The recording with the wider landscapes that its runs need; with a loss of `value` at some of their samples."""
    panels = []
    for panel in recorded.panels:
        times = sorted({*doublings(panel.runs[0], panel.landscape.window).tolist()} - {0})
        windows = [widened(panel.landscape.window, each) for each in times]
        losses = [bowl(window, 49) for window in windows]
        for loss in losses if value is not None else ():
            loss[::3, 5:] = value
        lands = tuple(Landscape(window, loss) for window, loss in zip(windows, losses, strict=True))
        panels.append(replace(panel, wider=lands))
    return replace(recorded, panels=tuple(panels))


def film(walks: Sequence[Path], size: tuple[int, int] = HD, theme: str = "light", **more: object) -> Renderer:
    """A film of made-up runs that may leave."""
    epochs = len(walks[0][0]) - 1
    declared = scene(size, panels=len(walks), epochs=epochs, theme=theme, fps=4, epochs_per_second=2)
    declared = replace(declared, **more)  # type: ignore[arg-type]
    return Renderer(declared, with_maps(recording(declared, walks)))


def context(renderer: Renderer, panel: int = 0) -> Context:
    """The panel of a film, for overlays."""
    return contexts(renderer._scene, renderer._recording, renderer.layout)[panel]


def corner(renderer: Renderer, panel: int = 0) -> Box:
    """The box of a small map."""
    box = placed(context(renderer, panel))
    assert box is not None
    return box


def at(renderer: Renderer, moment: Fraction | int) -> Series:
    """The frame that shows a moment."""
    numbers = range(renderer.timeline.count)
    return renderer.frame(next(n for n in numbers if renderer.timeline.moment(n) == moment)).copy()


def test_the_window_is_doubled_until_the_path_fits() -> None:
    """From the first epoch outside on, the path so far lies within 0.82 of the half side, and in no smaller window."""
    run = path(*zigzag(14))
    found = doublings(run, WINDOW)
    away = np.maximum.accumulate(np.abs(run.bias - 1.5) / 6.5)
    out = away > 1
    assert (found[~out] == 0).all()
    assert (away[out] <= FIT * 2.0 ** found[out]).all()
    assert ((away[out] > FIT * 2.0 ** (found[out] - 1)) | (found[out] == 1)).all()
    assert (np.diff(found) >= 0).all()


def test_a_run_that_diverges_needs_no_more() -> None:
    """The path ends before the epoch at which it diverged, whatever comes later."""
    weight, bias = zigzag(14)
    weight[9:], bias[9:] = np.nan, np.inf
    assert doublings(path(weight, bias, 9), WINDOW).tolist() == doublings(path(*zigzag(8)), WINDOW).tolist()
    assert doublings(path(weight * np.nan, bias, 0), WINDOW).tolist() == [0]


def test_few_windows_are_kept() -> None:
    """A run that goes far needs at most a dozen maps, each of them wide enough."""
    run = path(*zigzag(40, -2.5))
    found = doublings(run, WINDOW)
    assert len(np.unique(found[found > 0])) == MOST
    away = np.maximum.accumulate(np.abs(run.bias - 1.5) / 6.5)
    assert (away <= FIT * 2.0**found).all() or (away[found == 0] <= 1).all()
    assert (away[found > 0] <= FIT * 2.0 ** found[found > 0]).all()


def test_wider_landscapes_are_recorded_for_runs_that_leave() -> None:
    """They are samples of the same loss; other panels have none, nor has one with several runs."""
    panels = tuple(Panel(loss="MSELoss", optimizer=SGD(lr)) for lr in (0.1, 1.0, 1.5))
    several = Panel(loss="MSELoss", optimizer={"a": SGD(1.5), "b": SGD(1.2)})
    recorded = record(Scene(panels=(*panels, several), epochs=20))
    assert [bool(panel.wider) for panel in recorded.panels] == [False, True, True, False]
    land = recorded.panels[2]
    times = sorted({*doublings(land.runs[0], land.landscape.window).tolist()} - {0})
    assert [each.window for each in land.wider] == [widened(land.landscape.window, n) for n in times]
    near, wide = land.landscape, land.wider[0]
    assert times[0] in (1, 2)
    middle = [values.shape[0] // 2 for values in (near.loss, wide.loss)]
    assert near.loss[middle[0], middle[0]] == pytest.approx(wide.loss[middle[1], middle[1]])
    again = loads(dumps(recorded))
    assert all(np.array_equal(a.loss, b.loss) for a, b in zip(again.panels[2].wider, land.wider, strict=True))


def test_own_code_that_fails_far_away_costs_the_small_map_only() -> None:
    """A function that raises outside of the window leaves a film without a small map, and a warning."""

    def f(x, y):
        if abs(float(x)) > 12:
            raise ValueError("too far")
        return x**2 + y**2

    window = Window(x=(-2, 2), y=(-2, 2))
    declared = Scene(problem=Function(f, minima=((0, 0),)), window=window, start=Point(x=1, y=1), epochs=4)
    recorded = record(declared.replace(optimizer=SGD(1.4), resolution=9))
    assert doublings(recorded.panels[0].runs[0], window).max() > 1
    assert recorded.panels[0].wider == ()
    assert any("no small map" in warning and "too far" in warning for warning in recorded.warnings)


@pytest.mark.parametrize("theme", THEMES)
def test_fast_equals_plain(theme: str) -> None:
    """A film with small maps that is drawn piece by piece equals one of single frames."""
    weight, bias = zigzag(14)
    weight[12:], bias[12:] = np.nan, np.inf
    renderer = film([zigzag(14), (weight, bias), leaving(14), spiral(14)], (960, 540), theme)
    assert [placed(context(renderer, panel)) is not None for panel in (0, 1, 3)] == [True, True, False]
    number = 0
    for frame in renderer.frames():
        if number % 3 == 0:
            assert np.array_equal(frame.pixels, renderer.frame(number)), number
        number += frame.periods


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -5.0, 0.0])
def test_odd_losses_far_away(value: float) -> None:
    """Losses far away may be anything."""
    declared = scene(HD, panels=1, epochs=14, fps=4, epochs_per_second=2)
    plain, odd = (with_maps(recording(declared, [zigzag(14)]), each) for each in (None, value))
    first, second = (at(Renderer(declared, each), 13) for each in (plain, odd))
    assert not np.array_equal(first, second)


def test_it_opens_when_the_run_is_outside_and_stops_when_it_diverges() -> None:
    """Nothing in its corner changes before; from the epoch of divergence on nothing changes at all."""
    weight, bias = zigzag(14)
    weight[9:], bias[9:] = np.nan, np.inf
    renderer = film([(weight, bias)])
    path = renderer._recording.panels[0].runs[0]
    opens = int(np.argmax(doublings(path, WINDOW) > 0))
    seen = {m: at(renderer, m)[corner(renderer).slices] for m in (0, opens - 1, opens, 8, 9, 10, 14)}
    assert np.array_equal(seen[0], seen[opens - 1])
    assert not np.array_equal(seen[0], seen[opens])
    assert not np.array_equal(seen[8], seen[9])  # the point becomes hollow
    assert np.array_equal(seen[9], seen[10])
    assert np.array_equal(seen[9], seen[14])


def test_it_stands_clear_of_all_else() -> None:
    """It lies in a corner, 8 from the edge; and no trail of the film passes nearer than 5."""
    renderer = film([zigzag(14)])
    panel, box, unit = renderer.layout.panels[0].box, corner(renderer), renderer.layout.unit
    assert box.right == panel.right - round(8 * unit)
    assert SMALLEST <= round(max(box.width, box.height) / unit) <= 118
    hidden = film([zigzag(14)], hide=("small-map",))
    around = Box(box.left - 3, box.top - 3, box.right + 3, box.bottom + 3)
    for moment in (0, 8, 14):
        frames = [at(each, moment) for each in (renderer, hidden)]
        for frame in frames:
            frame[box.slices] = 0
        rule = renderer.layout.panels[0].box
        assert np.array_equal(*(frame[rule.slices] for frame in frames))
        ground = at(hidden, 0)
        assert np.array_equal(frames[1][around.top : box.top, box.left : box.right],
                              ground[around.top : box.top, box.left : box.right])  # fmt: skip


def test_no_corner_no_small_map() -> None:
    """Where the path passes through all corners, there is none, nor on small panels and frames."""
    angle = np.pi / 4 + np.pi / 2 * np.arange(15)
    corners = 1.5 + 5.8 * np.sqrt(2) * np.sin(angle), 1.5 + 5.8 * np.sqrt(2) * np.cos(angle)
    corners[1][-1] = 40.0
    assert placed(context(film([corners]))) is None
    assert placed(context(film([zigzag(14)], (640, 360)))) is None
    assert placed(context(film([zigzag(14)] * 9))) is None
    assert placed(context(film([zigzag(14)]))) is not None


def test_the_square_is_the_window() -> None:
    """The big window is drawn in its true size, but not so small that it cannot be seen."""
    renderer = film([zigzag(14)])
    here, box = context(renderer), inner(corner(renderer), renderer.layout.unit)
    for times, land in zip((2, 3, 6), here.recorded.wider[1:], strict=False):
        wide = replace(land, window=widened(WINDOW, times))
        near = Far.of(here, box, wide, times).near
        assert abs(near.width - max(5, box.width / 2**times)) <= 1
        assert abs((near.left + near.right) / 2 - (box.left + box.right) / 2) <= 1


@pytest.mark.parametrize("unit", [0.75, 1.0, 1.5, 3.0])
def test_how_much_wider_is_the_same_number_at_all_sizes(unit: float) -> None:
    """It fits the smallest map, and says "wider" where there is room; the number is the same on all."""
    size, inside = math.ceil(15 * unit), inner(Box(0, 0, round(SMALLEST * unit), round(SMALLEST * unit)), unit).width
    room = inside - (NOTE[0] + HALO) * unit
    for times in range(1, 40):
        text = wording(times, room, lambda text: width(text, size, True))
        number = f"{2**times:,}".replace(",", THIN) if times < 14 else text[:3]
        assert text.startswith(number) and width(text, size, True) <= room, text
        assert wording(times, 1e9, len) == f"{number} × wider"


@pytest.mark.parametrize("size", [HD, (1080, 1080), (720, 1280)])
def test_its_words_keep_their_distance(size: tuple[int, int]) -> None:
    """The number of a contour stands 6 away from the note and from the window, and not in the note's row."""
    renderer = film([zigzag(14)], size)
    here, unit = context(renderer), renderer.layout.unit
    times = sorted({*doublings(here.recorded.runs[0], WINDOW).tolist()} - {0})
    written = 0
    for each, land in zip(times, here.recorded.wider, strict=True):
        far = Far.of(here, inner(corner(renderer), unit), land, each)
        said, *others = words_on(far, math.inf)
        for number in others:
            written += 1
            assert not shrunk(number.box, -round(6 * unit)).intersection(far.near)
            assert number.box.top >= said.box.bottom or number.box.bottom <= said.box.top
    assert written >= len(times) / 2


def words(renderer: Renderer) -> str:
    return " ".join(label.text for label in renderer.layout.words)


def test_it_is_explained_in_the_place_of_the_rule() -> None:
    """The rule gives way to what the small maps are; one that is hidden or has no room does not."""
    four = [zigzag(14), zigzag(14), spiral(14), spiral(14, 1.0)]
    assert "The small maps show the same landscape from further away" in words(film(four))
    assert "The next step" not in words(film(four))
    assert film(four).layout.rule == ()
    one = [zigzag(14), spiral(14), spiral(14, 1.0), spiral(14, 2.0)]
    assert "The small map shows the same landscape from further away" in words(film(one))
    assert "The next step" in words(film(one, hide=("small-map",)))
    assert "The next step" in words(film([spiral(14)] * 4))


def test_films_of_runs_that_stay_have_none() -> None:
    """Not a pixel differs whether small maps are shown or not."""
    films = [film([spiral(9)] * 2), film([spiral(9)] * 2, hide=("small-map",))]
    for number in (0, 5, 9):
        assert np.array_equal(*(each.frame(number) for each in films))


def test_another_optimizer_has_one_too() -> None:
    """Whatever the optimizer, a run that leaves has a small map."""
    declared = Scene(panels=(Panel(loss="MSELoss", optimizer=Optimizer("RMSprop", lr=4.0)),), epochs=20)
    recorded = record(declared)
    assert bool(recorded.panels[0].wider) == bool(
        doublings(recorded.panels[0].runs[0], recorded.panels[0].landscape.window).any()
    )


def test_steps_to_and_fro_make_no_dark_slab() -> None:
    """Where a run leaves, old steps have a thin and faint casing; where it stays, they keep a dark one."""
    pens = [Pen.of(THEMES["light"], 1.0, thin) for thin in (False, True)]
    fresh, old = ([pen.cased(1 - age / 8) for pen in pens] for age in (3, 4))
    assert fresh[0] == fresh[1]
    assert old[1][0] < old[0][0]
    assert old[1][1] < old[0][1] / 2
