"""Tick labels: as many as fit without touching each other or exceeding their axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from animgd.frame import Box
from animgd.graphics.color_scale import Scale
from animgd.graphics.numbers import labels, ticks
from animgd.graphics.text import Label
from animgd.layout.elements import Layout
from animgd.layout.measure import Content

Marks = list[tuple[float, str]]  # (part of the axis, label)
Placed = tuple[tuple[Box, ...], tuple[Label, ...]]  # tick marks, and their labels
APART = 0.4  # ems between two labels
SHORT = 4.0  # ems: a shorter name stands among the labels of its axis, a longer one beside them


def evenly(low: float, high: float) -> Callable[[int], Marks]:
    """The ticks of a linear axis."""

    def marks(most: int) -> Marks:
        values = ticks(low, high, most)
        return [((v - low) / (high - low), text) for v, text in zip(values, labels(values), strict=True)]

    return marks


def is_short(content: Content, name: str) -> bool:
    """Whether the name of an axis stands among its labels."""
    return content.fits(name, content.tick, SHORT * content.tick)


def count(room: int, size: float) -> int:
    """The greatest number of ticks on an axis. Units: pixels; `size` of each."""
    return max(2, min(6, int(room / size)))


def across(marks: Callable[[int], Marks], box: Box, ends: tuple[float, float], each: float, content: Content) -> Marks:
    """Ticks from left to right, as many as do not touch; labels that exceed the ends are "". Units: `each` in ems."""
    size, gap = content.tick, APART * content.tick
    for number in range(count(box.width, each * size), 0, -1):
        found, end = [], ends[0] - gap
        for part, text in marks(number):
            half = content.width(text, size) / 2
            middle = box.left + part * box.width
            inside = ends[0] <= middle - half and middle + half <= ends[1]
            if inside and middle - half < end + gap:
                break
            found.append((part, text if inside else ""))
            end = middle + half if inside else end
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


def place_below(
    plan: Layout, content: Content, box: Box, marks: Marks, name: str | None, room: int, beside: int = 0
) -> Placed:
    """Add a horizontal axis to a layout: its ticks, and unless `name` is None, their labels and the name, if any.

    A short name is the last of the labels, or stands behind them in the room beside the box; a long one below them.
    Returns the tick marks and their labels.
    """
    tick, thin, long = plan.tick, max(1, round(plan.unit)), max(3, round(0.27 * plan.tick))
    end, y = box.right + 0.5 * tick, box.bottom + round(1.35 * tick)
    last = max((box.left + part * box.width + content.width(text, tick) / 2 for part, text in marks), default=0.0)
    behind = max(last, box.right) + APART * tick
    if name and is_short(content, name) and behind + content.width(name, tick) <= box.right + beside:
        plan.words.append(Label(name, round(behind), y, tick, muted=True))
    elif name and is_short(content, name):
        plan.words.append(Label(name, box.right, y, tick, muted=True, align="right"))
        end = box.right - content.width(name, tick) - APART * tick
    elif name:
        shown = plan.cut("the axis name", name, content.fitted(name, tick, room))
        middle, below = (box.left + box.right) // 2, box.bottom + round(2.7 * tick)
        plan.words.append(Label(shown, middle, below, tick, muted=True, align="center"))
    lines, labels = list[Box](), list[Label]()
    for part, text in marks:
        x = min(box.left + round(part * box.width), box.right - thin)
        lines.append(Box(x, box.bottom, x + thin, box.bottom + long))
        if name is not None and text and (x + content.width(text, tick) / 2 <= end or end > box.right):
            labels.append(Label(text, x, y, tick, muted=True, align="center"))
    return _added(plan, lines, labels)


def _added(plan: Layout, lines: list[Box], labels: list[Label]) -> Placed:
    plan.lines += lines
    plan.words += labels
    return tuple(lines), tuple(labels)


def place_left(plan: Layout, content: Content, box: Box, marks: Marks, name: str | None, left: int) -> Placed:
    """Add a vertical axis to a layout, as `place_below`; `left` is where a long name stands."""
    tick, thin, long = plan.tick, max(1, round(plan.unit)), max(3, round(0.27 * plan.tick))
    x, first = box.left - round(0.55 * tick), box.top - tick
    if name and is_short(content, name):
        first = box.top + round(0.74 * tick)
        plan.words.append(Label(name, x, first, tick, muted=True, align="right"))
    elif name:
        shown = plan.cut("the axis name", name, content.fitted(name, tick, box.height))
        middle = (box.top + box.bottom) // 2
        plan.words.append(Label(shown, left, middle, tick, muted=True, align="center", upright=True))
    lines, labels = list[Box](), list[Label]()
    for part, text in marks:
        y = min(max(box.bottom - round(part * box.height), box.top), box.bottom - thin)
        lines.append(Box(box.left - long, y, box.left, y + thin))
        baseline = y + round(0.36 * tick)
        if name is not None and baseline >= first + 1.1 * tick:  # the name may have a descender
            labels.append(Label(text, x, baseline, tick, muted=True, align="right"))
    return _added(plan, lines, labels)
