"""Decide from the next frames which changed pixels to draw now.

The rim of a slow disc takes new blends in every frame. A pixel that will change again soon, and is nearly right, may be
deferred: it is not drawn before its next change in the film, so that a pixel changes only when the film changes it.
A frame is therefore drawn only once the next ones are known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.histogram import Patch, Rgb24, pack_rgb

AHEAD = 4  # frames known in advance
LATEST = 8  # frame periods after which a deferred pixel must be right
THRESHOLD = 2000.0  # squared error × frame periods that drawing a pixel must save; as much again for each horizontal
# neighbour that is not drawn, because an isolated pixel costs codes of its own
FAR = 255


class Step(NamedTuple):
    """The pixels that a frame changes. Shapes: one row a pixel.

    Units: `period` in frame periods from the film's start; `positions` are flat indices into the picture.
    """

    period: int
    positions: NDArray[np.intp]
    rgb: Rgb24


class Lookahead:
    """Tracks when each pixel changes next, and how long it has been deferred."""

    def __init__(self, first: Rgb24, threshold: float) -> None:
        """Take ownership of `first`."""
        self._threshold = threshold
        self._latest = first
        self._until_change = np.zeros(first.size, np.uint8)  # frame periods; 0: not soon
        self._deferred = np.zeros(first.size, np.uint8)  # frame periods
        self._mask = np.zeros(first.size + 1, np.bool_)  # all False between frames; one more pixel beyond both ends

    def append(self, patch: Patch) -> Step:
        """Append a future frame. Where its boxes overlap, a change is counted once."""
        positions, rgb = [np.empty(0, np.intp)], [np.empty(0, np.uint32)]
        width, latest = self._latest.shape[1], self._latest.reshape(-1)
        for box, pixels in patch.boxes:
            new = pack_rgb(pixels)
            rows, columns = np.nonzero(new != self._latest[box.slices])
            positions.append((rows + box.top) * width + (columns + box.left))
            rgb.append(new[rows, columns])
            latest[positions[-1]] = rgb[-1]
        return Step(patch.period, np.concatenate(positions), np.concatenate(rgb))

    def advance(self, step: Step, following: Iterable[Step]) -> None:
        """Find when the pixels of a step change next."""
        self._until_change[step.positions] = 0
        for later in reversed(tuple(following)):
            self._until_change[later.positions] = min(FAR, later.period - step.period)

    def select(self, step: Step, differs: NDArray[np.bool_], gain: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of the step's pixels that differ from the screen must be drawn now.

        Units: `gain` is the squared error that drawing saves in each frame period.
        """
        remaining, deferred = self._until_change[step.positions], self._deferred[step.positions]
        may = differs & (remaining > 0) & (deferred <= LATEST - np.minimum(remaining, LATEST)) & (remaining <= LATEST)
        saved = gain * remaining
        drawn = differs & ~(may & (saved < self._threshold))
        self._mask[step.positions] = drawn
        missing = 2 - self._mask[step.positions - 1].astype(np.int8) - self._mask[step.positions + 1]
        self._mask[step.positions] = False
        drawn &= ~(may & (saved < self._threshold + self._threshold * missing))
        self._deferred[step.positions] = np.where(differs & ~drawn, deferred + remaining, 0)
        return drawn
