"""The layout of a frame: no overlaps, no element outside the frame, legible text."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

import numpy as np
import pytest

from animgd.cli.parser import SIZES
from animgd.drawing.renderer import Renderer
from animgd.drawing.renderer import plan as layout
from animgd.errors import UsageError
from animgd.frame import Box, Color
from animgd.graphics.canvas import Canvas
from animgd.graphics.fonts import PLAIN
from animgd.graphics.markers import key
from animgd.graphics.numbers import BOUND
from animgd.graphics.raster import Mask
from animgd.graphics.text import Label
from animgd.graphics.theme import THEMES
from animgd.layout import DigitField, Layout, LegendMarker
from animgd.layout.elements import StateField
from animgd.recording.model import Minimum
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Window
from animgd.scene.scene import Panel, Scene
from tests import fabricated

LONG = "Momentum overshoots the minimum and spirals home, while Nesterov looks ahead and arrives a good deal sooner"
SHAPES = [*SIZES.values(), (1080, 1080), (1080, 1920), (480, 480), (360, 640), (2560, 720), (1024, 768)]
PANELS, RUNS = (1, 2, 3, 4, 6, 9, 16), (1, 3, 5)
SOME = [((640, 360), 4, 1), ((1280, 720), 4, 3), ((3840, 2160), 16, 5), ((1080, 1080), 4, 3), ((1080, 1920), 6, 1),
        ((640, 360), 9, 5), ((960, 540), 1, 5), ((360, 640), 2, 3), ((2560, 720), 3, 1)]  # fmt: skip


TITLES = ("MSE", "L1", "Huber", "Smooth L1")


class Ruler(Canvas):
    """A canvas that records which pixels would be drawn."""

    def __init__(self) -> None:
        self.face, self.inked = PLAIN, Box(0, 0, 0, 0)

    def stamp(self, stamp: Mask | None, color: Color, strength: float = 1.0) -> None:
        """Record the covered pixels."""
        assert stamp is not None
        rows, columns = np.flatnonzero(stamp.coverage.any(1)), np.flatnonzero(stamp.coverage.any(0))
        left, top = stamp.box.left, stamp.box.top
        self.inked = Box(
            left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1
        )


def inked(word: Label) -> Box:
    """The pixels that a label covers."""
    ruler = Ruler()
    ruler.word(word, (0, 0, 0))
    return ruler.inked


def written(cells: DigitField) -> Box:
    """The pixels that digits cover, without margins."""
    return Box(cells.x, cells.y - ceil(0.76 * cells.size), cells.x + cells.count * cells.pitch, cells.y + 1)


def marked(mark: LegendMarker, plan: Layout) -> Box:
    """The pixels that a marker in a legend covers."""
    if isinstance(mark.marker, str):
        drawn = key(mark.marker, (mark.x + 0.5, mark.y + 0.5), plan.tick, Box(0, 0, *plan.size), THEMES["light"])
        rulers = [Ruler() for _ in drawn]
        for ruler, (stamp, color) in zip(rulers, drawn, strict=True):
            ruler.stamp(stamp, color)
        boxes = [ruler.inked for ruler in rulers]
        return functools.reduce(Box.union, boxes)
    reach = round(0.4 * (mark.size or plan.em))
    return Box(mark.x - reach, mark.y - reach, mark.x + reach, mark.y + reach)


def things(plan: Layout) -> Iterator[tuple[str, Box]]:
    """All elements of a frame with their names."""
    if plan.counter is not None:
        yield "the counter", written(plan.counter.number)
        yield "the word of the counter", inked(plan.counter.word)
    for word in plan.words:
        yield f"{word.text!r}", inked(word)
    for mark in plan.marks:
        yield f"the sign {mark.marker}", marked(mark, plan)
    for i, panel in enumerate(plan.panels):
        box = panel.box
        yield f"panel {i}", Box(box.left - 1, box.top - 1, box.right + 1, box.bottom + 1)
    bars = {panel.bar for panel in plan.panels}
    yield from ((f"bar at {b.left}", Box(b.left - 1, b.top - 1, b.right + 1, b.bottom + 1)) for b in bars)
    for i, values in enumerate(plan.values):
        yield from ((f"loss of panel {i}", written(cells)) for cells, _ in values)
    for plot in plan.plots:
        yield f"companion {plot.kind}", plot.room
    if plan.progress:
        yield "the progress line", plan.progress
    for row in plan.bars:
        if row.settled:
            yield f"state {row.panel}", row.settled.box if isinstance(row.settled, StateField) else written(row.settled)
    yield from ((f"loss of run {each.run} on panel {each.panel}", written(each.number)) for each in plan.cells)
    yield from ((f"state of run {each.run} on panel {each.panel}", each.state.box) for each in plan.cells)
    yield from ((f"bar of loss {row.panel}", row.bar) for row in plan.bars if row.bar)
    yield from ((f"state of panel {i}", panel.state.box) for i, panel in enumerate(plan.panels) if panel.state)
    for term in plan.rule:
        for i, cells in enumerate(term.numbers):
            yield f"{term.name} {i}", written(replace(cells, x=cells.x + cells.pitch, count=cells.count - 1))


def lines(plan: Layout) -> Iterator[tuple[str, Box]]:
    """Ticks and other lines, but those of the companions' grids; they may touch frames and each other."""
    yield from (("a tick", line) for line in plan.lines)
    grids = [plot.box for plot in plan.plots]
    yield from (("a line", line) for line, _ in plan.strokes if not any(line.intersection(grid) for grid in grids))


