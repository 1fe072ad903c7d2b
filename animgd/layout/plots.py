"""Companions: the pictures beside the grid, their places, ranges and words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from animgd.frames import Box
from animgd.layout.content import Content
from animgd.layout.plan import Layout, PlotPlace, Word
from animgd.lettering import width
from animgd.numeral import compact, labels, ticks
from animgd.records import Series
from animgd.scale import Scale

SMALLEST = 60  # pixels
ROOM = 0.08  # of a range, left free on each side
HIGHEST = 30.0  # a diverging loss leaves the plot at this many times the greatest start


def splits(content: Content, room: Box) -> Iterator[tuple[Box, list[Box]]]:
    """Ways to share a room between the grid and the companions: side by side, or one over the other."""
    plots = len(content.scene.companions)
    if not content.scene.heatmaps:
        yield room, _shared(room, plots)
        return
    wide, high = room.right - room.left, room.bottom - room.top
    for percent in range(34, 76, 3):
        x, y = room.left + wide * percent // 100, room.top + high * percent // 100
        yield Box(room.left, room.top, x, room.bottom), _shared(Box(x, room.top, room.right, room.bottom), plots)
        yield Box(room.left, room.top, room.right, y), _shared(Box(room.left, y, room.right, room.bottom), plots)


def _shared(room: Box, parts: int) -> list[Box]:
    wide, high = (room.right - room.left), (room.bottom - room.top)
    if wide > 1.35 * high:
        edges = [room.left + wide * i // parts for i in range(parts + 1)]
        return [Box(a, room.top, b, room.bottom) for a, b in pairwise(edges)]
    edges = [room.top + high * i // parts for i in range(parts + 1)]
    return [Box(room.left, a, room.right, b) for a, b in pairwise(edges)]


def plotted(plan: Layout, content: Content, rooms: list[Box]) -> bool:
    """Place the companions in their rooms; False where one would be too small."""
    places = []
    for kind, room in zip(content.scene.companions, rooms, strict=True):
        across, up, log = _fit(content) if kind == "fit" else _losses(content)
        box = _inside(content, room)
        least = max(SMALLEST, width(_name(kind, content), content.em))
        if box.right - box.left < least or box.bottom - box.top < SMALLEST:
            return False
        places.append(PlotPlace(kind, box, across, up, log, content.series))
        _words(plan, content, places[-1])
    plan.plots = tuple(places)
    return True


def _name(kind: str, content: Content) -> str:
    return "loss" if kind == "loss" else "line and data" if content.moves else "data"


def _inside(content: Content, room: Box) -> Box:
    em, tick = content.em, content.tick
    left, right = room.left + round(4.6 * tick), room.right - round(0.9 * tick)
    top, bottom = room.top + round(1.35 * em), room.bottom - round(3.2 * tick)
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


def _words(plan: Layout, content: Content, plot: PlotPlace) -> None:
    em, tick, box = content.em, content.tick, plot.box
    plan.words.append(Word(_name(plot.kind, content), box.left, box.top - round(0.42 * em), em))
    axes = ("x", "y") if plot.kind == "fit" else ("epoch", "loss")
    middle = (box.left + box.right) // 2
    plan.words.append(Word(axes[0], middle, box.bottom + round(2.7 * tick), tick, muted=True, align="center"))
    side = box.left - round(4.0 * tick)
    plan.words.append(Word(axes[1], side, (box.top + box.bottom) // 2, tick, muted=True, align="center", upright=True))
    thin, long = max(1, round(plan.unit)), max(3, round(0.3 * tick))
    for part, text in _across(plot, max(2, min(6, int((box.right - box.left) / (3.6 * tick))))):
        x = min(box.left + round(part * (box.right - box.left)), box.right - thin)
        plan.lines.append(Box(x, box.bottom, x + thin, box.bottom + long))
        plan.words.append(Word(text, x, box.bottom + round(1.35 * tick), tick, muted=True, align="center"))
    for part, text in _up(plot, max(2, min(6, int((box.bottom - box.top) / (2.4 * tick))))):
        y = min(box.bottom - round(part * (box.bottom - box.top)), box.bottom - thin)
        plan.lines.append(Box(box.left - long, y, box.left, y + thin))
        plan.words.append(
            Word(text, box.left - round(0.55 * tick), y + round(0.36 * tick), tick, muted=True, align="right")
        )


def _across(plot: PlotPlace, most: int) -> list[tuple[float, str]]:
    low, high = plot.across
    values = ticks(low, high, most)
    if plot.kind == "loss":
        values = [v for v in values if v == int(v)]
        return [((v - low) / (high - low), compact(v)) for v in values]
    return [((v - low) / (high - low), text) for v, text in zip(values, labels(values), strict=True)]


def _up(plot: PlotPlace, most: int) -> list[tuple[float, str]]:
    return Scale(*plot.up, log=plot.log).ticks(most)
