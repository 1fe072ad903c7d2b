"""A step taken apart: its parts add up to torch's step, and the film builds it slowly in a close-up."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from animgd import SGD, Optimizer, Run, Scene, Schedule, Style, Video, load, record
from animgd.drawing import renderer
from animgd.drawing.background import background
from animgd.drawing.overlays import legend
from animgd.drawing.overlays.anatomy import near, overlays
from animgd.drawing.overlays.anatomy.names import Names
from animgd.drawing.overlays.anatomy.parts import Plan, Span
from animgd.drawing.overlays.anatomy.shapes import CASING, SHAFT
from animgd.drawing.overlays.base import Context
from animgd.drawing.pacing import APART, paced
from animgd.drawing.renderer import Renderer
from animgd.drawing.timeline import STAND, timeline
from animgd.errors import SceneError
from animgd.frame import Box
from animgd.graphics.raster import Mask
from animgd.graphics.text import letters
from animgd.recording.anatomy import anatomy, chosen_epochs
from animgd.recording.model import Recording
from tests import fabricated

ROOT = Path(__file__).parent.parent
SETTINGS = [
    SGD(lr=0.1),
    SGD(lr=0.1, momentum=0.9),
    SGD(lr=0.05, momentum=0.9, nesterov=True),
    SGD(lr=0.1, momentum=0.9, weight_decay=2.0, nesterov=True),
    SGD(lr=0.1, momentum=0.9, dampening=0.8),
    SGD(lr=0.1, momentum=0.5, dampening=0.3, weight_decay=0.4),
    Optimizer("Adam", lr=0.3),
]
FIGURE = load(ROOT / "scenes" / "article" / "figure_07.py")["scene"]


@pytest.fixture(scope="module")
def recorded() -> Recording:
    """The recording of figure 7: momentum, and Nesterov momentum, on MSE."""
    return record(FIGURE)


def contexts(scene: Scene, recording: Recording) -> list[Context]:
    """The panels of a film, for overlays."""
    return renderer.contexts(scene, recording, Renderer(scene, recording).layout)


@pytest.mark.parametrize("optimizer", SETTINGS, ids=repr)
def test_the_arrows_meet_at_torchs_next_point(optimizer: SGD | Optimizer) -> None:
    """Head to tail they lead from each recorded point to the next one."""
    run = record(Scene(optimizer=optimizer, losses=("MSELoss",), epochs=12)).panels[0].runs[0]
    for epoch in range(12):
        step = anatomy(optimizer, run, epoch)
        assert step is not None
        assert step.start.tolist() == [run.weight[epoch], run.bias[epoch]]
        assert step.end.tolist() == [run.weight[epoch + 1], run.bias[epoch + 1]]
        ends = [step.start, *(part.end for part in step.parts)]
        assert all((part.start == end).all() for part, end in zip(step.parts, ends, strict=False))
        assert ends[-1] == pytest.approx(step.end, abs=1e-6)
    assert anatomy(optimizer, run, 12) is None, "the film ends there"


@pytest.mark.parametrize("schedule", [Schedule("StepLR", step_size=4, gamma=0.2), Schedule("OneCycleLR", max_lr=0.1)])
def test_the_textbooks_iterate_follows_a_schedule(schedule: Schedule) -> None:
    """The joint of the arrows is where its last ghost stands, also of SGD by its name."""
    for optimizer in (SGD(0.05, 0.9, nesterov=True), Optimizer("SGD", lr=0.05, momentum=0.9, nesterov=True)):
        scene = Scene(optimizer=optimizer, losses=("MSELoss",), schedule=schedule, epochs=12)
        run = record(scene).panels[0].runs[0]
        for epoch in range(12):
            step = anatomy(optimizer, run, epoch)
            assert step is not None and step.textbook is not None
            assert step.textbook[-1] == pytest.approx(step.parts[-1].start, abs=1e-5)
            assert step.textbook[0].tolist() == [run.weight[0], run.bias[0]]


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_the_joint_is_the_textbooks_iterate(decay: float) -> None:
    """Downhill leads from the look-ahead, which torch records, to the textbook's next iterate, and momentum on."""
    optimizer = SGD(lr=0.05, momentum=0.9, weight_decay=decay, nesterov=True)
    run = record(Scene(optimizer=optimizer, losses=("MSELoss",), epochs=12)).panels[0].runs[0]
    iterate, speed = np.array([run.weight[0], run.bias[0]], float), np.zeros(2)
    for epoch in range(12):
        ahead = iterate + 0.9 * speed  # Sutskever et al. 2013: the gradient is taken there
        speed = 0.9 * speed - 0.05 * (run.gradient[epoch] + decay * ahead)
        iterate = iterate + speed
        step = anatomy(optimizer, run, epoch)
        assert step is not None and step.textbook is not None
        assert step.start == pytest.approx(ahead, abs=1e-5)
        assert [part.name for part in step.parts] == ["downhill", *(["decay"] if decay else []), "momentum"]
        assert step.parts[-1].start == pytest.approx(iterate, abs=1e-5)
        assert step.textbook[-1] == pytest.approx(step.parts[-1].start, abs=1e-5)