def complaints(plan: Layout) -> list[str]:
    """Elements that overlap or exceed the frame, and words that a line crosses."""
    frame = Box(0, 0, *plan.size)
    every, thin = list(things(plan)), list(lines(plan))
    outside = [f"{name} leaves the frame: {box}" for name, box in every + thin if box.intersection(frame) != box]
    pictures = ("panel", "bar ", "companion")
    crossed = ((one, line) for one in every if not one[0].startswith(pictures) for line in thin)
    pairs = itertools.chain(itertools.combinations(every, 2), crossed)
    return outside + [f"{a} overlaps {b}: {i} {j}" for (a, i), (b, j) in pairs if i.intersection(j)]


def planned(scene: Scene) -> Layout | None:
    """The layout of a scene; None if the size is refused, after a check that the suggested size works."""
    recording = fabricated.recording(scene)
    size = scene.video.width, scene.video.height
    try:
        return layout(scene, recording, size)
    except UsageError as error:
        named = re.search(r"works is (\d+)x(\d+)", str(error))
        assert named is not None, error
        larger = int(named[1]), int(named[2])
        assert larger > size
        assert layout(scene, recording, larger).panels
        return None


def check(scene: Scene) -> None:
    """Check all guarantees for one layout."""
    plan = planned(scene)
    if plan is None:
        return
    assert complaints(plan) == []
    side = min(plan.size)
    assert plan.counter is not None
    titles = [word.size for word in plan.words if word.bold and word.text in (scene.title or "")]
    assert min([plan.counter.number.size, *titles]) >= 0.038 * side
    names = [word.size for word in plan.words if word.bold and word.text in TITLES]
    assert min(names + [cells.size for values in plan.values for cells, _ in values]) >= 0.03 * side
    assert min(word.size for word in plan.words) >= 0.02 * side
    boxes = [panel.box for panel in plan.panels]
    assert len(boxes) == len(scene.grid)
    assert len({(b.right - b.left, b.bottom - b.top) for b in boxes}) == 1
    assert {b.right - b.left for b in boxes} == {b.bottom - b.top for b in boxes}, "the seed's window is a square"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("size", "panels", "runs"), SOME)
def test_nothing_overlaps_or_leaves_the_frame(theme: str, size: tuple[int, int], panels: int, runs: int) -> None:
    """Elements do not overlap or exceed the frame; text is large enough; panels are square."""
    for title in ("A tiny film", LONG):
        check(fabricated.scene(size, panels=panels, runs=runs, epochs=100, theme=theme, title=title))


