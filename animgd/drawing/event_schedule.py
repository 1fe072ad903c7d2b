"""Which events a panel tells in words, and when each is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from animgd.drawing.close_up import opens
from animgd.drawing.overlays.base import Context
from animgd.drawing.timeline import Timeline
from animgd.frame import Box
from animgd.graphics.raster import Place
from animgd.layout import Layout
from animgd.layout.measure import shown_title
from animgd.recording.anatomy import chosen_epochs
from animgd.recording.events import Event, Kind, events, first, same_as
from animgd.recording.settling import target

SECONDS, BRIEF, LEAST = 1.5, 0.9, 0.6  # that words stay: as a rule, where room is short, and at least
LEAST_PANEL = 200  # units: smaller panels have no room for words
LEAST_FRAME = 400  # pixels: nor have smaller frames
RANKS: tuple[Kind, ...] = ("same_as", "swing_back", "overshoot", "returns", "settled", "leaves", "diverged")

TURNS: tuple[Kind, ...] = ("swing_back", "overshoot", "returns", "leaves")  # they pass; the others stay true
LATE = 8  # epochs: so long after a turn its words may stay in a film that takes a step apart, or twice as long at most


class Told(NamedTuple):
    """An event with its words. Units: `start` (included) and `end` are moments, `spot` in pixels of the frame.

    Where there is no room for them so long, they may end at the first of `sooner` for which there is.
    """

    kind: Kind
    lines: tuple[str, ...]
    spot: Place
    start: Fraction
    end: Fraction | float  # inf for one that stays
    sooner: tuple[Fraction | float, ...] = ()


def has_room(panel: Box, layout: Layout) -> bool:
    """Whether a panel is large enough for words."""
    return panel.shorter >= LEAST_PANEL * layout.unit and min(layout.size) >= LEAST_FRAME


def suits(context: Context) -> bool:
    """Whether a panel shows events: it has one run and is large enough."""
    alone = context.scene.shows("events") and context.scene.heatmaps and len(context.recorded.runs) == 1
    return alone and has_room(context.box, context.layout)


def schedule(context: Context) -> list[Told]:
    """The events that a panel tells, one at a time."""
    if not suits(context):
        return []
    line, chosen = context.timeline, list[_Begun]()
    since = line.first_frame
    slow = chosen_epochs(context.scene, context.recording)
    apart = [epoch for epoch in slow if opens(context.panel, context.recorded, context.box, epoch)]
    begun = (_Begun(_start(event, apart), event) for event in _seen(context))
    for each in sorted(begun, key=lambda each: each.start):
        near = chosen and since(each.start) - since(chosen[-1].start) < LEAST * line.fps
        if near and RANKS.index(each.event.kind) < RANKS.index(chosen[-1].event.kind):
            continue  # the lesser of two events that come together
        chosen = [*(chosen[:-1] if near else chosen), each]
    if slow:
        chosen = [
            each for each in chosen if each.event.kind not in TURNS or _fresh(line, *each) <= each.start + 2 * LATE
        ]
    others = sorted([*(each.start for each in chosen), *apart, math.inf])
    found = []
    for start, event in chosen:
        most = min(next(epoch for epoch in others if epoch > start), _fresh(line, start, event) if slow else math.inf)
        end, *brief = (min(_end(line, start, seconds), most) for seconds in (SECONDS, BRIEF, LEAST))
        spot = _spot(context, event)
        found.append(Told(event.kind, _lines(context, event), spot, Fraction(start), end, tuple(brief)))
    return found


class _Begun(NamedTuple):
    """An event, and the epoch at which the film begins to tell it."""

    start: Fraction | int
    event: Event


def _start(event: Event, apart: list[int]) -> Fraction | int:
    """The first epoch at which an event may be told. A step that is taken apart comes first: words would cover it."""
    start = event.epoch
    while start in apart:
        start += 1
    return start


def _fresh(line: Timeline, start: Fraction | int, event: Event) -> Fraction | float:
    """Until when words about a turn may stay: after a step that was taken apart, epochs go by fast."""
    return max(start + LATE, _end(line, start, LEAST)) if event.kind in TURNS else math.inf


def _end(line: Timeline, epoch: Fraction | int, seconds: float) -> Fraction | float:
    """The moment at which words that begin at an epoch end; inf if the film ends before."""
    after = max(line.first_frame(epoch), line.hold_start) + round(seconds * line.fps)
    return line.moment(after) if after <= line.hold_start + line.steps else math.inf


def _seen(context: Context) -> Iterator[Event]:
    """The events whose place is in the window."""
    twin = same_as(context.recording, context.number)
    name = shown_title(context.scene.grid[twin]) if twin is not None else ""
    if name and name != shown_title(context.panel):
        yield Event(0, "same_as", name)
    for event in first(events(context.recorded, 0)):
        (x, y), box = _spot(context, event), context.box
        if box.left <= x <= box.right and box.top <= y <= box.bottom:
            yield event


def _spot(context: Context, event: Event) -> Place:
    """Where an event happens."""
    moment, path = Fraction(event.epoch), context.paths[0]
    place = target(context.recorded, 0) if event.kind == "settled" else None
    if place is not None:
        return context.transform.to_pixels(place.bias, place.weight)
    return path.at(moment) if path.inside(moment) else path.crossing(moment)[0]


def _lines(context: Context, event: Event) -> tuple[str, ...]:
    """The words about an event."""
    match event.kind:
        case "overshoot" | "swing_back":
            words = "overshoots" if event.kind == "overshoot" else "swings back"
            return words, f"by {length(float(event.value or 0))}"
        case "same_as":
            return (f"{event.value} = {shown_title(context.panel)}",)
        case "leaves":
            return ("leaves the map",)
        case "returns":
            return ("comes back",)
        case _:
            return (f"{event.kind} at {(math.ceil if event.kind == 'settled' else math.floor)(event.epoch)}",)


def length(value: float) -> str:
    """A distance with three digits that count, and at least two decimals below 100."""
    decimals = 2 if 0.1 <= value < 99.995 else max(0, 2 - math.floor(math.log10(value)))
    return f"{value:.{decimals}f}"
