"""What the next frames will change: how long each pixel would stay if it were drawn now.

A pixel at the rim of a slow disc takes a new blend in every frame. Where it will change again soon and is nearly
right, it may wait: it stays as it was until it changes in the film again, so that it never changes on its own.
Each frame is drawn only when the next ones are known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.histogram import Codes, Patch, codes

AHEAD = 4  # frames that are known
LATEST = 8  # frame periods after which a pixel that waits must be right
WORTH = 2000.0  # squared error × frame periods that a change must spare to be drawn: once for itself, and once
# more for each side on which no pixel is drawn, because then it costs codes of its own
FAR = 255


class Step(NamedTuple):
    """What a frame changed. Shapes: one row a pixel.

    Units: `period` counts frame periods from the film's start, `at` pixels along the picture's rows.
    """

    period: int
    at: NDArray[np.intp]
    numbers: Codes


class Outlook:
    """Knows of each pixel when it changes next, and for how long it has been waiting."""

    def __init__(self, first: Codes, worth: float) -> None:
        """Takes `first` for its own."""
        self._worth = worth
        self._latest = first
        self._next = np.zeros(first.size, np.uint8)  # frame periods until it changes; 0: not soon
        self._late = np.zeros(first.size, np.uint8)  # frame periods
        self._due = np.zeros(first.size + 1, np.bool_)  # a scratch pad, empty between frames; one beyond both ends

    def step(self, patch: Patch) -> Step:
        """Take a frame that lies ahead. Where its boxes overlap, a change is in one of them only."""
        places, numbers = [np.empty(0, np.intp)], [np.empty(0, np.uint32)]
        wide, latest = self._latest.shape[1], self._latest.reshape(-1)
        for box, pixels in patch.places:
            new = codes(pixels)
            rows, columns = np.nonzero(new != self._latest[box.slices])
            places.append((rows + box.top) * wide + (columns + box.left))
            numbers.append(new[rows, columns])
            latest[places[-1]] = numbers[-1]
        return Step(patch.period, np.concatenate(places), np.concatenate(numbers))

    def look(self, step: Step, following: Iterable[Step]) -> None:
        """See when what this step changes will change again."""
        self._next[step.at] = 0
        for later in reversed(tuple(following)):
            self._next[later.at] = min(FAR, later.period - step.period)

    def drawn(self, step: Step, differs: NDArray[np.bool_], gain: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of the pixels that changed, and differ from what is shown, must be drawn now.

        Units: `gain` is the squared error that drawing spares in each frame period.
        """
        stay, late = self._next[step.at], self._late[step.at]
        may = differs & (stay > 0) & (late <= LATEST - np.minimum(stay, LATEST)) & (stay <= LATEST)
        cost = gain * stay
        due = differs & ~(may & (cost < self._worth))
        self._due[step.at] = due
        lonely = 2 - self._due[step.at - 1].astype(np.int8) - self._due[step.at + 1]
        self._due[step.at] = False
        due &= ~(may & (cost < self._worth + self._worth * lonely))
        self._late[step.at] = np.where(differs & ~due, late + stay, 0)
        return due