@pytest.mark.long
@pytest.mark.parametrize("size", SHAPES)
def test_nothing_overlaps_in_any_combination(size: tuple[int, int]) -> None:
    """The same for every number of panels and runs, short and long counters and titles, in turn for each theme."""
    for n, (panels, runs, title) in enumerate(itertools.product(PANELS, RUNS, ("A tiny film", LONG))):
        epochs, theme = (9, 10_000)[n % 4 // 2], list(THEMES)[n // 2 % 3]
        check(fabricated.scene(size, panels=panels, runs=runs, epochs=epochs, theme=theme, title=title))


@pytest.mark.parametrize("size", SIZES.values())
def test_the_usual_film_fits_every_preset(size: tuple[int, int]) -> None:
    """Four panels and one run are never refused, and their losses are shown."""
    plan = planned(fabricated.scene(size, epochs=100))
    assert plan is not None
    assert [len(values) for values in plan.values] == [1, 1, 1, 1]


@pytest.mark.parametrize(("size", "panels"), [((120, 80), 4), ((200, 112), 16), ((64, 64), 1), ((12, 40), 1)])
def test_a_frame_too_small_names_a_size_that_works(size: tuple[int, int], panels: int) -> None:
    """The refusal suggests a size, and that size works."""
    assert planned(fabricated.scene(size, panels=panels)) is None


def test_text_is_beside_the_panels_in_wide_frames_and_above_in_others() -> None:
    """The text is in a column on the left in a wide frame, in lines on top in a square one."""
    wide, square = (planned(fabricated.scene(size)) for size in (fabricated.WIDE, fabricated.SQUARE))
    assert wide is not None
    assert square is not None
    assert wide.counter is not None
    assert square.counter is not None
    assert wide.counter.box.right < min(p.box.left for p in wide.panels)
    assert square.counter.number.y < min(p.box.top for p in square.panels)


def test_every_word_of_a_title_is_shown_where_there_is_room() -> None:
    """A long title is wrapped, not truncated."""
    title = "The heavy ball overshoots the minimum and comes back"
    for size in ((1280, 720), (1080, 1080)):
        plan = planned(fabricated.scene(size, title=title))
        assert plan is not None
        largest = max(word.size for word in plan.words if word.bold)
        assert " ".join(word.text for word in plan.words if word.size == largest) == title


def test_counter_and_losses_have_room_for_every_text() -> None:
    """All texts of the counter and the losses fit their cells."""
    scene = fabricated.scene((1280, 720), runs=2, epochs=100)
    recording = fabricated.recording(scene, [fabricated.spiral(100), fabricated.leaving(100)])
    plan = layout(scene, recording, (1280, 720))
    assert plan.counter is not None
    assert plan.counter.number.count == 3
    assert len(plan.cells) == 2 * len(recording.panels)
    for cell in plan.cells:
        above = recording.panels[cell.panel].above_minimum(cell.run).tolist()
        assert max(len(cell.notation.above(v)) for v in above) <= cell.number.count
    scene = fabricated.scene((1280, 720), epochs=100)
    recording = fabricated.recording(scene, [fabricated.leaving(100)])
    plan = layout(scene, recording, (1280, 720))
    assert len(plan.values) == len(recording.panels)
    for values, recorded in zip(plan.values, recording.panels, strict=True):
        for (cells, notation), path in zip(values, recorded.runs, strict=True):
            assert max(len(notation.write(v)) for v in path.loss.tolist()) <= cells.count


def test_panels_are_aligned_with_common_edges() -> None:
    """Panels of a row have equal top and bottom, those of a column equal left and right."""
    plan = planned(fabricated.scene((1280, 720), panels=6))
    assert plan is not None
    assert len({p.box.top for p in plan.panels}) * len({p.box.left for p in plan.panels}) == 6


@pytest.mark.parametrize("title", ["$x^2$ costs $5", "漢字 \U0001f600", "שלום עולם", "\x1b[31mred\x1b[0m\r\n\ttab",
                                   "x" * 300, "word " * 60, " ", "e\u0301\u200d\u202e", "%s {0} \\alpha"])  # fmt: skip
def test_any_title_is_drawn(title: str) -> None:
    """Formulas, other scripts, escape sequences and endless words are accepted."""
    scene = fabricated.scene(title=title, panels=1, epochs=2)
    check(scene)
    renderer = Renderer(scene, fabricated.recording(scene))
    for word in renderer.layout.words:
        assert word.text.replace(BOUND, " ").isprintable()
    assert renderer.frame(0).shape == (360, 640, 3)


def test_a_dollar_is_a_dollar() -> None:
    """`$x$` is not a formula: it is shown as written."""
    plan = planned(fabricated.scene(title="$x^2$ costs $5"))
    assert plan is not None
    assert "$x^2$ costs $5" in {word.text for word in plan.words}


def test_a_window_far_from_square_fills_its_room() -> None:
    """If equal units would give a thin strip, panels use other proportions and do not overlap."""
    for bias, weight in (((0, 1000), (0, 1)), ((-1e-5, 1e-5), (-4e9, 4e9)), ((0, 2), (0, 1))):
        window = Window(bias=bias, weight=weight)
        scene = replace(fabricated.scene((1280, 720)), window=window)
        plan = planned(scene)
        assert plan is not None
        assert complaints(plan) == []


def test_a_narrow_map_stands_in_the_middle_of_its_room() -> None:
    """Beside a tall window, the width that is free is on both sides of the map."""
    for tall in (False, True):
        window = Window(bias=(0.0, 4.0), weight=(0.0, 10.0 if tall else 4.0))
        plan = planned(replace(fabricated.scene((1280, 720), panels=1), window=window))
        assert plan is not None and complaints(plan) == []
        free = 1280 - max(inked(word).right for word in plan.words)
        assert free > 150 if tall else free < 60


def test_settings_of_a_loss_follow_its_name() -> None:
    """Settings distinguish two Huber losses; an author's title is not changed."""
    scene = Scene(losses=("MSELoss", Loss("HuberLoss", delta=0.5)))
    plan = planned(scene)
    assert plan is not None and not complaints(plan)
    assert [w.text for w in plan.words if "delta" in w.text] == ["delta 0.5"]
    titled = planned(Scene(panels=(Panel(title="a", loss=Loss("HuberLoss", delta=0.5)),)))
    assert titled is not None and not any("delta" in word.text for word in titled.words)


def test_data_without_a_line_is_called_data() -> None:
    """A companion without a fitted line is named "Data"."""
    bare = planned(Scene(optimizer=(), losses=("MSELoss",), companions=("fit",), heatmaps=False))
    assert bare is not None and "Data" in [word.text for word in bare.words]


def test_a_setting_that_is_code_is_shown_by_its_name() -> None:
    """Its repr contains an address, which differs between films."""

    def kernel() -> None: ...

    plan = planned(Scene(losses=(Loss(lambda p, y: (p - y).abs().mean(), kernel=kernel),)))
    assert plan is not None and [w.text for w in plan.words if "kernel" in w.text] == ["kernel kernel"]


FOUND, PROVEN = Minimum(1, 2, 0.5, False), Minimum(1, 2, 0.5, True)
FAR = Minimum(100, 2, 0.5, True)  # outside the window


@pytest.mark.parametrize(
    ("minima", "maxima", "decayed", "words"),
    [
        ((PROVEN,), (), None, {"minimum"}),
        ((PROVEN, replace(PROVEN, bias=3)), (), None, {"minima"}),
        ((PROVEN, FAR), (), None, {"minima"}),
        ((FOUND,), (), None, {"lowest found"}),
        ((FOUND, replace(FOUND, bias=3)), (), None, {"lowest found"}),
        ((FAR,), (), None, set()),
        ((), (FOUND,), None, {"highest found"}),
        ((PROVEN,), (), PROVEN, {"minimum", "minimum of loss + decay"}),
        ((PROVEN,), (), FOUND, {"minimum", "where loss and decay balance"}),
        ((), (), FAR, set()),
    ],
)
@pytest.mark.parametrize("size", [(640, 360), (480, 480)])
def test_labels_of_markers(size, minima, maxima, decayed, words) -> None:
    """Only a single, proven minimum is labelled "minimum"; markers outside the window have no label."""
    scene = replace(fabricated.scene(size, panels=1), hide=("arrows",))
    recording = fabricated.recording(scene)
    panel = replace(recording.panels[0], minima=minima, maxima=maxima, decayed=(decayed,))
    plan = layout(scene, replace(recording, panels=(panel,)), size)
    signs = {mark.marker for mark in plan.marks if isinstance(mark.marker, str)} - {"start"}
    shown = {word.text for word in plan.words}
    every = {"minimum", "minima", "lowest found", "highest found"}
    assert shown & {*every, "minimum of loss + decay", "where loss and decay balance"} == words
    assert len(signs) == len(words)
