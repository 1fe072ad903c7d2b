"""Companions: the pictures beside the grid, their places, ranges and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import ceil

import numpy as np

from animgd.frame import Box
from animgd.graphics.color_scale import Scale
from animgd.graphics.numbers import compact, ticks
from animgd.graphics.text import Label, clean
from animgd.layout.elements import CompanionBox, Layout
from animgd.layout.measure import Content
from animgd.layout.ticks import Axis, Marks, across, count, evenly, widest
from animgd.recording.model import Series
from animgd.scene.problem import Function

SMALLEST = 60  # pixels
ROOM = 0.08  # of a range, left free on each side
HIGHEST = 30.0  # a diverging loss leaves the plot at this many times the greatest start


def splits(content: Content, room: Box) -> Iterator[tuple[Box, list[Box]]]:
    """Ways to share a room between the grid and the companions: side by side, or one over the other."""
    plots = len(content.scene.companions)
    if not content.scene.heatmaps:
        yield room, _shared(room, plots)
        return
    wide, high = room.width, room.height
    for percent in range(34, 76, 3):
        x, y = room.left + wide * percent // 100, room.top + high * percent // 100
        yield Box(room.left, room.top, x, room.bottom), _shared(Box(x, room.top, room.right, room.bottom), plots)
        yield Box(room.left, room.top, room.right, y), _shared(Box(room.left, y, room.right, room.bottom), plots)


def _shared(room: Box, parts: int) -> list[Box]:
    wide, high = room.width, room.height
    if wide > 1.35 * high:
        edges = [room.left + wide * i // parts for i in range(parts + 1)]
        return [Box(a, room.top, b, room.bottom) for a, b in pairwise(edges)]
    edges = [room.top + high * i // parts for i in range(parts + 1)]
    return [Box(room.left, a, room.right, b) for a, b in pairwise(edges)]


def plotted(plan: Layout, content: Content, rooms: list[Box]) -> bool:
    """Place the companions in their rooms; False where one would be too small."""
    places = []
    for kind, room in zip(content.scene.companions, rooms, strict=True):
        reach, up, log = _fit(content) if kind == "fit" else _losses(content)
        box = _inside(content, room, Scale(*up, log=log))
        least = max(SMALLEST, content.width(NAMES[kind], content.em))
        if box.width < least or box.height < SMALLEST:
            return False
        places.append(CompanionBox(kind, box, reach, up, log, content.series))
        _words(plan, content, places[-1], room)
    plan.plots = tuple(places)
    return True


NAMES = {"loss": "loss", "fit": "line and data"}


def _names(kind: str, content: Content) -> list[str]:
    """What a companion shows, and of which panel or runs where that is not all; from long to short."""
    if kind == "fit" and not content.moves:
        return ["data"]
    parts = dict.fromkeys([content.part, content.part.removesuffix("Loss")])
    ways = ("loss of {}",) if kind == "loss" else ("data, lines of {}", "lines of {}")
    return [way.format(part) for way in ways for part in parts] if content.part else [NAMES[kind]]


def _inside(content: Content, room: Box, up: Scale) -> Box:
    em, tick = content.em, content.tick
    top, bottom = room.top + round(1.35 * em), room.bottom - round(3.2 * tick)
    labels = widest(content, (up.ticks(n) for n in range(2, 7)))
    left, right = room.left + max(round(4.6 * tick), ceil(labels + 2.1 * tick)), room.right - round(0.9 * tick)
    bottom = min(bottom, top + round(1.2 * (right - left)))
    return Box(left, top, right, bottom)


Range = tuple[float, float]


def _fit(content: Content) -> tuple[Range, Range, bool]:
    points = content.recording.points
    assert points is not None  # a scene with this companion has data
    return _roomy(points[0]), _roomy(points[1], 0.25), False


def _roomy(values: Series, room: float = ROOM) -> Range:
    low, high = float(values.min()), float(values.max())
    free = room * ((high - low) or abs(high) or 1.0)
    return low - free, high + free


def _losses(content: Content) -> tuple[Range, Range, bool]:
    paths = [content.recording.panels[s.panel].runs[s.run].loss for s in content.series]
    epochs = (0.0, float(content.scene.epochs))
    every = np.concatenate([*paths, np.empty(0)])
    finite = every[np.isfinite(every)]
    if not finite.size:
        return epochs, (0.0, 1.0), False
    starts = [float(path[0]) for path in paths if np.isfinite(path[0])]
    top = (
        min(float(finite.max()), HIGHEST * max(starts, default=math.inf))
        if max(starts, default=0) > 0
        else float(finite.max())
    )
    if finite.min() <= 0:
        return epochs, _roomy(np.clip(finite, None, max(top, 0.0))), False
    low = float(finite.min())
    top = max(top, low * 1.01)
    free = (top / low) ** ROOM
    return epochs, (low / free, top * free), True


def _words(plan: Layout, content: Content, plot: CompanionBox, room: Box) -> None:
    em, tick, box = content.em, content.tick, plot.box
    names = _names(plot.kind, content)
    name = next((name for name in names if content.fits(name, em, room.right - box.left)), names[-1])
    shown = plan.cut("the name", name, content.fitted(name, em, room.right - box.left))
    plan.words.append(Label(shown, box.left, box.top - round(0.42 * em), em))
    right, up = _axes(plot.kind, content)
    middle = (box.left + box.right) // 2
    shown = plan.cut("the axis name", right, content.fitted(right, tick, box.width))
    plan.words.append(Label(shown, middle, box.bottom + round(2.7 * tick), tick, muted=True, align="center"))
    side = room.left + round(0.6 * tick)
    shown = plan.cut("the axis name", up, content.fitted(up, tick, box.height))
    plan.words.append(Label(shown, side, (box.top + box.bottom) // 2, tick, muted=True, align="center", upright=True))
    thin, long = max(1, round(plan.unit)), max(3, round(0.3 * tick))
    axis = Axis(box.left, box.right, room.left, room.right + 0.4 * tick)
    for part, text in across(_across(plot), axis, count(box.width, 3.6 * tick), content):
        x = min(box.left + round(part * box.width), box.right - thin)
        plan.lines.append(Box(x, box.bottom, x + thin, box.bottom + long))
        if text:
            plan.words.append(Label(text, x, box.bottom + round(1.35 * tick), tick, muted=True, align="center"))
    for part, text in Scale(*plot.up, log=plot.log).ticks(count(box.height, 2.4 * tick)):
        y = min(box.bottom - round(part * box.height), box.bottom - thin)
        plan.lines.append(Box(box.left - long, y, box.left, y + thin))
        plan.words.append(
            Label(text, box.left - round(0.55 * tick), y + round(0.36 * tick), tick, muted=True, align="right")
        )


def _axes(kind: str, content: Content) -> tuple[str, str]:
    """The axes' names."""
    problem = content.scene.problem
    right, up = ("epoch", "loss") if kind == "loss" or isinstance(problem, Function) else problem.names
    return clean(right), clean(up)


def _across(plot: CompanionBox) -> Callable[[int], Marks]:
    low, high = plot.across

    def epochs(most: int) -> Marks:
        return [((v - low) / (high - low), compact(v)) for v in ticks(low, high, most) if v == int(v)]

    return epochs if plot.kind == "loss" else evenly(low, high)