def test_the_step_is_chosen_from_the_recording(recorded: Recording) -> None:
    """The first whose terms differ in direction on both panels; a scene may name others; none if nothing is asked."""
    assert chosen_epochs(FIGURE, recorded) == (7,)
    assert chosen_epochs(replace(FIGURE, anatomy=(9, 4)), recorded) == (4, 9)
    assert chosen_epochs(replace(FIGURE, anatomy=False), recorded) == ()
    assert chosen_epochs(replace(FIGURE, anatomy=False, show="anatomy"), recorded) == (7,)
    with pytest.raises(SceneError, match="a tuple of epochs from 0 to 11"):
        replace(FIGURE, anatomy=(12,))


@pytest.mark.parametrize("pace", ["auto", "distance", "settle"])
def test_the_step_is_slow_and_the_film_as_long_as_before(recorded: Recording, pace: str) -> None:
    """About four seconds stand still at the chosen epoch; frames and their number are those of the contract."""
    video = replace(FIGURE.video, pace=pace)
    line = timeline(video, 12)
    slow = paced(line, video, recorded, (7,))
    moments = [slow.moment(frame) for frame in range(slow.count)]
    assert len(moments) == line.count and moments == sorted(moments) and moments[0] == 0
    still = [moment for moment in moments if 7 <= moment < 7 + STAND]
    assert len(still) == APART[0] * 25 and len(set(still)) == len(still)
    assert {int(moment) for moment in moments} == set(range(int(moments[-1]) + 1)), "each epoch is seen"
    assert moments[slow.showing(7)] == still[-1] and slow.showing(0) == 0


def test_a_film_without_time_has_no_slow_step(recorded: Recording) -> None:
    """With hardly more frames than epochs, and at the linear pace, time goes as without anatomy."""
    for video in (replace(FIGURE.video, epochs_per_second=25), replace(FIGURE.video, pace="linear")):
        line = timeline(video, 12)
        assert paced(line, video, recorded, (7,)) == paced(line, video, recorded)
    assert paced(timeline(Video(), 1), Video(), recorded, (0,)).count == timeline(Video(), 1).count


def test_frames_piece_by_piece_equal_those_from_nothing(recorded: Recording) -> None:
    """While the close-ups open, while the step is built and made, and after that."""
    for size, theme, pace in (
        ((640, 360), "light", "auto"),
        ((480, 480), "dark", "auto"),
        ((640, 360), "seed", "linear"),
    ):
        video = Video(*size, fps=4, epochs_per_second=1, pace=pace, hold_start=0, hold_end=0)
        film = Renderer(replace(FIGURE, anatomy=(7, 8), style=Style(theme), video=video), recorded)
        for number, frame in enumerate(film.frames()):
            assert np.array_equal(frame.pixels, film.frame(number)), (theme, number)


