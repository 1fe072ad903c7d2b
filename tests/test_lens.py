"""The lens on a path that has become small: when it opens, what it shows, where it stands."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from fabricated import bowl, recording, scene

from animgd.drawing.overlays import point
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.inset.frame import inner, shrunk
from animgd.drawing.overlays.inset.picture import note, picture
from animgd.drawing.overlays.inset.place import trodden
from animgd.drawing.overlays.lens import covered
from animgd.drawing.overlays.lens.content import above, factor, levels_of, words_in
from animgd.drawing.overlays.lens.moving import lines_of
from animgd.drawing.overlays.lens.place import tangents
from animgd.drawing.overlays.marks import covered as marked
from animgd.drawing.overlays.marks import magnified
from animgd.drawing.renderer import Renderer
from animgd.frame import Box
from animgd.graphics.color_scale import scale
from animgd.graphics.theme import THEMES
from animgd.recording.model import Landscape, Minimum, Recording, Series, Trajectory
from animgd.recording.npz import dumps, loads
from animgd.recording.windows.nearer import Rest, narrowed, rest, rest_of, rests
from animgd.scene.optimizers import SGD
from animgd.scene.problem import Function, Point, Window
from animgd.scene.scene import Panel, Run, Scene
from animgd.training.record import record

FLOOR = Minimum(1.0, 2.5, 0.25, True)


def momentum(**more: object) -> Scene:
    """The usual film of momentum on MSE."""
    settings: dict[str, object] = {"optimizer": SGD(0.1, momentum=0.9), "losses": ("MSELoss",), "resolution": 31}
    return Scene(**(settings | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained() -> Recording:
    """Its recording."""
    return record(momentum())


def film(trained: Recording, size: tuple[int, int] = (1280, 720), theme: str = "light", **more: object) -> Renderer:
    """Its film: one panel four times, as large as usual."""
    panels = tuple(Panel(title=name, loss="MSELoss") for name in "abcd")
    declared = momentum(losses=Scene().losses, panels=panels, **more)
    declared = declared.replace(video=declared.video.replace(width=size[0], height=size[1]))
    declared = declared.replace(style=declared.style.replace(theme=theme))
    return Renderer(declared, replace(trained, panels=trained.panels * 4))


def panel(renderer: Renderer, number: int = 0) -> Context:
    """The panel of a film, with its lens."""
    return renderer._panels()[number]


def at(renderer: Renderer, moment: Fraction | int) -> Series:
    """The first frame that shows a moment, or a later one."""
    numbers = range(renderer.timeline.count)
    return renderer.frame(next(n for n in numbers if renderer.timeline.moment(n) >= moment)).copy()


def found(optimizer: SGD) -> list[Rest | None]:
    return [rest_of(panel) for panel in record(Scene(optimizer=optimizer, resolution=5)).panels]


def test_momentum_on_mse_has_a_lens_and_calmer_runs_have_none() -> None:
    """Measured: the rest of the path is longest, 3.5 sides, ten times narrower, from epoch 42 on; elsewhere short."""
    first, *others = found(SGD(0.1, momentum=0.9))
    assert first and (first.times, first.epoch, round(first.length, 1)) == (10, 42, 3.5)
    assert others == [None] * 3
    assert found(SGD(0.1, momentum=0.9, nesterov=True)) == [None] * 4
    assert found(SGD(0.1)) == [None] * 4


def test_the_run_stays_in_the_narrower_window() -> None:
    """From the epoch on, not before; and around the minimum in which it ends."""
    k = np.arange(120)
    weight, bias = 1 + 4 * 0.95**k * np.cos(k), 2.5 + 4 * 0.95**k * np.sin(k)
    path = Trajectory(weight, bias, np.ones(120), np.zeros((120, 2)), None)
    result = rest(path, Window(), (Minimum(6.0, -4.0, 0.25, True), FLOOR))
    assert result and result.minimum == FLOOR
    window = narrowed(Window(), result)
    assert window.bias == pytest.approx((2.5 - 6.5 / result.times, 2.5 + 6.5 / result.times))
    inside = np.maximum(abs(weight - 1), abs(bias - 2.5)) <= 6.5 / result.times
    epoch = int(result.epoch)
    assert inside[epoch:].all() and not inside[epoch - 1]
    steps = np.hypot(np.diff(weight), np.diff(bias))[epoch:]
    assert result.length == pytest.approx(steps.sum() / (13 / result.times))
    assert rest(replace(path, diverged_at=60), Window(), (FLOOR,)) is None
    assert rest(path, Window(), ()) is None


def test_its_landscape_is_sampled_anew(trained: Recording) -> None:
    """Each sample is the loss there, computed from the data; it survives being stored."""
    land, points = trained.panels[0].near, trained.points
    assert land and points is not None and land.loss.shape == (31, 31)
    weight, bias = (np.linspace(*side, 31) for side in (land.window.weight, land.window.bias))
    errors = weight[:, None, None] * points[0] + bias[None, :, None] - points[1]
    assert land.loss == pytest.approx((errors**2).mean(2), rel=1e-5)
    assert land.loss[15, 15] == pytest.approx(trained.panels[0].minima[0].loss)
    again = loads(dumps(trained)).panels[0].near
    assert again and np.array_equal(again.loss, land.loss) and again.window == land.window


def test_panels_that_can_be_compared_have_one_factor() -> None:
    """The least that one of them needs, whatever is best for the others; and each ends inside of its own."""
    panels = tuple(Panel(loss="MSELoss", optimizer=Run("", SGD(0.04), batch=batch)) for batch in (4, 1))
    recorded = record(Scene(panels=panels, epochs=30, resolution=5)).panels
    assert [each and each.times for each in map(rest_of, recorded)] == [20, 10]
    found = rests(recorded)
    assert [each and each.times for each in found] == [10, 10]
    for each, panel in zip(found, recorded, strict=True):
        assert each and panel.near
        window, path = panel.near.window, panel.runs[0]
        assert window == narrowed(panel.landscape.window, each)
        first = int(each.epoch * path.steps_per_epoch)
        assert (abs(path.bias[first:] - sum(window.bias) / 2) <= (window.bias[1] - window.bias[0]) / 2).all()


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1080), (720, 1280), (3840, 2160)])
def test_it_magnifies_by_a_round_number(trained: Recording, size: tuple[int, int]) -> None:
    """Three times at all sizes, and that is what its note says."""
    here = panel(film(trained, size))
    assert here.lens
    larger = inner(here.lens.box, here.layout.unit).width / here.lens.footprint.width
    assert larger == pytest.approx(3, rel=0.04)
    assert factor(here.lens) == "× 3"


@pytest.mark.parametrize("theme", THEMES)
def test_its_words_keep_their_distance(trained: Recording, theme: str) -> None:
    """A contour has a number, in seed as well; it stands in a row of its own and not on the sight."""
    here = panel(film(trained, theme=theme))
    assert here.lens and here.recorded.near
    near = here.inset(inner(here.lens.box, here.layout.unit), here.recorded.near, scale(here.recorded.near.loss, "log"))
    words = words_in(near, levels_of(near, here.lens.rest.minimum.loss), factor(here.lens), near.stroke())
    assert len(words) >= 2
    sight = [stamp.box for stamp, _ in magnified(near, near.layout.unit).every]
    for one, other in itertools.combinations(words, 2):
        assert one.box.bottom <= other.box.top or other.box.bottom <= one.box.top
    assert not any(word.box.intersection(box) for word in words[1:] for box in sight)


def test_its_note_stands_where_least_of_the_path_passes(trained: Recording) -> None:
    """In the first of the four corners that is free; else in that which is least covered."""
    here = panel(film(trained))
    passed = np.zeros((here.box.height, here.box.width), bool)
    corners = []
    for _ in range(4):
        box = note(here, "× 3", passed).box
        assert here.box.holds(box)
        corners.append((2 * box.left > here.box.left + here.box.right, 2 * box.top > here.box.top + here.box.bottom))
        passed[box.slices_in(here.box)] = True
    assert corners == [(False, False), (False, True), (True, False), (True, True)]
    least = note(here, "× 3", np.zeros_like(passed)).box
    passed[least.slices_in(here.box)][2:] = False
    assert note(here, "× 3", passed).box == least


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_contours_in_every_theme(trained: Recording, theme: str) -> None:
    """Also in seed, whose map has none: in a lens the colours alone do not say what is up."""
    here = panel(film(trained, theme=theme))
    assert here.lens and here.recorded.near
    near = here.inset(inner(here.lens.box, here.layout.unit), here.recorded.near, scale(here.recorded.near.loss, "log"))
    levels = levels_of(near, here.lens.rest.minimum.loss)
    drawn, bare = (picture(near, here.lens.box, each, []) for each in (levels, {}))
    assert len(levels) >= 4 and (drawn != bare).any(0).mean() > 0.05


def test_its_lines_are_even(trained: Recording) -> None:
    """Pieces of a translucent line do not cover each other: there are no beads where they meet."""
    here = panel(film(trained, (3840, 2160)))
    assert here.lens
    lines = [mask.box for mask, _, strength in lines_of(here, here.lens) if strength == 0.75]
    covered = np.zeros((here.box.height, here.box.width), int)
    for mask, _, strength in lines_of(here, here.lens):
        if strength == 0.75:
            covered[mask.box.slices_in(here.box)] += mask.coverage > 0
    assert len(lines) > 4 and covered.max() == 1


def test_several_runs_have_none() -> None:
    """A panel with two runs has no lens, however they end."""
    recorded = record(momentum(optimizer={"a": SGD(0.1, momentum=0.9), "b": SGD(0.1, momentum=0.9)}, resolution=5))
    assert recorded.panels[0].near is None


def test_own_code_that_fails_near_the_minimum_costs_the_lens_only() -> None:
    """A function that raises at its minimum leaves a film without a lens, and a warning."""

    places: list[tuple[float, float]] = []

    def f(x, y):
        if (float(x), float(y)) in places:
            raise ValueError("just here")
        return x**2 + y**2

    window = Window(x=(-2, 2), y=(-2.1, 1.9))
    declared = Scene(problem=Function(f, minima=((0, 0),)), window=window, start=Point(x=1, y=1), epochs=60)
    declared = declared.replace(optimizer=SGD(0.2, momentum=0.95), resolution=9)
    land = record(declared).panels[0].near
    assert land
    places.append((land.window.x[0], land.window.y[0]))
    recorded = record(declared)
    assert recorded.panels[0].near is None
    assert any("no lens" in warning and "just here" in warning for warning in recorded.warnings)


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (960, 540), (1920, 1080)])
def test_it_covers_no_path_and_no_mark(trained: Recording, size: tuple[int, int]) -> None:
    """It lies in a corner, 8 from the edge; and the path of the whole film and all marks stay 6 away."""
    here = panel(film(trained, size))
    assert here.lens and covered(here) == [here.lens.box, here.lens.footprint]
    unit, box = here.layout.unit, here.lens.box
    assert box.right == here.box.right - round(8 * unit) and box.top == here.box.top + round(8 * unit)
    assert abs(inner(box, unit).width - 0.3 * here.box.width) <= 1
    around = shrunk(box, -int(6 * unit)).intersection(here.box)
    assert around and not trodden(here.paths[0])[around.slices_in(here.box)].any()
    assert not any(around.intersection(each) for each in (here.lens.footprint, *marked(here, here.lens.footprint)))


def test_the_footprint_is_the_window(trained: Recording) -> None:
    """A tenth of the panel's sides, around the minimum."""
    here = panel(film(trained))
    assert here.lens and here.recorded.near
    x, y = here.transform.to_pixels(here.lens.rest.minimum.bias, here.lens.rest.minimum.weight)
    left, top, right, bottom = here.lens.footprint
    assert abs((left + right) / 2 - x) <= 0.5 and abs((top + bottom) / 2 - y) <= 0.5
    assert abs((right - left) - here.box.width / 10) <= 1


