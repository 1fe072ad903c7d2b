"""What happens, told in words where and when it happens: "overshoots by 4.16", "settled at 67".

`drawing/event_schedule.py` says which events are told and when, and `event_words` finds room beside the place.
"""

from __future__ import annotations

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
        self._shown: Words | None = None
        self._words: dict[Told, Words | None] = {}

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Tell the event that is on now."""
        now = next((told for told in self._told if told.start <= moment < told.end), None)
        words = self.words(now) if now else None
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
