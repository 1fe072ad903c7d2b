"""The screen of a GIF viewer, as palette indices: turns the changes of frames into images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif import container as gif_container
from animgd.encoders.gif import lzw_delta, lzw_image
from animgd.encoders.gif.histogram import Patch, Rgb24, Turnover, bands, pack_rgb, unpack_rgb
from animgd.encoders.gif.lookahead import THRESHOLD, Lookahead, Step
from animgd.encoders.gif.palette import TOLERANCE, Lookup, Palette
from animgd.frame import Box, Pixels


class Image(NamedTuple):
    """One image of a GIF without its delay."""

    box: Box
    depth: int  # bits: all its indices are below 2^depth
    codes: bytes


EMPTY = Image(Box(0, 0, 1, 1), 2, lzw_image.compress(np.zeros((1, 1), np.uint8), 2))  # one transparent pixel


class Screen:
    """The indices that are shown now."""

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
        self._still_indices, self._shown = still_indices.reshape(-1), shown.copy()
        return Image(Box(0, 0, self._width, height), depth, packed)

    def append(self, patch: Patch) -> Step:
        """Append a future frame, which is shown after `AHEAD` others."""
        return self._lookahead.append(patch)

    def draw(self, step: Step, following: Iterable[Step]) -> Image | None:
        """Draw a frame without its deferred pixels; None if no index changes."""
        self._lookahead.advance(step, following)
        shown, indices = self._shown.reshape(-1)[step.positions], self._indices(step)
        differs = indices != shown
        drawn = self._lookahead.select(step, differs, self._gain(step.rgb, shown, indices))
        if not drawn.any():
            return None
        self._shown.reshape(-1)[step.positions[drawn]] = indices[drawn]
        return self._image(step.positions[drawn])

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

    def _image(self, positions: NDArray[np.intp]) -> Image:
        """The image of the smallest box around the changed pixels."""
        rows, columns = np.divmod(positions, self._width)
        left, top = int(columns.min()), int(rows.min())
        area = Box(left, top, int(columns.max()) + 1, int(rows.max()) + 1)
        changed = np.zeros((area.height, area.width), np.bool_)
        changed[rows - top, columns - left] = True
        part = self._shown[area.slices]
        depth = gif_container.depth(int(part[changed].max()))
        return Image(area, depth, lzw_delta.compress(part, changed, depth))
