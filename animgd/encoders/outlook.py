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

from animgd.encoders.census import Codes, Patch, codes
from animgd.frames import Box, Pixels

AHEAD = 4  # frames that are known
LATEST = 8  # frame periods after which a pixel that waits must be right
WORTH = 2000.0  # squared error × frame periods that a change must spare to be drawn: once for itself, and once
# more for each side on which no pixel is drawn, because then it costs codes of its own
FAR = 255


class Place(NamedTuple):
    """A box of a frame. Shapes: as the box."""

    box: Box
    numbers: Codes
    changed: NDArray[np.bool_]


class Step(NamedTuple):
    """What a frame changed. Units: `period` counts frame periods from the film's start."""

    period: int
    places: tuple[Place, ...]


class Outlook:
    """Knows of each pixel when it changes next, and for how long it has been waiting."""

    def __init__(self, first: Pixels, worth: float) -> None:
        self._worth = worth
        self._latest = codes(first)
        self._next = np.zeros(self._latest.shape, np.uint8)  # frame periods until it changes; 0: not soon
        self._late = np.zeros(self._latest.shape, np.uint8)  # frame periods

    def step(self, patch: Patch) -> Step:
        """Take a frame that lies ahead. Where its boxes overlap, a change is in one of them only."""
        places = []
        for box, pixels in patch.places:
            numbers, before = codes(pixels), self._latest[box.slices]
            changed = numbers != before
            if changed.any():
                before[...] = numbers
                places.append(Place(box, numbers, changed))
        return Step(patch.period, tuple(places))

    def look(self, step: Step, following: Iterable[Step]) -> None:
        """See when what this step changes will change again."""
        for place in step.places:
            self._next[place.box.slices] = 0
        for later in reversed(tuple(following)):
            for place in later.places:
                self._next[place.box.slices][place.changed] = min(FAR, later.period - step.period)

    def drawn(self, place: Place, differs: NDArray[np.bool_], gain: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of the pixels that changed, and differ from what is shown, must be drawn now.

        Units: `gain` is the squared error that drawing spares in each frame period.
        """
        stay, late = self._next[place.box.slices], self._late[place.box.slices]
        may = differs & (stay > 0) & (late <= LATEST - np.minimum(stay, LATEST)) & (stay <= LATEST)
        cost = gain * stay
        due = differs & ~(may & (cost < self._worth))
        beside = np.pad(due, ((0, 0), (1, 1)), constant_values=False)
        lonely = 2 - beside[:, :-2].astype(np.int8) - beside[:, 2:]
        due &= ~(may & (cost < self._worth + self._worth * lonely))
        late[place.changed] = np.where(differs & ~due, late + stay, 0)[place.changed]
        return due