def test_while_the_step_is_built_nothing_else_moves(recorded: Recording) -> None:
    """Once the close-ups are open, only pixels inside of the panels change, and each arrow adds some."""
    film = Renderer(replace(FIGURE, video=replace(FIGURE.video, width=640, height=360)), recorded)
    line, boxes = film.timeline, [panel.box for panel in film.layout.panels]
    frames = [frame for frame in range(line.count) if 7 + STAND / 8 <= line.moment(frame) < 7 + STAND]
    shown = [film.frame(frame) for frame in frames[:: len(frames) // 10]]
    for before, after in itertools.pairwise(shown):
        changed = (before != after).any(2)
        for box in boxes:
            changed[box.slices] = False
        assert not changed.any()
    assert len({frame.tobytes() for frame in shown}) >= 7


@pytest.mark.parametrize("epoch", [0, 1, 2, 7])
def test_arrows_that_lie_on_each_other_are_set_apart(recorded: Recording, epoch: int) -> None:
    """At first all terms have one direction; later they start at one point. All of each arrow is seen."""
    for context in contexts(FIGURE, recorded):
        close = near(context, recorded, epoch)
        assert close is not None
        plan, wide = Plan(close), (SHAFT + 2 * CASING) * close.unit
        assert plan.flat == (epoch < 3)
        arrows = [*plan.terms, plan.whole]
        for one, other in itertools.combinations([arrow for arrow in arrows if math.dist(*arrow[1:]) > 1], 2):
            middle = (one.tail[0] + one.tip[0]) / 2, (one.tail[1] + one.tip[1]) / 2
            places = np.linspace(other.tail, other.tip, 200)
            assert np.hypot(*(places - middle).T).min() > wide
        for term, part in zip(plan.terms, close.step.parts, strict=True):  # true lengths, whether apart or not
            right, up = close.context.transform.units
            vector = (term.tip[0] - term.tail[0]) * right, (term.tail[1] - term.tip[1]) * up
            assert vector == pytest.approx((part.end - part.start)[::-1], abs=1e-9)


def test_all_of_a_step_is_inside_and_fills_its_inset(recorded: Recording) -> None:
    """A unit is as long on both axes, every end of an arrow is inside, and the step takes a third of the inset."""
    for context in contexts(FIGURE, recorded):
        close = near(context, recorded, 7)
        assert close is not None and close.box == context.box, (
            "it covers the panel: nothing of the map is seen beside it"
        )
        plan, box = Plan(close), close.context.box
        right, up = close.context.transform.units
        assert right == pytest.approx(up, rel=2e-3)
        for x, y in [plan.start, plan.end, *(span.tip for span in plan.terms)]:
            assert box.left + 20 < x < box.right - 20 and box.top + 20 < y < box.bottom - 20
        assert max(np.ptp([plan.start, plan.end], axis=0)) > box.shorter / 3
        land = close.context.recorded.landscape  # equals the map where that has samples
        assert land.loss.min() > close.context.recorded.minima[0].loss


def test_panels_share_a_scale_if_their_steps_are_alike() -> None:
    """L1, Huber and Smooth L1 can be compared; MSE, whose steps are longer, has its own scale."""
    scene = Scene(optimizer=SGD(lr=0.1, momentum=0.9), anatomy=True, epochs=12)
    recording = record(scene)
    notes = [close.note for context in contexts(scene, recording) if (close := near(context, recording, 7))]
    assert len(notes) == 4 and len(set(notes[1:])) == 1 and notes[0] != notes[1]


@pytest.mark.parametrize("lr", [0.7, 0.9])
def test_a_step_over_half_of_the_map_has_no_close_up(lr: float) -> None:
    """An inset that hardly magnifies would only cover the map; the film takes a smaller step, or none."""
    scene = Scene(optimizer=SGD(lr=lr), losses=("MSELoss",), anatomy=True, epochs=12)
    recording = record(scene)
    (context,) = contexts(scene, recording)
    assert near(context, recording, 0) is None
    for epoch in chosen_epochs(scene, recording):
        close = near(context, recording, epoch)
        assert epoch > 0 and close is not None and float(close.note[2:]) >= 1.5
    fast = replace(scene, optimizer=SGD(lr=1.5), epochs=4)
    assert chosen_epochs(fast, record(fast)) == ()


def test_a_step_of_one_term_is_that_term() -> None:
    """Plain descent has one arrow, from the point to the next one, with both names."""
    scene = Scene(optimizer=SGD(lr=0.1), losses=("MSELoss",), anatomy=True, epochs=9)
    recording = record(scene)
    (context,) = contexts(scene, recording)
    close = near(context, recording, 0)
    assert close is not None
    plan = Plan(close)
    assert plan.alone and plan.terms == [Span("downhill", plan.start, plan.end)] and not plan.links


@pytest.mark.parametrize("nesterov", [False, True])
def test_arrows_set_apart_are_tied_to_the_points(nesterov: bool) -> None:
    """Links lead from the point to the terms, or to the step, and from there to the next point; a sum can be seen."""
    scene = Scene(optimizer=SGD(lr=0.05, momentum=0.9, nesterov=nesterov), anatomy=True, epochs=9, losses=("L1Loss",))
    recording = record(scene)
    (context,) = contexts(scene, recording)
    close = near(context, recording, 5)
    assert close is not None
    plan = Plan(close)
    assert plan.flat and plan.links[0][0] == plan.start
    assert plan.end in [link[1] for link in plan.links]
    moved = plan.terms if plan.apart else [plan.whole]
    assert plan.links[0][1] == moved[0].tail
    chained = [math.dist(one.tip, other.tail) for one, other in itertools.pairwise(moved)]
    assert max(chained, default=0) < 1


@pytest.mark.parametrize("size", [(480, 270), (640, 360), (1080, 1080)])
@pytest.mark.parametrize("theme", ["light", "seed"])
def test_the_note_is_inside_its_inset(recorded: Recording, size: tuple[int, int], theme: str) -> None:
    """Letters are at least ten pixels high, however small the frame is."""
    video = replace(FIGURE.video, width=size[0], height=size[1])
    scene = replace(FIGURE, style=Style(theme), video=video)
    for context in contexts(scene, recorded):
        close = near(context, recorded, 7)
        assert close is not None
        first = next(Names(Plan(close)).parts())
        assert all(close.context.box.holds(stamp.box) for stamp, *_ in first.draw(1.0))


def test_no_leader_passes_through_a_word() -> None:
    """Nesterov momentum on four losses: names and leaders are clear of each other, with air between words."""
    scene = Scene(optimizer=SGD(lr=0.05, momentum=0.9, nesterov=True), anatomy=True, epochs=9)
    recording = record(scene)
    for context in contexts(scene, recording):
        close = near(context, recording, 5)
        assert close is not None
        names = Names(Plan(close))
        texts = [[stamp for stamp, *_ in part.draw(1.0)] for part in names.parts()]
        words = [max(stamps, key=lambda mask: mask.box.area).box for stamps in texts]
        assert len(texts) >= 5
        for one, other in itertools.combinations(range(len(texts)), 2):
            for stamp in texts[one]:
                assert not stamp.box.intersection(words[other]) or stamp.box == words[one] or _free(stamp, words[other])


def _free(stamp: Mask, word: Box) -> bool:
    """Whether nothing of a mask is in a box."""
    inside = stamp.within(word)
    return inside is None or not (inside.coverage > 0.05).any()


def test_nothing_of_the_close_up_is_seen_while_the_film_holds(recorded: Recording) -> None:
    """A hold on the epoch that is taken apart shows the map: brackets would lie on the word "start"."""
    scene = replace(FIGURE, anatomy=(0,))
    film, plain = Renderer(scene, recorded), Renderer(replace(FIGURE, anatomy=False), recorded)
    assert film.timeline.hold_start > 0
    for box in (panel.box for panel in film.layout.panels):
        assert np.array_equal(film.frame(0)[box.slices], plain.frame(0)[box.slices])


def test_each_part_has_its_name_clear_of_the_others(recorded: Recording) -> None:
    """Momentum, downhill, step, the next point, and with Nesterov the textbook's iterate."""
    for context, count in zip(contexts(FIGURE, recorded), (4, 5), strict=True):
        close = near(context, recorded, 7)
        assert close is not None
        boxes = [[stamp.box for stamp, *_ in part.draw(1.0)] for part in Names(Plan(close)).parts()]
        assert len(boxes) == count + 1, "with the note"
        for one, other in itertools.combinations([group[-1] for group in boxes], 2):
            assert one.intersection(other) is None
        assert all(close.context.box.holds(box) for group in boxes for box in group)


def seen(film: Renderer, frame: int) -> list[tuple[tuple[int, ...], bool]]:
    """For all tick marks and labels, the panels that they serve, and whether they are seen in a frame.

    Without them there is the page with the frames of maps, and of all other texts each pixel as ever.
    """
    layout, shown = film.layout, film.frame(frame)
    marks = {mark for ticks in layout.ticks for mark in ticks.marks}
    labels = {label for ticks in layout.ticks for label in ticks.labels}
    words, lines = ([each for each in old if each not in gone] for old, gone in
                    ((layout.words, labels), (layout.lines, marks)))  # fmt: skip
    without = background(film._scene, film._recording, replace(layout, words=words, lines=lines), lambda i: [])
    found = []
    for ticks in layout.ticks:
        boxes = [*ticks.marks, *(letters(word, layout.face).box for word in ticks.labels)]
        if boxes:
            box = functools.reduce(Box.union, boxes)
            is_seen = np.array_equal(shown[box.slices], film.still[box.slices])
            assert is_seen or np.array_equal(shown[box.slices], without.transpose(1, 2, 0)[box.slices])
            found.append((ticks.panels, is_seen))
    return found


@pytest.mark.parametrize(("size", "theme"), [((1280, 720), "light"), ((720, 720), "dark"), ((480, 480), "seed")])
def test_ticks_go_while_a_close_up_is_open(recorded: Recording, size: tuple[int, int], theme: str) -> None:
    """The close-up has another scale; while it opens, and after it, the map is seen with its ticks."""
    video = replace(FIGURE.video, width=size[0], height=size[1])
    film = Renderer(replace(FIGURE, style=Style(theme), video=video), recorded)
    line, frames = film.timeline, range(film.timeline.count)
    before = next(frame for frame in frames if line.moment(frame) >= 6)
    opening = next(frame for frame in frames if line.moment(frame) > 7 + STAND / 20)
    opened = next(frame for frame in frames if line.moment(frame) >= 7 + STAND / 8)
    last = max(frame for frame in frames if line.moment(frame) < 8)
    for frame, is_seen in (
        (0, True),
        (before, True),
        (opening, True),
        (opened, False),
        (last, False),
        (last + 1, True),
    ):
        found = seen(film, frame)
        assert len(found) >= 6 and {each for _, each in found} == {is_seen}, frame


def test_labels_stay_while_a_panel_that_they_serve_shows_its_map() -> None:
    """Here the runs on the right have no close-up: they leave the map."""
    scene = replace(fabricated.scene((640, 360), epochs=5, epochs_per_second=6), show="anatomy")
    film = Renderer(scene, fabricated.with_terms(fabricated.recording(scene)))
    open_ones = {i for i, context in enumerate(contexts(scene, film._recording)) if list(overlays(context))}
    assert open_ones == {0, 2}
    frame = next(frame for frame in range(film.timeline.count) if film.timeline.moment(frame) >= 4)
    found = seen(film, frame)
    assert {panels for panels, _ in found} >= {(0,), (1,), (0, 1), (0, 2), (2, 3), (1, 3)}
    assert all(is_seen == bool(set(panels) - open_ones) for panels, is_seen in found)


def test_only_single_runs_whose_terms_are_known_are_taken_apart(recorded: Recording) -> None:
    """Others have no close-up, nor have small panels, and a line says why."""
    two = (Run("one", SGD(lr=0.1, momentum=0.9)), Run("two", SGD(lr=0.1)))
    for optimizer in (two, Optimizer("Rprop", lr=0.1)):
        scene = Scene(title="T", optimizer=optimizer, losses=("MSELoss",), anatomy=True, epochs=9, resolution=21)
        recording = record(scene)
        assert not [overlay for context in contexts(scene, recording) for overlay in overlays(context)]
        assert any("no anatomy" in line for line in Renderer(scene, recording).remarks)
    small = replace(FIGURE, video=replace(FIGURE.video, width=320, height=180))
    for scene, said in ((FIGURE, False), (small, True)):
        assert any("no anatomy" in line for line in Renderer(scene, recorded).remarks) == said
    plain = Scene(title="T", optimizer=SGD(lr=0.1, momentum=0.9), losses=("MSELoss",), anatomy=True, hide="arrows")
    assert [text for _, text in legend(plain)] == ["momentum", "downhill"]
    assert legend(replace(plain, anatomy=False)) == ()
