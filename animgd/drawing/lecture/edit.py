"""Edits the frames of a part: from which frame to which, how long the last one is held, and fades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from animgd.frame import Box, Frame, Pixels


@dataclass(frozen=True)
class Edit:
    """Which frames of a part are shown, and how. Units: frames.

    first, last: of the part, both included. hold: how often the last is shown again. appear, vanish: how many frames
    at the beginning and at the end, holds included, are mixed with the page.
    """

    first: int
    last: int
    hold: int = 0
    appear: int = 0
    vanish: int = 0

    @property
    def count(self) -> int:
        """The frames that result."""
        return self.last + 1 - self.first + self.hold


def edited(frames: Iterator[Frame], edit: Edit, page: Pixels) -> Iterator[Frame]:
    """The edited frames of a part; mixed with the page they are pictures of their own."""
    height, width, _ = page.shape
    whole, done, fresh = Box(0, 0, width, height), 0, True
    buffer = np.empty((3, height, width), np.uint8).transpose(1, 2, 0) if edit.appear or edit.vanish else page
    for frame, periods in _held(frames, edit):
        left = periods
        while left:
            share, alike = _share(edit, done, left)
            if share < 1:
                buffer[:] = np.rint(page + share * (frame.pixels - page.astype(np.float32)))
                yield Frame(buffer, (whole,), alike)
            else:
                boxes = (whole,) if fresh else frame.boxes if left == periods else ()
                yield Frame(frame.pixels, boxes, alike)
            fresh, done, left = share < 1, done + alike, left - alike


def _held(frames: Iterator[Frame], edit: Edit) -> Iterator[tuple[Frame, int]]:
    """The frames from first to last, with the periods that each is shown; what changed before is in their boxes."""
    start, missed = 0, tuple[Box, ...]()
    for frame in frames:
        end = start + frame.periods
        missed = (*missed, *frame.boxes) if len(missed) < 64 else (_all(frame.pixels),)
        periods = min(end, edit.last + 1) - max(start, edit.first)
        if periods > 0:
            hold = edit.hold if end > edit.last else 0
            yield frame._replace(boxes=missed), periods + hold
            missed = ()
        if end > edit.last:
            return
        start = end


def _all(pixels: Pixels) -> Box:
    return Box(0, 0, pixels.shape[1], pixels.shape[0])


def _share(edit: Edit, done: int, left: int) -> tuple[float, int]:
    """How much of the picture is seen after so many frames, and for how many, of those left, that holds."""
    if done < edit.appear:
        return (done + 0.5) / edit.appear, 1
    until = edit.count - done
    if until <= edit.vanish:
        return (until - 0.5) / edit.vanish, 1
    return 1.0, min(left, until - edit.vanish)
