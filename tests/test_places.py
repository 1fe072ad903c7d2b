"""What stands where, with a value known from elsewhere: cursors of losses, states of runs, tall frames, companions."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from animgd import SGD, Function, Point, Scene, Video, record
from animgd.drawing.overlays import divergence, marks
from animgd.drawing.overlays.leader import nearest
from animgd.drawing.readings.loss_bar import ProgressLine
from animgd.drawing.readings.rule import numbers
from animgd.drawing.readings.state import OFF, states
from animgd.drawing.renderer import Renderer, areas, contexts, plan
from animgd.frame import Box, Pixels
from animgd.graphics.text import width
from animgd.graphics.theme import theme_of
from animgd.layout.elements import StateField
from animgd.recording.model import Recording
from animgd.scene.style import THEMES, Style
from tests import fabricated


def straight(losses: list[float]) -> tuple[Scene, Recording]:
    """One panel whose run stands still while its loss takes these values, an epoch each; the scale is 1 to 10,000."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=len(losses) - 1, fps=4, epochs_per_second=2)
    recording = fabricated.recording(scene, [(np.full(len(losses), 3.0), np.full(len(losses), 3.0))])
    panel = recording.panels[0]
    land = replace(panel.landscape, loss=np.geomspace(1, 1e4, 25).reshape(5, 5))
    run = replace(panel.runs[0], loss=np.array(losses))
    return scene, replace(recording, panels=(replace(panel, landscape=land, runs=(run,)),))


def cursor(renderer: Renderer, pixels: Pixels, color: tuple[int, int, int]) -> list[int]:
    """The rows with the colour in the gap left of the first panel's bar, at the columns of a cursor's tip."""
    bar = renderer.layout.panels[0].bar
    gap = pixels[bar.top - 10 : bar.bottom + 10, bar.left - 4 : bar.left - 2].astype(int)
    return (np.flatnonzero((np.abs(gap - np.array(color)).max(2) < 60).any(1)) + bar.top - 10).tolist()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_cursor_stands_at_the_loss_on_its_bar(theme: str) -> None:
    """Its tip is at log(loss / low) of the bar's height, at most at its end, and stands still between epochs."""
    losses = [1e4, 100.0, 10.0, 1.0, 1e6]
    scene, recording = straight(losses)
    scene = replace(scene, style=replace(scene.style, theme=theme))
    renderer = Renderer(scene, recording)
    bar, color = renderer.layout.panels[0].bar, theme_of(scene.style).points[0]
    assert renderer.layout.panels[0].scale is not None and renderer.layout.panels[0].scale.log
    for number in range(renderer.timeline.count):
        epoch = int(renderer.timeline.moment(number))
        part = min(1.0, math.log10(losses[epoch]) / 4)
        rows = cursor(renderer, renderer.frame(number), color)
        assert abs((rows[0] + rows[-1] + 1) / 2 - (bar.bottom - part * (bar.bottom - bar.top))) <= 0.75, number


def test_no_cursor_outside_of_the_map_or_on_small_frames() -> None:
    """A run that left the map has no cursor, and frames below 400 pixels have none."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=8)
    recording = fabricated.recording(scene, [fabricated.leaving(8)])
    renderer, color = Renderer(scene, recording), theme_of(scene.style).points[0]
    seen = {}
    for number in range(renderer.timeline.count):
        seen[int(renderer.timeline.moment(number))] = bool(cursor(renderer, renderer.frame(number), color))
    bias = recording.panels[0].runs[0].bias
    assert seen == {epoch: bool(-5 <= bias[epoch] <= 8) for epoch in range(9)}
    assert set(seen.values()) == {False, True}
    for size, count in (((640, 360), 0), ((640, 400), 1)):
        other = fabricated.scene(size, panels=1)
        layout = plan(other, fabricated.recording(other), size)
        bar = layout.panels[0].bar
        gap = Box(bar.left - 3, bar.top, bar.left - 1, bar.bottom)
        assert sum(area.box.holds(gap) for area in areas(other, fabricated.recording(other), layout)) == count


def test_states_of_a_run_agree_everywhere() -> None:
    """Beside the panel's name and in the table of losses: off the map while it is outside, diverged from then on."""
    scene = fabricated.scene((1280, 720), panels=2, epochs=8)
    walks = [fabricated.leaving(8), fabricated.exploding(8)]
    recording = fabricated.recording(scene, walks)
    box = Box(0, 0, 288, 288)
    left, gone = (states(scene, recording, panel, box) for panel in (0, 1))
    assert left is not None and gone is not None and left.leaves and gone.leaves
    for epoch, bias in enumerate(recording.panels[0].runs[0].bias):
        assert left.at(epoch) == left.since(epoch) == ("" if -5 <= bias <= 8 else OFF)
    diverged = recording.panels[1].runs[0].diverged_at
    assert diverged is not None
    assert [gone.at(epoch) for epoch in range(diverged, 9)] == [f"diverged at {diverged}"] * (9 - diverged)
    assert [gone.since(epoch) for epoch in range(9)] == [gone.at(epoch) for epoch in range(9)]
    assert gone.at(diverged - 1) == OFF


