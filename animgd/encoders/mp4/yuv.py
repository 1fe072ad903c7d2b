"""RGB to yuv420p or yuv444p: BT.709, limited range, 8 bits, the planes Y, U and V in one buffer.

The arithmetic is in integers, so that a box converted alone and the whole picture give the same bytes. A chroma
sample of yuv420p is the mean of its 2×2 pixels; H.264 by default places it half a pixel further left, which is not
visible.

Source: ITU-R BT.709-6, sections 3.2 to 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Pixels

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
BITS = 24  # of the fixed-point factors, so that the top byte of a 32-bit sum is the level and no shift is needed
TOP = 3  # index of that byte, from the lowest
AREA = 20_000  # pixels converted at once: few enough for the CPU cache
Sums = np.dtype("<u4")  # negative sums are correct modulo 2 ** 32


def _fixed_point(factors: list[float], span: int, pixels: int) -> NDArray[np.uint32]:
    """Factors of red, green and blue that scale a sum over `pixels` pixels (0..255) to `span`."""
    exact = np.array(factors) * span / 255 / pixels * 2**BITS
    fractions: NDArray[np.uint32] = np.rint(exact).astype("<i4").view(Sums).reshape(3, 1, 1)
    return fractions


LUMA = _fixed_point([RED, GREEN, BLUE], 219, 1)
CHROMA = {
    pixels: np.stack(
        [
            _fixed_point([-RED / (2 - 2 * BLUE), -GREEN / (2 - 2 * BLUE), 0.5], 224, pixels),
            _fixed_point([0.5, -GREEN / (2 - 2 * RED), -BLUE / (2 - 2 * RED)], 224, pixels),
        ]
    )
    for pixels in (1, 4)
}
HALF = 1 << BITS - 1  # added, so that dropping the fraction rounds
BLACK = Sums.type((16 << BITS) + HALF)
GREY = Sums.type((128 << BITS) + HALF)


class Yuv:
    """One picture, updated box by box; `buffer` holds its bytes.

    Shapes: `luma` is (height, width), `chroma` (2, height/2, width/2), with `full` chroma (2, height, width): views of
    `buffer`, row 0 the top line.
    """

    def __init__(self, size: tuple[int, int], full: bool = False) -> None:
        width, height = size
        self._side = 1 if full else 2  # of the square of pixels that share a chroma sample
        picture = np.empty(width * height + 2 * (width // self._side) * (height // self._side), np.uint8)
        self.luma = picture[: width * height].reshape(height, width)
        self.chroma = picture[width * height :].reshape(2, height // self._side, width // self._side)
        self.buffer = picture.data

    def update(self, pixels: Pixels, boxes: Iterable[Box]) -> None:
        """Convert the changed boxes, each widened to even edges.

        Shapes: `pixels` is (height, width, 3), fastest when its colours are planes in memory.
        """
        colours = pixels.transpose(2, 0, 1)
        strip: list[Box] = []
        wide = high = 0
        for box in _pieces(boxes):
            across, down = wide + box.width, max(high, box.height)
            if strip and across * down > AREA:
                self._convert(colours, strip, wide, high)
                strip, across, down = [], box.width, box.height
            strip.append(box)
            wide, high = across, down
        if strip:
            self._convert(colours, strip, wide, high)

    def copy(self, other: Yuv, boxes: Iterable[Box]) -> None:
        """Copy boxes from another picture of the same size."""
        for left, top, right, bottom in map(_even, boxes):
            self.luma[top:bottom, left:right] = other.luma[top:bottom, left:right]
            part = self._samples(left, top, right, bottom)
            self.chroma[part] = other.chroma[part]

    def _samples(self, left: int, top: int, right: int, bottom: int) -> tuple[slice, slice, slice]:
        """Where the chroma of a box with even edges is."""
        side = self._side
        return slice(None), slice(top // side, bottom // side), slice(left // side, right // side)

    def _convert(self, colours: NDArray[np.uint8], strip: list[Box], wide: int, high: int) -> None:
        """Convert boxes side by side in one array: NumPy's cost per call does not depend on how many there are."""
        part = np.empty((3, high, wide), Sums)
        x = 0
        for box in strip:
            width = box.width
            part[:, : box.height, x : x + width] = colours[:, box.top : box.bottom, box.left : box.right]
            x += width
        total = part
        if self._side == 2:
            total = part[:, 0::2] + part[:, 1::2]
            total = total[:, :, 0::2] + total[:, :, 1::2]
        factors = CHROMA[self._side**2]
        luma = np.add.reduce(part * LUMA, axis=0, dtype=Sums, initial=BLACK).view(np.uint8)[:, TOP::4]
        chroma = np.add.reduce(total * factors, axis=1, dtype=Sums, initial=GREY).view(np.uint8)[:, :, TOP::4]
        x = 0
        for left, top, right, bottom in strip:
            width, height = right - left, bottom - top
            self.luma[top:bottom, left:right] = luma[:height, x : x + width]
            columns = slice(x // self._side, (x + width) // self._side)
            self.chroma[self._samples(left, top, right, bottom)] = chroma[:, : height // self._side, columns]
            x += width


def _pieces(boxes: Iterable[Box]) -> Iterator[Box]:
    """Boxes with even edges; large ones are split."""
    for left, top, right, bottom in map(_even, boxes):
        lines = max(2, AREA // max(2, right - left) & ~1)
        for first in range(top, bottom, lines):
            yield Box(left, first, right, min(first + lines, bottom))


def _even(box: Box) -> Box:
    return Box(box.left & ~1, box.top & ~1, box.right + 1 & ~1, box.bottom + 1 & ~1)
