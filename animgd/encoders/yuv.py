"""The film's picture as H.264 wants it: BT.709, limited range, 8 bits, the planes Y, U and V in one piece.

All in integers, so that a box converted alone and the whole picture give the same bytes. A chroma sample is
the mean of its 2×2 pixels; H.264 by default places it half a pixel further left, which nobody sees.

Source: ITU-R BT.709-6, sections 3.2 to 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from animgd.frames import Box, Pixels

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
BITS = 24  # of the fractions below, so that the top byte of a 32-bit sum is the level: no shift is needed
TOP = 3  # which byte that is, from the lowest
CALL = 3000  # pixels that are converted as quickly as a box is begun with
AREA = 10_000  # pixels converted at once: they stay in the cache, and a large picture needs little room
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
        for box in _gathered(boxes):
            left, right = box.left & ~1, box.right + 1 & ~1
            lines = max(2, AREA // max(2, right - left) & ~1)
            for top in range(box.top & ~1, box.bottom, lines):
                self._convert(colours, left, top, right, min(top + lines, box.bottom + 1 & ~1))

    def _convert(self, colours: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> None:
        part = colours[:, top:bottom, left:right].astype(Sums, order="C")
        total = part[:, 0::2] + part[:, 1::2]
        total = total[:, :, 0::2] + total[:, :, 1::2]
        luma = np.add.reduce(part * LUMA, axis=0, dtype=Sums, initial=BLACK)
        chroma = np.add.reduce(total * CHROMA, axis=1, dtype=Sums, initial=GREY)
        self.luma[top:bottom, left:right] = luma.view(np.uint8)[:, TOP::4]
        cells = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
        self.chroma[:, cells[0], cells[1]] = chroma.view(np.uint8)[:, :, TOP::4]


def _gathered(boxes: Iterable[Box]) -> list[Box]:
    """Neighbours of little use alone in one box: beginning with a box costs as much as some thousand pixels do."""
    done: list[Box] = []
    for box in boxes:
        both = box.union(done[-1]) if done else box
        if done and both.area <= box.area + done[-1].area + CALL:
            done[-1] = both
        else:
            done.append(box)
    return done