@pytest.mark.parametrize("theme", THEMES)
def test_states_appear_at_whole_epochs(theme: str) -> None:
    """In the pixels: both places are empty before, and change together, in the first frame of an epoch."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=8, theme=theme)
    recording = fabricated.recording(scene, [fabricated.leaving(8)])
    renderer = Renderer(scene, recording)
    layout, page = renderer.layout, theme_of(scene.style).page
    field, row = layout.panels[0].state, layout.bars[0].settled
    assert field is not None and isinstance(row, StateField)
    outside = [not -5 <= bias <= 8 for bias in recording.panels[0].runs[0].bias]
    for number in range(renderer.timeline.count):
        pixels = renderer.frame(number)
        inked = [(pixels[box.slices] != np.array(page)).any() for box in (field.box, row.box)]
        assert inked == [outside[int(renderer.timeline.moment(number))]] * 2


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (960, 540)])
def test_companions_below_the_text_leave_the_maps_their_size(size: tuple[int, int]) -> None:
    """In a wide frame, panels are as large as in the film without companions (the table may be a bit wider)."""
    bare = fabricated.scene(size)
    walks = [fabricated.spiral(12)]
    usual = plan(bare, fabricated.recording(bare, walks), size)
    for companions in (("loss",), ("fit",), ("fit", "loss")):
        scene = replace(bare, companions=companions)
        layout = plan(scene, fabricated.recording(scene, walks), size)
        for with_companions, without in zip(layout.panels, usual.panels, strict=True):
            assert 1 <= with_companions.box.width / without.box.width <= 1.05
        assert [plot.kind for plot in layout.plots] == list(companions)
        assert max(plot.room.right for plot in layout.plots) < min(panel.box.left for panel in layout.panels)
        assert layout.counter is not None and layout.counter.number.y < min(plot.box.top for plot in layout.plots)


@pytest.mark.parametrize("size", [(720, 1280), (1080, 1920)])
def test_losses_and_the_rule_stand_below_the_panels_of_a_tall_frame(size: tuple[int, int]) -> None:
    """From above: title, epoch, panels, losses, update rule; the panels are not in the middle of empty space."""
    scene = fabricated.scene(size)
    layout = plan(scene, fabricated.with_terms(fabricated.recording(scene)), size)
    ends = [max(panel.box.bottom for panel in layout.panels)]
    losses = [cells.box for values in layout.values for cells, _ in values]
    terms = [cells.box for term in layout.rule for cells in term.numbers]
    assert len(losses) == 4 and len(layout.bars) == 4 and len(terms) == 6
    ends += [min(box.top for box in losses), max(box.bottom for box in losses), min(box.top for box in terms)]
    assert all(a < b for a, b in itertools.pairwise(ends))
    assert layout.counter is not None and layout.counter.number.y < min(panel.box.top for panel in layout.panels)
    titles = [word.y for word in layout.words if word.text == scene.title]
    assert titles and min(panel.box.top for panel in layout.panels) - titles[0] < 0.15 * size[1]


def test_a_real_run_that_leaves_says_so_in_both_places() -> None:
    """Trained, not made up: a learning rate of 1.2 throws the weight off the map of MSE, and the run diverges."""
    scene = Scene(optimizer=SGD(lr=1.2), losses=("MSELoss",), epochs=60, start=Point(weight=6, bias=-3), resolution=5)
    recording = record(scene)
    found = states(scene, recording, 0, Box(0, 0, 288, 288))
    assert found is not None
    told = [found.at(epoch) for epoch in range(61)]
    assert [found.since(epoch) for epoch in range(61)] == ["" if text.startswith("→") else text for text in told]
    diverged = recording.panels[0].runs[0].diverged_at
    assert diverged is not None and told[-1] == f"diverged at {diverged}" and OFF in told[:diverged]


@pytest.mark.parametrize("size", [(360, 270), (400, 225), (480, 270), (640, 360)], ids=str)
def test_what_became_of_a_run_is_said_at_every_size(size: tuple[int, int]) -> None:
    """Beside the name where there is room, else on the map, on a plate that covers as little of the path as it can."""
    scene = fabricated.scene(size, epochs=8)
    recording = fabricated.recording(scene, [fabricated.leaving(8), fabricated.exploding(8)])
    seen = set()
    for panel, context in enumerate(contexts(scene, recording, plan(scene, recording, size))):
        told = states(scene, recording, panel, context.box)
        notices = list(divergence.overlays(context))
        assert told is not None and len(notices) == (context.place.state is None)
        for epoch, notice in itertools.product(range(9), notices):
            list(notice.step(Fraction(epoch)))
            assert bool(notice.stamps) == (told.at(epoch) != "")
            seen.add(told.at(epoch))
    assert size != (360, 270) or {OFF, ""} < seen


@pytest.mark.parametrize("size", [(480, 270), (1280, 720), (3840, 2160)], ids=str)
def test_the_dot_of_the_progress_line_stands_apart_from_ticks(size: tuple[int, int]) -> None:
    """Two pixels at least between them; a tick that is nearer is not drawn until the dot has gone on."""
    unit = min(size) / 720
    line = ProgressLine(Box(20, 100, 20 + round(414 * unit), 102), 100, [], [5, 8, 40], unit, theme_of(Style()))
    for epoch in range(101):
        list(line.step(Fraction(epoch)))
        stamps = [stamp[0].box for stamp in line.stamps]
        dot, ticks = stamps[-1], [box for box in stamps[:-1] if box.height > box.width]
        now = 20 + round(epoch / 100 * round(414 * unit))
        assert dot.left <= now <= dot.right
        assert all(abs(box.left - now) >= 4.2 * unit + 2 for box in ticks)
    assert len(ticks) == 3


@pytest.mark.parametrize(
    "size", [(960, 540), (1000, 600), (1024, 576), (1280, 720), (1920, 1080), (720, 1280)], ids=str
)
@pytest.mark.parametrize("decay", [0.0, 0.3, 2.0, 0.025])
def test_the_rule_stays_below_its_line(size: tuple[int, int], decay: float) -> None:
    """All its words, numbers and brackets stand below the line above it, with three vectors and with four."""
    scene = replace(fabricated.scene(size), optimizer=SGD(0.1, momentum=0.9, weight_decay=decay))
    layout = plan(scene, fabricated.with_terms(fabricated.recording(scene, [fabricated.spiral(12)])), size)
    assert len(layout.rule) == 3 + (decay > 0)
    head = next(word for word in layout.words if word.text.startswith("The next step"))
    line = max((box for box, color in layout.strokes if color == "hair" and box.top < head.y), key=lambda box: box.top)
    end = layout.panels[0].box.left - 3 * layout.tick if size[0] > size[1] else size[0]
    words = [word for word in layout.words if word.y >= head.y and word.x < end]
    for word in words:
        wide = width(word.text, word.size, word.bold, layout.face)
        left = word.x - {"left": 0.0, "center": wide / 2, "right": wide}[word.align]
        assert line.left <= left and left + wide <= line.right + 1, word.text
    brackets = [box for box, color in layout.strokes if box.top > head.y and color != "hair"]
    assert [box for box in brackets if box.left < line.left or box.right > line.right] == []
    sides = sorted({box.left for box in brackets if box.height > box.width})
    for term, left, right in zip(layout.rule, sides[::2], sides[1::2], strict=True):
        for cells in term.numbers:
            assert left < cells.x and cells.x + 6 * cells.pitch < right, (left, cells, right)


def test_a_run_that_ends_keeps_its_last_step() -> None:
    """In the brackets of the update rule stays the step that led out of the numbers."""
    scene = Scene(problem=Function(lambda x, y: x.log() + y**2), start=Point(x=1, y=2), optimizer=SGD(0.1), epochs=30)
    recording, shown = record(scene), []
    path = recording.panels[0].runs[0]
    layout = plan(scene, recording, (1280, 720))
    for digits in numbers(scene, recording, layout.rule, theme_of(scene.style)):
        list(digits.step(Fraction(30)))
        shown.append("".join(letter for letter, *_ in digits._letters))
    assert path.last < 30 and shown == ["−0.317", "−0.131"] * 2


@pytest.mark.parametrize("theme", ["light", "seed"])
@pytest.mark.parametrize("size", [(960, 540), (1280, 720), (720, 1280)], ids=str)
def test_the_name_of_a_minimum_is_tied_to_it(size: tuple[int, int], theme: str) -> None:
    """With weight decay there are two minima: the name of each is nearest to its own, by a line if it is far."""
    decayed = SGD(lr=0.1, momentum=0.9, weight_decay=2.0, nesterov=True)
    scene = Scene(optimizer=decayed, epochs=40, resolution=41, style=Style(theme=theme))
    scene = scene.replace(video=Video(width=size[0], height=size[1]))
    recording = record(scene)
    context = contexts(scene, recording, plan(scene, recording, size))[0]
    places = dict(marks._places(context))
    found = [each for each in marks.overlays(context) if isinstance(each, marks.Name)]
    assert [kind for kind, _ in context.layout.names] == ["start", "minimum", "decayed"] and len(found) == 3
    for (kind, _), name in zip(context.layout.names, found, strict=True):
        away = {other: math.dist(at, nearest(name.box, at)) for other, at in places.items()}
        assert min(away, key=lambda other: away[other]) == kind
        assert away[kind] < 31 * context.layout.unit or len(name.every) == 4


@pytest.mark.parametrize("towards", [(1, 1), (1, -1), (-1, 1), (-1, -1)], ids=str)
def test_the_name_of_a_start_keeps_clear_of_its_path(towards: tuple[int, int]) -> None:
    """Whichever way the path leaves; it stands above to the right if nothing passes there."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=20)
    away = np.linspace(0, 3, 21)
    recording = fabricated.recording(scene, [(1 + 0.35 * towards[1] * away, 1 + towards[0] * away)])  # weight, bias
    context = contexts(scene, recording, plan(scene, recording, (1280, 720)))[0]
    name = next(each for each in marks.overlays(context) if isinstance(each, marks.Name)).box
    start, end = context.paths[0].corners[0], context.paths[0].corners[-1]
    on_path = (np.array(start) + part * (np.array(end) - start) for part in np.linspace(0, 1, 500))
    assert not any(name.left <= x < name.right and name.top <= y < name.bottom for x, y in on_path)
    assert math.dist(nearest(name, start), start) < 14
    right_above = name.left > start[0] and name.bottom < start[1] + 3
    assert right_above == (towards != (1, 1))