@pytest.mark.long
@pytest.mark.parametrize("theme", THEMES)
def test_fast_equals_plain(trained: Recording, theme: str) -> None:
    """A film with lenses that is drawn piece by piece equals one of single frames, above all while they open."""
    renderer = film(trained, (960, 540), theme)
    lens = panel(renderer).lens
    assert lens
    number = 0
    for frame in renderer.frames():
        if lens.epoch - 1 <= renderer.timeline.moment(number) <= lens.opened + 1 or number % 40 == 0:
            assert np.array_equal(frame.pixels, renderer.frame(number)), number
        number += frame.periods


def test_it_opens_for_eight_frames(trained: Recording) -> None:
    """Before the epoch no pixel differs; then only a frame grows, in which the map is seen; then the lens is there."""
    renderer, hidden = film(trained), film(trained, hide=("lens",))
    here = panel(renderer)
    assert here.lens and len(here.lens.opening) == 8
    before = max(moment for moment, _ in renderer.timeline.moments() if moment < 42)
    assert np.array_equal(at(renderer, before), at(hidden, before))
    clear, tops = shrunk(here.lens.box, 10), []
    for moment in here.lens.opening:
        changed = (at(renderer, moment) != at(hidden, moment)).any(2)
        tops.append(int(np.flatnonzero(changed[here.box.slices].any(1))[0]))
    assert (np.diff(tops) <= 0).all() and tops[0] - tops[1] > tops[-3] - tops[-1]  # fast at first
    assert here.box.top + tops[-1] == here.lens.box.top
    assert not changed[clear.slices].any()
    assert (at(renderer, here.lens.opened)[clear.slices] != at(hidden, here.lens.opened)[clear.slices]).any()


