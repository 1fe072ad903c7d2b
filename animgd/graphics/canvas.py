"""Draw on colour planes: fills, masks, text."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Color
from animgd.graphics.fonts import PLAIN, Face
from animgd.graphics.raster import Mask
from animgd.graphics.text import Label, mask, width

Planes = NDArray[np.float32]  # (3, height, width), 0 to 255


def blend(planes: Planes, origin: Box, stamp: Mask, color: Color, strength: float = 1.0) -> None:
    """Blend a colour into planes that show `origin`, weighted by the mask's coverage."""
    box = stamp.box
    if origin.holds(box):
        rows, columns = (
            slice(box.top - origin.top, box.bottom - origin.top),
            slice(box.left - origin.left, box.right - origin.left),
        )
        lay(planes[:, rows, columns], stamp.coverage * np.float32(strength / 255), color)
        return
    shared = box.intersection(origin)
    if shared is None:
        return
    coverage = stamp.coverage[
        shared.top - stamp.box.top : shared.bottom - stamp.box.top,
        shared.left - stamp.box.left : shared.right - stamp.box.left,
    ]
    rows = slice(shared.top - origin.top, shared.bottom - origin.top)
    columns = slice(shared.left - origin.left, shared.right - origin.left)
    lay(planes[:, rows, columns], coverage * np.float32(strength / 255), color)


def lay(planes: Planes, alpha: NDArray[np.float32], color: Color) -> None:
    """Blend a colour into planes. Shapes: `alpha` is (height, width), from 0 to 1."""
    change = _broadcast(color) - planes
    change *= alpha
    planes += change


@functools.cache
def _broadcast(color: Color) -> NDArray[np.float32]:
    return np.array(color, np.float32)[:, None, None]


class Canvas:
    """A picture under construction. Shapes: `planes` is (3, height, width)."""

    face: Face = PLAIN

    def __init__(self, size: tuple[int, int], page: Color, face: Face = PLAIN) -> None:
        self.face = face
        self.box = Box(0, 0, *size)
        self.planes: NDArray[np.uint8] = np.empty((3, size[1], size[0]), np.uint8)
        self.fill(self.box, page)

    def fill(self, box: Box, color: Color) -> None:
        """Fill a box."""
        for plane, value in zip(self.planes, color, strict=True):
            plane[box.slices] = value

    def stamp(self, stamp: Mask | None, color: Color, strength: float = 1.0) -> None:
        """Blend a colour, weighted by the mask's coverage."""
        box = stamp.box.intersection(self.box) if stamp else None
        if stamp is None or box is None:
            return
        rows, columns = box.slices
        planes = self.planes[:, rows, columns].astype(np.float32)
        blend(planes, box, stamp, color, strength)
        self.planes[:, rows, columns] = np.rint(planes)

    def word(self, word: Label, color: Color) -> None:
        """Draw a line of text."""
        glyphs = mask(word.text, word.size, word.bold, self.face)
        advance = width(word.text, word.size, word.bold, self.face)
        shift = {"left": 0.0, "center": advance / 2, "right": advance}[word.align]
        coverage = glyphs.coverage
        left, top = round(word.x - shift) + glyphs.left, word.y + glyphs.top
        if word.upright:
            coverage = np.rot90(coverage)
            left, top = word.x - len(glyphs.coverage) // 2, word.y - coverage.shape[0] // 2
        box = Box(left, top, left + coverage.shape[1], top + coverage.shape[0])
        self.stamp(Mask(box, coverage), color)