@pytest.mark.parametrize("size", [(480, 270), (640, 360), (1280, 720), (1080, 1080)], ids=str)
def test_the_progress_line_has_ticks_where_words_explain_them(size: tuple[int, int]) -> None:
    """In frames whose panels are too small for the words of events, there are the rings of settled runs only."""
    scene = fabricated.scene(size, epochs=100)
    recording = fabricated.recording(scene, [fabricated.spiral(100)])
    layout = plan(scene, recording, size)
    lines = [part for area in areas(scene, recording, layout) for part in getattr(area, "_overlays", [])
             if isinstance(part, ProgressLine)]  # fmt: skip
    assert len(lines) == 1 and lines[0]._rings
    assert bool(lines[0]._ticks) == (min(size) >= 720)


def test_a_run_that_starts_at_its_minimum_has_an_empty_bar() -> None:
    """Its loss above the minimum is 0, not more than all of the start's; the names of both places are side by side."""
    scene = Scene(title="", problem=Function("sphere"), start=Point(x=0, y=0), optimizer=SGD(0.1), epochs=3)
    renderer = Renderer(scene, record(scene))
    bar = renderer.layout.bars[0].bar
    assert bar
    middle = (bar.top + bar.bottom) // 2
    row = renderer.frame(0)[middle, bar.left - 8 : bar.right + 8].astype(int)
    dot = np.flatnonzero(np.abs(row - (240, 74, 20)).sum(1) < 60)
    assert dot.size and dot.max() < 16
    start, minimum = (each for each in marks.overlays(renderer._panels()[0]) if isinstance(each, marks.Name))
    assert not start.box.intersection(minimum.box)
