"""What happens, told in words where and when it happens: "overshoots by 4.16", "settled at 67".

`drawing/event_schedule.py` says which events are told and when, and `event_words` finds room beside the place.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.event_schedule import Told, schedule
from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.event_words import Room, Words
from animgd.frame import Box


def overlays(context: Context) -> Iterator[Events]:
    """The events of the only run of a panel, where a scene shows them."""
    told = schedule(context)
    if told:
        yield Events(context, told)


class Events(Overlay):
    """The words about one event at a time, whole from its first frame to its last."""

    def __init__(self, context: Context, told: list[Told]) -> None:
        self._context, self._told = context, told
        self._starts = [each.start for each in told]
        self._now: Told | None = None
        self._next: Words | None = None  # its words
        self._shown: Words | None = None
        self._words: dict[Told, Words | None] = {}

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Tell the event that is on now."""
        last = bisect.bisect(self._starts, moment) - 1
        now = self._told[last] if last >= 0 and moment < self._told[last].end else None
        if now is not self._now:
            self._now, self._next = now, self.words(now) if now else None
        words = self._next
        shown = words if words and moment < words.end else None
        if shown is self._shown:
            return
        yield from dict.fromkeys(stamp[0].box for stamp in self.stamps)
        self._shown, self.stamps = shown, shown.stamps if shown else ()
        yield from dict.fromkeys(stamp[0].box for stamp in self.stamps)

    @functools.cached_property
    def _room(self) -> Room:
        return Room(self._context)

    def words(self, told: Told) -> Words | None:
        """The words about an event, where there is room for them."""
        if told not in self._words:
            self._words[told] = self._room.written(told)
        return self._words[told]
