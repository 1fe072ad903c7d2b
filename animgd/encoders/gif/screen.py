"""The picture that a GIF's viewer sees, as indices: it takes what a frame changed, and gives the image for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif import container as gif_container
from animgd.encoders.gif import lzw_delta, lzw_image
from animgd.encoders.gif.histogram import Codes, Patch, Turnover, bands, codes, colours
from animgd.encoders.gif.lookahead import WORTH, Outlook, Step
from animgd.encoders.gif.palette import SPARE, Lookup, Palette
from animgd.frame import Box, Pixels


class Image(NamedTuple):
    """One image of a GIF, all but its delay."""

    box: Box
    depth: int  # bits: all its indices are below 2^depth
    codes: bytes


NOTHING = Image(Box(0, 0, 1, 1), 2, lzw_image.compress(np.zeros((1, 1), np.uint8), 2))  # one transparent pixel


class Picture:
    """What is shown at the moment."""

    def __init__(self, first: Codes, still: Pixels, palette: Palette, turnover: Turnover) -> None:
        """Takes `first`, the film's first frame, for its own."""
        self._standing = Lookup(palette.table, palette.rate_penalty)
        self._passing = Lookup(palette.table, palette.passing, turnover)
        self._table = palette.table.astype(np.float32)
        self._still = np.ascontiguousarray(still.transpose(2, 0, 1)).reshape(3, -1)  # as the stage keeps it: no copy
        self._spare = SPARE * palette.coarse
        self.whole = self._whole(first)
        self._outlook = Outlook(first, WORTH * palette.coarse)

    def _whole(self, numbers: Codes) -> Image:
        """All of it: the first image, in which the still takes the indices that it keeps."""
        height, self._wide = numbers.shape
        indices, ground = np.empty((2, height, self._wide), np.uint8)
        for rows in bands(numbers.shape):
            still = codes(self._still.reshape(3, height, self._wide)[:, rows].transpose(1, 2, 0))
            ground[rows] = self._standing(still)
            indices[rows] = np.where(numbers[rows] == still, ground[rows], self._passing(numbers[rows]))
        depth = gif_container.depth(len(self._table) - 1)
        packed, shown = lzw_image.fit(indices, depth, self._standing.choices(numbers, self._spare))
        for rows in bands(numbers.shape):
            still = codes(self._still.reshape(3, height, self._wide)[:, rows].transpose(1, 2, 0))
            np.copyto(ground[rows], shown[rows], where=numbers[rows] == still)
        self._ground, self._shown = ground.reshape(-1), shown.copy()
        return Image(Box(0, 0, self._wide, height), depth, packed)

    def announce(self, patch: Patch) -> Step:
        """Take a frame that will be shown after `AHEAD` others."""
        return self._outlook.step(patch)

    def update(self, step: Step, following: Iterable[Step]) -> Image | None:
        """Show a frame, all but what may wait; None where no index differs."""
        self._outlook.look(step, following)
        shown, indices = self._shown.reshape(-1)[step.at], self._indices(step)
        differs = indices != shown
        due = self._outlook.drawn(step, differs, self._gain(step.numbers, shown, indices))
        if not due.any():
            return None
        self._shown.reshape(-1)[step.at[due]] = indices[due]
        return self._image(step.at[due])

    def _indices(self, step: Step) -> NDArray[np.uint8]:
        """Where the still is seen, its own indices; where something moves over it, indices from fewer colours."""
        still = codes(self._still[:, step.at].T)
        return np.where(step.numbers == still, self._ground[step.at], self._passing(step.numbers))

    def _gain(self, numbers: Codes, shown: NDArray[np.uint8], indices: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How much less the squared error is after a pixel is drawn."""
        points = colours(numbers).astype(np.float32)
        before, after = (((self._table[each] - points) ** 2).sum(axis=1) for each in (shown, indices))
        gain: NDArray[np.float32] = before - after
        return gain

    def _image(self, at: NDArray[np.intp]) -> Image:
        """The smallest rectangle that holds all that changed."""
        rows, columns = np.divmod(at, self._wide)
        left, top = int(columns.min()), int(rows.min())
        area = Box(left, top, int(columns.max()) + 1, int(rows.max()) + 1)
        changed = np.zeros((area.height, area.width), np.bool_)
        changed[rows - top, columns - left] = True
        part = self._shown[area.slices]
        depth = gif_container.depth(int(part[changed].max()))
        return Image(area, depth, lzw_delta.compress(part, changed, depth))
