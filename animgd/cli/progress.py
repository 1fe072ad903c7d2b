"""A bar with frames, rate and time left; on a terminal only."""

from __future__ import annotations

import time
from typing import TextIO

WIDTH = 24
PERIOD = 0.1  # seconds between two drawings of the bar
CLEAR = "\r\x1b[K"


class Bar:
    """Shows how far a film is, on a line that it takes away again."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name, self._stream = name, stream
        self._began = time.monotonic()
        self._drawn = 0.0

    def __call__(self, done: int, count: int) -> None:
        """Draw the bar, if the last drawing is old enough."""
        now = time.monotonic()
        if now - self._drawn >= PERIOD:
            self._drawn = now
            self._stream.write(CLEAR + line(self._name, done, count, now - self._began))
            self._stream.flush()

    def clear(self) -> None:
        """Leave the terminal as it was."""
        if self._drawn:
            self._stream.write(CLEAR)
            self._stream.flush()


def line(name: str, done: int, count: int, elapsed: float) -> str:
    """The bar's text, in plain ASCII, at most 79 columns. Units: `elapsed` in seconds."""
    full = WIDTH * done // count
    rate = done / elapsed if elapsed > 0 else 0.0
    left = (count - done) / rate if rate else 0.0
    shown = name if len(name) <= 20 else name[:17] + "..."
    return f"{shown:<20} [{'#' * full}{'.' * (WIDTH - full)}] {done}/{count} {rate:.0f}/s {left:.0f}s left"[:79]