def sight(picture: Series, x: float, y: float, unit: float) -> int:
    """How many ticks of a sight around a place are white."""
    ways = [(12 * unit * right, 12 * unit * down) for right, down in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    return sum(bool((picture[int(y + down), int(x + right)] == 255).all()) for right, down in ways)


def orange(picture: Series, box: Box) -> int:
    """The pixels in the point's colour."""
    return int((picture[box.slices] == (240, 74, 20)).all(2).sum())


def test_the_map_gives_way_to_it(trained: Recording) -> None:
    """While it is open: the sight is seen in it and not on the map, whose point is smaller; no arrows, and no note."""
    renderer, hidden = film(trained), film(trained, hide=("lens",))
    here = panel(renderer)
    assert here.lens
    unit, inside = here.layout.unit, inner(here.lens.box, here.layout.unit)
    x, y = here.transform.to_pixels(here.lens.rest.minimum.bias, here.lens.rest.minimum.weight)
    one, other = (at(each, 100) for each in (renderer, hidden))
    assert sight(other, x, y, unit) == 4 > sight(one, x, y, unit)
    assert sight(one, (inside.left + inside.right) / 2, (inside.top + inside.bottom) / 2, unit) == 4
    one, other = (at(each, here.lens.opened + 2) for each in (renderer, hidden))
    small, large = orange(one, here.lens.footprint), orange(other, here.lens.footprint)
    assert 0.25 * large < small < 0.5 * large
    assert orange(one, here.lens.box) >= 0.9 * large
    state = here.place.state
    assert state is not None
    page = np.array([252, 251, 248])
    assert (at(renderer, 41)[state.box.slices] != page).any()
    assert (one[state.box.slices] == page).all() and (other[state.box.slices] != page).any()
    downhill = [int((each[here.box.slices] == (192, 31, 106)).all(2).sum()) for each in (one, other)]
    assert downhill[0] == 0 < downhill[1]


@pytest.mark.parametrize("opened", [Fraction(1, 10), Fraction(1, 3), Fraction(1, 2)])
def test_the_point_gives_way_in_the_frame_that_opens_it(trained: Recording, opened: Fraction) -> None:
    """Also where the moment, as a float, is later than it is."""
    context = panel(film(trained))
    boxes = []
    for later in (0, 1):
        drawn = point.Point(
            context.paths[0], point.Look.of(context.theme, 0, (0, 0, 0), 1.0), opened=float(opened + later)
        )
        boxes.append(next(iter(drawn.step(opened))))
    assert boxes[0].area < boxes[1].area


def test_contours_of_every_landscape_have_round_offsets(trained: Recording) -> None:
    """1, 2 and 5 times powers of ten, without a gap, from the greatest that has room down."""
    land, lowest = trained.panels[0].near, trained.panels[0].minima[0].loss
    assert land
    assert above(land.loss, lowest) == [0.005, 0.01, 0.02, 0.05, 0.1, 0.2]
    for times in (1e-9, 0.04, 3.0, 1e5):
        found = above(lowest + times * (land.loss - lowest), lowest)
        greatest = times * float(land.loss.max() - lowest)
        assert 0.2 * greatest < found[-1] <= 0.55 * greatest
        assert all(f"{offset:.6e}"[:8] in ("1.000000", "2.000000", "5.000000") for offset in found)
        assert all(1.9 < b / a < 2.6 for a, b in itertools.pairwise(found)) and len(found) == 6
    assert above(np.full((3, 3), 0.5), 0.5) == []


def test_the_tangents_cross_neither_box() -> None:
    """Two lines, that leave both boxes on one side each."""
    one, other = Box(10, 60, 20, 70), Box(50, 0, 90, 40)
    assert sorted(tangents(one, other)) == [((10.0, 60.0), (50.0, 0.0)), ((20.0, 70.0), (90.0, 40.0))]


def test_there_is_none_without_room_or_on_small_frames(trained: Recording) -> None:
    """Frames under 400, panels under 200, a hidden lens; a scene that asks for one that cannot be is told so."""
    assert panel(film(trained, (640, 360))).lens is None
    assert panel(film(trained, hide=("lens",))).lens is None
    assert panel(film(trained, hide="all")).lens is None
    assert not [line for line in film(trained, show=("lens",)).remarks if "lens" in line]
    assert [line for line in film(trained, (640, 360), show=("lens",)).remarks if line.startswith("no lens")]


def test_no_corner_no_lens() -> None:
    """Where the path passes through all corners first."""
    epochs = 120
    k = np.arange(epochs + 1)
    weight, bias = 1 + 5 * 0.95**k * np.cos(k), 2.5 + 5 * 0.95**k * np.sin(k)
    declared = scene((1280, 720), panels=4, epochs=epochs)

    def lens(weight: Series, bias: Series) -> object:
        made = recording(declared, [(weight, bias)])
        result = rest_of(made.panels[0])
        assert result
        window = narrowed(Window(), result)
        near = Landscape(window, bowl(window))
        panels = tuple(replace(each, near=near) for each in made.panels)
        return panel(Renderer(declared, replace(made, panels=panels))).lens

    assert lens(weight, bias) is not None
    weight[:5], bias[:5] = (-4, 7, 7, -4, -4), (-4, -4, 7, 7, -4)
    assert lens(weight, bias) is None


def test_the_pace_is_slower_while_it_is_open(trained: Recording) -> None:
    """No epoch is shorter than 0.08 s from the lens on; the film is as long as without one."""
    line = film(trained).timeline
    without = film(replace(trained, panels=(replace(trained.panels[0], near=None),))).timeline
    assert line.count == without.count

    def second(epoch: int) -> float:
        return next(n for n in range(line.count) if line.moment(n) >= epoch) / float(line.fps)

    assert [second(epoch) for epoch in (6, 14, 30, 44, 88)] == pytest.approx([3.4, 5.1, 6.1, 6.7, 10.2], abs=0.06)
