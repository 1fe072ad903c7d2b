"""The picture that a GIF's viewer sees, as indices: it takes what a frame changed, and gives the image for it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders import blocks, changes, lzw
from animgd.encoders.census import Haste, Patch, codes
from animgd.encoders.palette import Lookup, Palette
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
        self._still = codes(still)
        self._ground = self._standing(self._still)
        height, width = self._still.shape
        self._shown = self._indices(first, Box(0, 0, width, height))

    def _indices(self, pixels: Pixels, box: Box) -> NDArray[np.uint8]:
        """Where the still is seen, its own indices; where something moves over it, indices from fewer colours."""
        numbers = codes(pixels)
        return np.where(numbers == self._still[box.slices], self._ground[box.slices], self._passing(numbers))

    def whole(self) -> Image:
        """All of it: the first image."""
        height, width = self._shown.shape
        depth = blocks.depth(int(self._shown.max()))
        return Image(Box(0, 0, width, height), depth, lzw.compress(self._shown, depth))

    def update(self, patch: Patch) -> Image | None:
        """Take what a frame changed; None where no index differs."""
        found: list[tuple[Box, NDArray[np.bool_]]] = []
        for box, pixels in patch.places:
            indices = self._indices(pixels, box)
            differs = indices != self._shown[box.slices]
            if differs.any():
                self._shown[box.slices] = indices
                tight = _tight(differs)
                found.append((_moved(tight, box.left, box.top), differs[tight.slices]))
        return self._image(found) if found else None

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
