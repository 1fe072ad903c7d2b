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
BITS = 16  # of the fractions below: a colour is at most 0.01 levels from the exact one before it is rounded
BAND = 64  # lines converted at once, so that a large picture needs little room


def _fractions(factors: list[float], span: int, pixels: int) -> NDArray[np.int32]:
    """Factors of red, green and blue that turn a sum over `pixels` pixels (0..255) into a part of `span`."""
    exact = np.array(factors) * span / 255 / pixels * 2**BITS
    fractions: NDArray[np.int32] = np.rint(exact).astype(np.int32).reshape(3, 1, 1)
    return fractions


LUMA = _fractions([RED, GREEN, BLUE], 219, 1)
CHROMA = np.stack(
    [
        _fractions([-RED / (2 - 2 * BLUE), -GREEN / (2 - 2 * BLUE), 0.5], 224, 4),
        _fractions([0.5, -GREEN / (2 - 2 * RED), -BLUE / (2 - 2 * RED)], 224, 4),
    ]
)
BLACK = np.int32((16 << BITS) + (1 << BITS - 1))  # and a half, so that the shift rounds
GREY = np.int32((128 << BITS) + (1 << BITS - 1))


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
        for box in boxes:
            left, right = box.left & ~1, box.right + 1 & ~1
            for top in range(box.top & ~1, box.bottom, BAND):
                self._convert(colours, left, top, right, min(top + BAND, box.bottom + 1 & ~1))

    def _convert(self, colours: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> None:
        part = colours[:, top:bottom, left:right].astype(np.int32)
        total = part[:, 0::2] + part[:, 1::2]
        total = total[:, :, 0::2] + total[:, :, 1::2]
        luma = np.add.reduce(part * LUMA, axis=0)
        luma += BLACK
        luma >>= BITS
        self.luma[top:bottom, left:right] = luma
        chroma = np.add.reduce(total * CHROMA, axis=1)
        chroma += GREY
        chroma >>= BITS
        self.chroma[:, top // 2 : bottom // 2, left // 2 : right // 2] = chroma
