"""The picture that a GIF's viewer sees, as indices: it takes what a frame changed, and gives the image for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders import blocks, changes, lzw
from animgd.encoders.census import Codes, Haste, Patch, codes, colours
from animgd.encoders.outlook import WORTH, Outlook, Place, Step
from animgd.encoders.palette import SPARE, Lookup, Palette
from animgd.frames import Box, Pixels


class Image(NamedTuple):
    """One image of a GIF, all but its delay."""

    box: Box
    depth: int  # bits: all its indices are below 2^depth
    codes: bytes


NOTHING = Image(Box(0, 0, 1, 1), 2, lzw.compress(np.zeros((1, 1), np.uint8), 2))  # one transparent pixel


class Picture:
    """What is shown at the moment."""

    def __init__(self, first: Pixels, still: Pixels, palette: Palette, haste: Haste) -> None:
        self._standing = Lookup(palette.table, palette.fees)
        self._passing = Lookup(palette.table, palette.passing, haste)
        self._table = palette.table.astype(np.float32)
        self._still = codes(still)
        self._ground = self._standing(self._still)
        self._spare = SPARE * palette.coarse
        self._outlook = Outlook(first, WORTH * palette.coarse)
        self.whole = self._whole(codes(first))

    def _indices(self, numbers: Codes, box: Box) -> NDArray[np.uint8]:
        """Where the still is seen, its own indices; where something moves over it, indices from fewer colours."""
        return np.where(numbers == self._still[box.slices], self._ground[box.slices], self._passing(numbers))

    def _whole(self, numbers: Codes) -> Image:
        """All of it: the first image, in which the still takes the indices that it keeps."""
        height, width = numbers.shape
        box, depth = Box(0, 0, width, height), blocks.depth(len(self._table) - 1)
        packed, shown = lzw.fit(self._indices(numbers, box), depth, self._standing.choices(numbers, self._spare))
        np.copyto(self._ground, shown, where=numbers == self._still)
        self._shown = shown.copy()
        return Image(box, depth, packed)

    def announce(self, patch: Patch) -> Step:
        """Take a frame that will be shown after `AHEAD` others."""
        return self._outlook.step(patch)

    def update(self, step: Step, following: Iterable[Step]) -> Image | None:
        """Show a frame; None where no index differs."""
        self._outlook.look(step, following)
        found = [each for place in step.places if (each := self._drawn(place))]
        return self._image(found) if found else None

    def _drawn(self, place: Place) -> tuple[Box, NDArray[np.bool_]] | None:
        """Show what must not wait: the box of it, and where in it."""
        shown, indices = self._shown[place.box.slices], self._indices(place.numbers, place.box)
        differs = place.changed & (indices != shown)
        if not differs.any():
            return None
        due = self._outlook.drawn(place, differs, self._gain(place.numbers, shown, indices, differs))
        if not due.any():
            return None
        shown[due] = indices[due]
        tight = _tight(due)
        return _moved(tight, place.box.left, place.box.top), due[tight.slices]

    def _gain(
        self, numbers: Codes, shown: NDArray[np.uint8], indices: NDArray[np.uint8], differs: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """How much less the squared error is after a pixel is drawn."""
        gain = np.zeros(differs.shape, np.float32)
        points = colours(numbers[differs]).astype(np.float32)
        before, after = ((self._table[each[differs]] - points) for each in (shown, indices))
        gain[differs] = (before**2).sum(axis=1) - (after**2).sum(axis=1)
        return gain

    def _image(self, found: list[tuple[Box, NDArray[np.bool_]]]) -> Image:
        """The smallest rectangle that holds all that changed."""
        area = found[0][0]
        for box, _ in found:
            area = area.union(box)
        changed = np.zeros((area.bottom - area.top, area.right - area.left), np.bool_)
        for box, differs in found:
            changed[_moved(box, -area.left, -area.top).slices] |= differs
        part = self._shown[area.slices]
        depth = blocks.depth(int(part[changed].max()))
        return Image(area, depth, changes.compress(part, changed, depth))


def _tight(differs: NDArray[np.bool_]) -> Box:
    """The smallest box that holds all that differs."""
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _moved(box: Box, right: int, down: int) -> Box:
    return Box(box.left + right, box.top + down, box.right + right, box.bottom + down)
