"""The screen of a GIF viewer, as palette indices: turns the changes of frames into those of images."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif import container as gif_container
from animgd.encoders.gif import lzw_image
from animgd.encoders.gif.histogram import Patch, Rgb24, Turnover, bands, pack_rgb, unpack_rgb
from animgd.encoders.gif.lookahead import THRESHOLD, Lookahead, Step
from animgd.encoders.gif.palette import TOLERANCE, Lookup, Palette
from animgd.encoders.gif.ranges import Change, Image
from animgd.frame import Box, Pixels

EMPTY = Image(Box(0, 0, 1, 1), 2, lzw_image.compress(np.zeros((1, 1), np.uint8), 2))  # one transparent pixel


class Screen:
    """The indices that are shown now: `shown`, of shape (height, width)."""

    def __init__(self, first: Rgb24, still: Pixels, palette: Palette, turnover: Turnover) -> None:
        """Take ownership of `first`, the film's first frame."""
        self._still_lookup = Lookup(palette.table, palette.rate_penalty)
        self._moving_lookup = Lookup(palette.table, palette.moving_penalty, turnover)
        self._table = palette.table.astype(np.float32)
        self._still = np.ascontiguousarray(still.transpose(2, 0, 1)).reshape(3, -1)  # no copy of planes
        self._tolerance = TOLERANCE * palette.price_scale
        self.first_image = self._first_image(first)
        self._lookahead = Lookahead(first, THRESHOLD * palette.price_scale)

    def _first_image(self, rgb: Rgb24) -> Image:
        """The first image, which also fixes the indices of the still."""
        height, self._width = rgb.shape
        indices, still_indices = np.empty((2, height, self._width), np.uint8)
        for rows in bands(rgb.shape):
            still = pack_rgb(self._still.reshape(3, height, self._width)[:, rows].transpose(1, 2, 0))
            still_indices[rows] = self._still_lookup(still)
            indices[rows] = np.where(rgb[rows] == still, still_indices[rows], self._moving_lookup(rgb[rows]))
        depth = gif_container.depth(len(self._table) - 1)
        packed, shown = lzw_image.fit(indices, depth, self._still_lookup.choices(rgb, self._tolerance))
        for rows in bands(rgb.shape):
            still = pack_rgb(self._still.reshape(3, height, self._width)[:, rows].transpose(1, 2, 0))
            np.copyto(still_indices[rows], shown[rows], where=rgb[rows] == still)
        self._still_indices, self.shown = still_indices.reshape(-1), shown.copy()
        return Image(Box(0, 0, self._width, height), depth, packed)

    def append(self, patch: Patch) -> Step:
        """Append a future frame, which is shown after `AHEAD` others."""
        return self._lookahead.append(patch)

    def draw(self, step: Step, following: Iterable[Step]) -> Change | None:
        """Draw a frame without its deferred pixels; None if no index changes."""
        self._lookahead.advance(step, following)
        shown, indices = self.shown.reshape(-1)[step.positions], self._indices(step)
        differs = indices != shown
        drawn = self._lookahead.select(step, differs, self._gain(step.rgb, shown, indices))
        if not drawn.any():
            return None
        change = Change(step.positions[drawn], indices[drawn])
        self.shown.reshape(-1)[change.positions] = change.indices
        return change

    def _indices(self, step: Step) -> NDArray[np.uint8]:
        """The still's own indices where it is visible, indices of fewer colours where moving parts cover it."""
        still = pack_rgb(self._still[:, step.positions].T)
        return np.where(step.rgb == still, self._still_indices[step.positions], self._moving_lookup(step.rgb))

    def _gain(self, rgb: Rgb24, shown: NDArray[np.uint8], indices: NDArray[np.uint8]) -> NDArray[np.float32]:
        """By how much drawing a pixel reduces its squared error."""
        points = unpack_rgb(rgb).astype(np.float32)
        before, after = (((self._table[each] - points) ** 2).sum(axis=1) for each in (shown, indices))
        gain: NDArray[np.float32] = before - after
        return gain
