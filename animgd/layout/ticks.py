"""Tick labels: as many as fit without touching each other or exceeding their axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from animgd.graphics.color_scale import Scale
from animgd.graphics.numbers import labels, ticks
from animgd.layout.measure import Content

Marks = list[tuple[float, str]]  # (part of the axis, label)
APART = 0.4  # ems between two labels


class Axis(NamedTuple):
    """The extent of an axis (`low` to `high`) and of its labels (`least` to `most`). Units: pixels."""

    low: int
    high: int
    least: float
    most: float


def evenly(low: float, high: float) -> Callable[[int], Marks]:
    """The ticks of a linear axis."""

    def marks(most: int) -> Marks:
        values = ticks(low, high, most)
        return [((v - low) / (high - low), text) for v, text in zip(values, labels(values), strict=True)]

    return marks


def count(room: int, size: float) -> int:
    """The greatest number of ticks on an axis. Units: pixels; `size` of each."""
    return max(2, min(6, int(room / size)))


def across(marks: Callable[[int], Marks], axis: Axis, most: int, content: Content) -> Marks:
    """Ticks from left to right, as many as do not touch; labels that exceed the axis are ""."""
    size, gap = content.tick, APART * content.tick
    for number in range(most, 0, -1):
        found, ends = [], axis.least - gap
        for part, text in marks(number):
            half = content.width(text, size) / 2
            middle = axis.low + part * (axis.high - axis.low)
            inside = axis.least <= middle - half and middle + half <= axis.most
            if inside and middle - half < ends + gap:
                break
            found.append((part, text if inside else ""))
            ends = middle + half if inside else ends
        else:
            if any(text for _, text in found):
                return found
    return []


def widest(content: Content, marks: Iterator[Marks]) -> float:
    """The width of the widest label. Units: pixels."""
    return max((content.width(text, content.tick) for found in marks for _, text in found), default=0.0)


def upwards(scale: Scale, room: int, content: Content) -> Marks:
    """Ticks from bottom to top, as many as do not touch."""
    for number in range(count(room, 2.2 * content.tick), 0, -1):
        found = scale.ticks(number)
        positions = [part * room for part, _ in found]
        if all(b - a >= content.tick for a, b in pairwise(positions)):
            return found
    return []
