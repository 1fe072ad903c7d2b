"""Steps the timeline: draws what changed, and yields frames."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import floor

import numpy as np
from numpy.typing import NDArray

from animgd.drawing import companions
from animgd.drawing.background import background
from animgd.drawing.companions import companion
from animgd.drawing.describe import document
from animgd.drawing.event_schedule import has_room
from animgd.drawing.event_schedule import suits as tells_events
from animgd.drawing.field import downhill
from animgd.drawing.overlays import inks, legend, lens, marks, overlays, small_map
from animgd.drawing.overlays.anatomy import ticks
from animgd.drawing.overlays.anatomy.times import opened
from animgd.drawing.overlays.arrows import shown as arrows
from animgd.drawing.overlays.base import Area, Context, Stack
from animgd.drawing.overlays.glow import Glow
from animgd.drawing.pacing import paced
from animgd.drawing.readings.counter import EpochCounter
from animgd.drawing.readings.cursor import cursors
from animgd.drawing.readings.loss_bar import LossBar, ProgressLine
from animgd.drawing.readings.readout import Digits, cell, losses, rate
from animgd.drawing.readings.rule import numbers, rule
from animgd.drawing.readings.stability import sentence
from animgd.drawing.readings.state import SETTLED, States, StateText, states
from animgd.drawing.timeline import Timeline, paused, timeline
from animgd.frame import Box, FilmInfo, Frame, Pixels
from animgd.graphics.numbers import run_settings
from animgd.graphics.text import clean, missing
from animgd.graphics.theme import Theme, line_colors, run_colors, theme_of
from animgd.layout import DigitField, Layout, Parts, fits, layout
from animgd.layout.elements import ALONE, InLecture, State
from animgd.recording import objective
from animgd.recording.anatomy import chosen_epochs
from animgd.recording.events import events, pauses
from animgd.recording.model import Recording, Trajectory
from animgd.recording.objective import with_objective
from animgd.recording.settling import settled_at, settled_step
from animgd.scene.problem import Function
from animgd.scene.scene import Scene

Size = tuple[int, int]
MOST = 40  # characters that one warning shows
NAMED = 24  # things left out that one warning names
LEAST_UNIT = 0.5  # pixels: the dots of bars are at least that large
STRETCHED = 1.1  # the ratio of the axes' units on screen above which a warning says so


def plan(scene: Scene, recording: Recording, size: Size, lecture: InLecture = ALONE) -> Layout:
    """The layout of a frame of that size. Raises: UsageError, SceneError."""
    shown = with_objective(scene, recording)
    return layout(scene, shown, size, replace(_parts(scene, shown), lecture=lecture))


def can_hold(scene: Scene, recording: Recording, size: Size) -> bool:
    """Whether a frame of that size has room for what it has to show."""
    shown = with_objective(scene, recording)
    return fits(scene, shown, size, _parts(scene, shown))


def _parts(scene: Scene, recording: Recording) -> Parts:
    @functools.cache  # asked again and again for panels of one size
    def sized(panel: int, width: int, height: int) -> tuple[State, ...]:
        found = states(scene, recording, panel, Box(0, 0, width, height))
        return found.texts if found else ()

    def texts(panel: int, box: Box) -> tuple[State, ...]:
        return sized(panel, box.width, box.height)

    anywhere = Box(0, 0, 100, 100)
    every = [(panel, run) for panel, recorded in enumerate(recording.panels) for run in range(len(recorded.runs))]
    return Parts(
        legend(scene) if scene.heatmaps else (),
        {name: companion(name) for name in scene.companions},
        texts,
        scene.heatmaps and any(States(scene, recording, panel, anywhere, run).leaves for panel, run in every),
        rule(scene, recording),
        lambda layout: sum(small_map.placed(context) is not None for context in contexts(scene, recording, layout)),
        sentence(scene, recording),
    )


def contexts(scene: Scene, recording: Recording, layout: Layout) -> list[Context]:
    """The panels of a film, for their overlays."""
    rows = zip(scene.grid, recording.panels, layout.panels, layout.markers, strict=False)
    theme, line = theme_of(scene.style, layout.ranks), _timeline(scene, recording)
    return [
        lens.with_lens(Context(scene, panel, recorded, place, layout, theme, markers, number, recording, line))
        for number, (panel, recorded, place, markers) in enumerate(rows)
    ]


def _timeline(scene: Scene, recording: Recording) -> Timeline:
    return paced(timeline(scene.video, scene.epochs), scene.video, recording, chosen_epochs(scene, recording))


def clock(scene: Scene, recording: Recording, pause: int = 0) -> tuple[Timeline, list[int]]:
    """The timeline of a film whose pauses are held for so many seconds, and where they are in one without them."""
    line = _timeline(scene, recording)
    frames = [line.showing(epoch) for epoch in pauses(scene, recording)]
    hold = floor(pause * line.fps + Fraction(1, 2))
    return (paused(line, frames, hold) if hold else line), frames


def areas(scene: Scene, recording: Recording, layout: Layout, glow: bool = True) -> list[Area]:
    """All parts of the frame in which something moves; `glow`: whether points have a light around them."""
    theme = theme_of(scene.style, layout.ranks)
    found: list[Area] = [Stack(layout.counter.box, [EpochCounter(layout.counter, theme)])] if layout.counter else []
    found += [rate(place, recording.panels[place.panel].runs[place.run], theme) for place in layout.rates]
    panels = contexts(scene, recording, layout)
    drawn = [[each for each in overlays(context) if glow or not isinstance(each, Glow)] for context in panels]
    found += [Stack(context.box, each) for context, each in zip(panels, drawn, strict=True)]
    found += [*cursors(panels), *ticks.hidden(panels)]
    for i, (place, context) in enumerate(zip(layout.panels, panels, strict=True)):
        state = states(scene, recording, i, place.box, context.lens.epoch if context.lens else math.inf)
        if place.state and state:
            found.append(Stack(place.state.box, [StateText(place.state, state, state.at, theme)]))
    for values, recorded in zip(layout.values, recording.panels, strict=False):
        for (cells, notation), path in zip(values, recorded.runs, strict=False):
            found.append(losses(cells, notation, path, theme))
    found += _left_column(scene, recording, layout, theme)
    plots = (companions.Context(plot, scene, recording, layout, theme) for plot in layout.plots)
    return found + [companion(context.plot.kind).area(context) for context in plots]


def _left_column(scene: Scene, recording: Recording, layout: Layout, theme: Theme) -> Iterator[Area]:
    """The progress line, the bars of the losses with the epochs of settling, and the numbers of the update rule."""
    alone = [panel for panel in recording.panels if len(panel.runs) == 1]
    if layout.progress:
        ends = [settled_at(panel, 0) for panel in alone]
        large = [place for place in layout.panels if has_room(place.box, layout)]  # where words explain the ticks
        told = [event.epoch for panel in alone for event in events(panel, 0)] if scene.shows("events") and large else []
        line = ProgressLine(layout.progress, scene.epochs, [k for k in ends if k], told, layout.unit, theme)
        yield Stack(line.box, [line])
    for row in layout.bars:
        recorded = recording.panels[row.panel]
        if row.bar and recorded.runs:
            several, marker = len(recorded.runs) > 1, layout.markers[row.panel][row.run]
            colors = line_colors(theme, marker) if several else (run_colors(theme, marker, True)[1], None)
            bar = LossBar(recorded, row.run, row.bar, max(LEAST_UNIT, layout.unit), theme, colors)
            yield Stack(bar.box, [bar])
        if isinstance(row.settled, DigitField):
            path, settled = recorded.runs[row.run], settled_step(recorded, row.run)
            yield Digits(row.settled, partial(_since, path, settled), theme.ink, theme.page, path.steps_per_epoch)
        elif row.settled and recorded.runs:
            state = States(scene, recording, row.panel, layout.panels[row.panel].box, row.run)
            yield Stack(row.settled.box, [StateText(row.settled, state, state.since, theme)])
    for each in layout.cells:
        recorded = recording.panels[each.panel]
        yield cell(each, recorded, theme)
        state = States(scene, recording, each.panel, layout.panels[each.panel].box, each.run)
        yield Stack(each.state.box, [StateText(each.state, state, state.since, theme, SETTLED)])
    yield from numbers(scene, recording, layout.rule, theme)


def _since(path: Trajectory, start: int | None, step: int) -> str:
    """The epoch at which a run settled, from then on."""
    return str(floor(path.epoch(start))) if start is not None and step >= start else ""


class Renderer:
    """Draws the film of a scene; in a lecture, it may share looks and scales with others, and hold its pauses.

    Without `glow` no point has a light around it.
    """

    def __init__(self, scene: Scene, recording: Recording, lecture: InLecture = ALONE, glow: bool = True) -> None:
        self._scene, self._recording, self._glow = scene, with_objective(scene, recording), glow
        self.timeline: Timeline = clock(scene, recording, lecture.pause)[0]
        self.layout: Layout = plan(scene, recording, (scene.video.width, scene.video.height), lecture)

    @functools.cached_property
    def _still(self) -> NDArray[np.uint8]:
        return background(self._scene, self._recording, self.layout, lambda i: marks.covered(self._panels()[i]))

    @property
    def info(self) -> FilmInfo:
        """What encoders must know of the film."""
        theme = theme_of(self._scene.style, self.layout.ranks)
        moving = [theme.casing, theme.fresh, theme.dry, theme.mark, theme.dark, theme.ring, theme.ink, theme.page]
        for panel in self._recording.panels:
            moving += theme.points[: len(self._recording.panels) if self.layout.marked else max(1, len(panel.runs))]
        for plot in self.layout.plots:
            moving += [theme.plot, *theme.lines[: len(plot.series)], *theme.outlines[: len(plot.series)]]
        moving += inks(self._scene, theme)
        moving += lens.shades(self._panels())
        return FilmInfo(
            size=self.layout.size,
            fps=self.timeline.fps,
            count=self.timeline.count,
            title=self._scene.title or "",
            still=self.still,
            inks=tuple(dict.fromkeys(moving)),
            describe=lambda: document(self._scene, self._recording, self.layout, self.timeline),
            quality=self._scene.video.quality,
            keyframe_interval=self._scene.video.keyframe_interval,
        )

    @property
    def remarks(self) -> Iterator[str]:
        """What a viewer should know of how the film is drawn: one line each."""
        scene = self._scene
        yield from self._stretched()
        yield from self._unsuited()
        wanted = scene.style.scale or theme_of(scene.style).scale
        for panel, place, recorded in zip(scene.grid, self.layout.panels, self._recording.panels, strict=False):
            if wanted == "log" and place.scale and not place.scale.log and place.scale.high > place.scale.low:
                name = recorded.landscape.name
                yield f"{clean(panel.title)}: the {name} is not above 0 everywhere, so its colours are linear"
            if place.scale and place.scale.cut:
                yield f"{clean(panel.title)}: losses below {place.scale.low:.2g} share the lowest colour"
        width, height = self.layout.size
        lost = list(dict.fromkeys(self.layout.lost))
        if lost:
            more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
            yield f"not shown, for lack of room at {width}x{height}: {', '.join(lost[:NAMED])}{more}"
        absent = missing("".join(self._texts()), self.layout.face)
        if absent:
            shown = absent if len(absent) <= MOST else f"{absent[:MOST]}… ({len(absent)} characters)"
            yield f"no font has {shown}: drawn as boxes; name a font that has them, Style(font='a file or a family')"

    def _texts(self) -> Iterator[str]:
        """Every text that comes from the scene."""
        scene = self._scene
        yield from (scene.title or "", *self._recording.axes)
        yield from () if isinstance(scene.problem, Function) else scene.problem.names
        for panel in scene.grid:
            yield panel.title
            for run in (*panel.runs, *filter(None, [panel.ghost])):
                yield from (run.label, run_settings(run))

    def _stretched(self) -> Iterator[str]:
        """Of a function: that its axes differ in scale. A line's weight and bias have units of their own."""
        problem = self._scene.problem
        if not isinstance(problem, Function) or problem.plane is not None or not self.layout.panels:
            return
        box, window = self.layout.panels[0].box, self._recording.panels[0].landscape.window
        across = box.width / (window.bias[1] - window.bias[0])
        up = box.height / (window.weight[1] - window.weight[0])
        if not 1 / STRETCHED <= up / across <= STRETCHED:
            (x, y), times = self._recording.axes, max(up / across, across / up)
            short, long = (x, y) if up > across else (y, x)
            alike = 'Style(aspect="equal") draws them alike'
            yield f"a unit of {clean(long)} is drawn {times:.2g} times as long as one of {clean(short)}; {alike}"

    def _unsuited(self) -> Iterator[str]:
        """What the scene asks for that does not apply to it."""
        scene, panels = self._scene, self._panels()
        if "arrows" in scene.show and not arrows(scene):
            yield "no arrows: they need maps with one run each"
        if "rule" in scene.show and not self.layout.rule:
            yield "no update rule: it needs maps with one run each, an optimizer whose terms are known, and room"
        if "events" in scene.show and not any(map(tells_events, panels)):
            yield "no events: they need a run that is alone on its map, and room"
        if "small-map" in scene.show and not any(map(small_map.placed, panels)):
            needed = "a run that is alone on its map and leaves it, a loss that is defined there, and room"
            yield f"no small map: it needs {needed}"
        if "lens" in scene.show and not any(context.lens for context in panels):
            yield "no lens: it needs a run that is alone on its map and ends with a long path near a minimum, and room"
        if scene.shows("anatomy") and not any(opened(context).epochs for context in panels):
            needed = "maps with one run each on all data, terms that are known, steps that are small there, and room"
            yield f"no anatomy: it needs {needed}"
        if scene.shows("stability") and sentence(scene, self._recording) is None:
            needed = "SGD on all data, with one set of settings but for a constant lr, and a curved minimum"
            yield f"nothing is said of stability: it needs {needed}"
        if scene.shows("field") and not any(any(downhill(each.recorded.landscape, each.box, 1.0)) for each in panels):
            yield "no field: no map has a slope" if panels else "no field: it needs maps"
        yield from objective.remarks(scene)

    def _panels(self) -> list[Context]:
        return contexts(self._scene, self._recording, self.layout)

    @property
    def still(self) -> Pixels:
        """The picture without anything that moves. Shapes: (height, width, 3)."""
        return self._still.transpose(1, 2, 0)

    def frames(self) -> Iterator[Frame]:
        """All frames, each moment once; the pixels are the renderer's own and change with the next frame."""
        picture = self._still.copy()
        pixels = picture.transpose(1, 2, 0)
        moving = areas(self._scene, self._recording, self.layout, self._glow)
        whole = Box(0, 0, *self.layout.size)
        for n, (moment, stay) in enumerate(self.timeline.moments()):
            boxes = tuple(box for area in moving for box in self._changed(area, moment, picture))
            yield Frame(pixels, (whole,) if n == 0 else boxes, stay)

    def frame(self, number: int) -> Pixels:
        """One frame, drawn from nothing. Shapes: (height, width, 3)."""
        picture = self._still.copy()
        for area in areas(self._scene, self._recording, self.layout, self._glow):
            for _ in area.step(self.timeline.moment(number)):
                pass
            area.paint(area.box, self._still, picture)
        return picture.transpose(1, 2, 0)

    def _changed(self, area: Area, moment: Fraction, picture: NDArray[np.uint8]) -> list[Box]:
        boxes = _joined(list(area.step(moment)))
        for box in boxes:
            area.paint(box, self._still, picture)
        return boxes


def _joined(boxes: list[Box]) -> list[Box]:
    """Boxes that cover the same pixels, those that overlap joined."""
    if len(boxes) < 2:
        return boxes
    whole = functools.reduce(Box.union, boxes)
    if 2 * whole.area <= 3 * sum(box.area for box in boxes):  # as good as it gets, and quick
        return [whole]
    done: list[Box] = []
    for box in boxes:
        while True:
            near = next((b for b in done if b.left <= box.right and box.left <= b.right
                         and b.top <= box.bottom and box.top <= b.bottom), None)  # fmt: skip
            if near is None:
                break
            done.remove(near)
            box = box.union(near)  # noqa: PLW2901 - it grows until it touches no other
        done.append(box)
    return done
