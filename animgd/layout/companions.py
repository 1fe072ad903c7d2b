"""Where companions stand beside the grid, with their titles, axis names and ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import ceil
from typing import Protocol

from animgd.frame import Box
from animgd.graphics.color_scale import Scale
from animgd.graphics.text import Label, clean
from animgd.layout.elements import CompanionBox, Layout
from animgd.layout.measure import LEAST, Content
from animgd.layout.ticks import Marks, across, count, evenly, is_short, place_below, place_left, widest
from animgd.recording.model import Series

SMALLEST = 60  # pixels
ASIDE = 0.65  # of its width that the names of its curves take at most
MARGIN = 0.08  # of a range, left free on each side
Range = tuple[float, float]
Ranges = tuple[Range, Range, bool]  # of x and of y, and whether y is logarithmic
__all__ = ["Companion", "Marks", "Ranges", "plotted", "splits", "with_margin"]


class Companion(Protocol):
    """What the layout must know of a companion to place it; the defaults are for a plot over the epochs."""

    name: str  # its title
    part_names: tuple[str, ...]  # its title where it shows only some panels or runs, from long to short

    def titles(self, content: Content, part: str) -> list[str]:
        """Its titles, from long to short; `part` is the panel or the run that it shows, "" for all."""
        return [way.format(part) for way in self.part_names] if part else [self.name]

    def ranges(self, content: Content) -> Ranges:
        """The ranges of its axes."""

    def axes(self, content: Content) -> tuple[str, str]:
        """The names of its axes, x and y; "" if the title says it."""
        return content.scene.clock_unit, ""

    def aside(self, content: Content) -> tuple[int, int]:
        """The width and height of the names of its curves, to its right; 0 without any. Units: pixels."""
        return 0, 0

    def ticks(self, plot: CompanionBox) -> Callable[[int], Marks]:
        """At most so many ticks of its x axis."""
        return evenly(*plot.across)


def splits(content: Content, room: Box) -> Iterator[tuple[Box, list[list[Box]]]]:
    """Ways to share a room between the grid and the companions, and for each the ways to share what they have."""
    plots = len(content.scene.companions)
    if not content.scene.heatmaps:
        yield room, _shared(room, plots)
        return
    wide, high = room.width, room.height
    for percent in range(34, 86, 3):
        x, y = room.left + wide * percent // 100, room.top + high * percent // 100
        yield room._replace(right=x), _shared(room._replace(left=x), plots)
        yield room._replace(bottom=y), _shared(room._replace(top=y), plots)


def _shared(room: Box, parts: int) -> list[list[Box]]:
    """Equal parts of a room, side by side and one over the other."""
    if parts == 1:
        return [[room]]
    columns = [room.left + room.width * i // parts for i in range(parts + 1)]
    rows = [room.top + room.height * i // parts for i in range(parts + 1)]
    beside = [room._replace(left=a, right=b) for a, b in pairwise(columns)]
    return [beside, [room._replace(top=a, bottom=b) for a, b in pairwise(rows)]]


def plotted(plan: Layout, content: Content, rooms: list[Box]) -> bool:
    """Place the companions in their rooms; False where one would be too small."""
    places = []
    for kind, room in zip(content.scene.companions, rooms, strict=True):
        companion = content.parts.companions[kind]
        reach, up, log = companion.ranges(content)
        box = _inside(content, room, Scale(*up, log=log), companion.axes(content))
        aside, high = companion.aside(content)
        if aside > ASIDE * box.width or high > box.height:
            plan.lost.append("the names of the curves")
            plan.shortened += 1
            aside = 0
        box = box._replace(right=box.right - aside)
        least = max(SMALLEST, content.width(companion.name, content.em))
        if box.width < least or box.height < SMALLEST:
            return False
        places.append(CompanionBox(kind, box, reach, up, log, content.series, aside))
        _texts(plan, content, places[-1], room)
    plan.plots = tuple(places)
    return True


def with_margin(values: Series, margin: float = MARGIN) -> Range:
    """The range of some values, with a part of it left free on each side."""
    low, high = float(values.min()), float(values.max())
    free = margin * ((high - low) or abs(high) or 1.0)
    return low - free, high + free


def _titles(companion: Companion, content: Content) -> list[str]:
    """The possible titles of a companion, from long to short; they name the panel or runs if not all are shown."""
    if not content.part or not content.moves:
        return companion.titles(content, "")
    parts = dict.fromkeys([content.part, content.part.removesuffix("Loss")])
    return [title for part in parts for title in companion.titles(content, part)]


def _inside(content: Content, room: Box, up: Scale, axes: tuple[str, str]) -> Box:
    em, tick = content.em, content.tick
    short = [is_short(content, clean(name)) for name in axes]
    top, bottom = room.top + round(1.35 * em), room.bottom - round((1.75 if short[0] else 3.2) * tick)
    labels = widest(content, (up.ticks(n) for n in range(2, 7)))
    aside = max(labels, content.width(clean(axes[1]), tick)) if short[1] else labels + 1.3 * tick
    left, right = room.left + ceil(aside + 0.8 * tick), room.right - round(0.9 * tick)
    bottom = min(bottom, top + round(1.2 * (right - left)))
    return Box(left, top, right, bottom)


def _texts(plan: Layout, content: Content, plot: CompanionBox, room: Box) -> None:
    em, tick, box = content.em, content.tick, plot.box
    companion = content.parts.companions[plot.kind]
    names = _titles(companion, content)
    size = max(LEAST, round(0.83 * em))
    name = next((name for name in names if content.fits(name, size, room.width, True)), names[-1])
    shown = plan.cut("the name", name, content.fitted(name, size, room.width, True))
    plan.words.append(Label(shown, room.left + round(0.35 * tick), box.top - round(0.5 * em), size, bold=True))
    right, up = map(clean, companion.axes(content))
    ends = room.left, room.right + 0.4 * tick
    ticks = across(companion.ticks(plot), box, ends, 3.6, content)
    place_below(plan, content, box, ticks, right, box.width, plot.aside)
    marks = Scale(*plot.up, log=plot.log).ticks(count(box.height, 2.4 * tick))
    for part, _ in marks:
        y = min(max(box.bottom - round(part * box.height), box.top), box.bottom - plan.thin)
        if y < box.bottom - 0.9 * tick:  # nearer it would double the axis
            plan.strokes.append((Box(box.left, y, box.right, y + plan.thin), "hair"))
    place_left(plan, content, box, marks, up, room.left + round(0.6 * tick))
