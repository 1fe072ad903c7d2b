"""The film's picture as H.264 wants it: BT.709, limited range, 8 bits, the planes Y, U and V in one piece.

All in integers, so that a box converted alone and the whole picture give the same bytes. A chroma sample is
the mean of its 2×2 pixels; H.264 by default places it half a pixel further left, which nobody sees.

Source: ITU-R BT.709-6, sections 3.2 to 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Pixels

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
BITS = 24  # of the fractions below, so that the top byte of a 32-bit sum is the level: no shift is needed
TOP = 3  # which byte that is, from the lowest
AREA = 20_000  # pixels converted at once: they stay in the cache, and a large picture needs little room
Sums = np.dtype("<u4")  # sums below zero come right again: all is modulo 2 ** 32


def _fractions(factors: list[float], span: int, pixels: int) -> NDArray[np.uint32]:
    """Factors of red, green and blue that turn a sum over `pixels` pixels (0..255) into a part of `span`."""
    exact = np.array(factors) * span / 255 / pixels * 2**BITS
    fractions: NDArray[np.uint32] = np.rint(exact).astype("<i4").view(Sums).reshape(3, 1, 1)
    return fractions


LUMA = _fractions([RED, GREEN, BLUE], 219, 1)
CHROMA = np.stack(
    [
        _fractions([-RED / (2 - 2 * BLUE), -GREEN / (2 - 2 * BLUE), 0.5], 224, 4),
        _fractions([0.5, -GREEN / (2 - 2 * RED), -BLUE / (2 - 2 * RED)], 224, 4),
    ]
)
HALF = 1 << BITS - 1  # so that dropping the fraction rounds
BLACK = Sums.type((16 << BITS) + HALF)
GREY = Sums.type((128 << BITS) + HALF)


class Yuv:
    """One picture, kept up to date box by box; `buffer` is what a pipe takes.

    Shapes: `luma` is (height, width), `chroma` (2, height/2, width/2): views of `buffer`, row 0 the top line.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        width, height = size
        picture = np.empty(width * height * 3 // 2, np.uint8)
        self.luma = picture[: width * height].reshape(height, width)
        self.chroma = picture[width * height :].reshape(2, height // 2, width // 2)
        self.buffer = picture.data

    def update(self, pixels: Pixels, boxes: Iterable[Box]) -> None:
        """Convert what changed; a box is widened to even numbers.

        Shapes: `pixels` is (height, width, 3), quickest when its colours are planes in memory.
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
        """Take over from another picture of the same size what was converted there for these boxes."""
        for left, top, right, bottom in map(_even, boxes):
            self.luma[top:bottom, left:right] = other.luma[top:bottom, left:right]
            quarter = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
            self.chroma[:, *quarter] = other.chroma[:, *quarter]

    def _convert(self, colours: NDArray[np.uint8], strip: list[Box], wide: int, high: int) -> None:
        """Convert boxes side by side, as one picture: each step of it costs as much for one as for all."""
        part = np.empty((3, high, wide), Sums)
        x = 0
        for box in strip:
            width = box.width
            part[:, : box.height, x : x + width] = colours[:, box.top : box.bottom, box.left : box.right]
            x += width
        total = part[:, 0::2] + part[:, 1::2]
        total = total[:, :, 0::2] + total[:, :, 1::2]
        luma = np.add.reduce(part * LUMA, axis=0, dtype=Sums, initial=BLACK).view(np.uint8)[:, TOP::4]
        chroma = np.add.reduce(total * CHROMA, axis=1, dtype=Sums, initial=GREY).view(np.uint8)[:, :, TOP::4]
        x = 0
        for left, top, right, bottom in strip:
            width, height = right - left, bottom - top
            self.luma[top:bottom, left:right] = luma[:height, x : x + width]
            there = self.chroma[:, top // 2 : bottom // 2, left // 2 : right // 2]
            there[...] = chroma[:, : height // 2, x // 2 : (x + width) // 2]
            x += width


def _pieces(boxes: Iterable[Box]) -> Iterator[Box]:
    """Boxes with even edges, large ones cut."""
    for left, top, right, bottom in map(_even, boxes):
        lines = max(2, AREA // max(2, right - left) & ~1)
        for first in range(top, bottom, lines):
            yield Box(left, first, right, min(first + lines, bottom))


def _even(box: Box) -> Box:
    return Box(box.left & ~1, box.top & ~1, box.right + 1 & ~1, box.bottom + 1 & ~1)
