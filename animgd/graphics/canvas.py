"""Draw on colour planes: fills, masks, text."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Color
from animgd.graphics.fonts import PLAIN, Face
from animgd.graphics.raster import Mask
from animgd.graphics.text import Label, letters

Planes = NDArray[np.float32]  # (3, height, width), 0 to 255


def blend(planes: Planes, origin: Box, stamp: Mask, color: Color, strength: float = 1.0) -> None:
    """Blend a colour into planes that show `origin`, weighted by the mask's coverage."""
    part = stamp.within(origin)
    if part:
        blend_alpha(planes[:, *part.box.slices_in(origin)], part.coverage * np.float32(strength / 255), color)


def blend_alpha(planes: Planes, alpha: NDArray[np.float32], color: tuple[int, ...]) -> None:
    """Blend a value for each plane into planes. Shapes: `alpha` is (height, width), from 0 to 1."""
    change = _broadcast(color) - planes
    change *= alpha
    planes += change


class Sprite(NamedTuple):
    """Masks as they are laid over what is below: the part of that which stays, and the light that comes to it.

    Shapes: `stays` is (height, width) of the box, `light` (3, height, width).
    """

    box: Box
    stays: NDArray[np.float32]
    light: NDArray[np.float32]

    @classmethod
    def of(cls, stamps: Sequence[tuple[Mask, Color, float]]) -> Sprite:
        """Masks with their colours and strengths, from below to above."""
        box = functools.reduce(Box.union, (stamp.box for stamp, *_ in stamps))
        made = cls(box, np.ones((box.height, box.width), np.float32), np.zeros((3, box.height, box.width), np.float32))
        for stamp, color, strength in stamps:
            at, part = stamp.box.slices_in(box), stamp.coverage * np.float32(strength / 255)
            made.stays[at] *= 1 - part
            blend_alpha(made.light[:, *at], part, color)
        return made

    def moved(self, right: int, down: int) -> Sprite:
        """The same shape elsewhere."""
        return self._replace(box=self.box.moved(right, down))

    def within(self, box: Box) -> Sprite | None:
        """As much of it as lies in a box."""
        if box.holds(self.box):
            return self
        shared = self.box.intersection(box)
        if shared is None:
            return None
        rows, columns = shared.slices_in(self.box)
        return Sprite(shared, self.stays[rows, columns], self.light[:, rows, columns])

    def paint(self, origin: Box, planes: Planes) -> None:
        """Lay it over planes that show `origin`."""
        seen = self.within(origin)
        if seen:
            part = planes[:, *seen.box.slices_in(origin)]
            part *= seen.stays
            part += seen.light


@functools.cache
def _broadcast(color: tuple[int, ...]) -> NDArray[np.float32]:
    return np.array(color, np.float32)[:, None, None]


class Canvas:
    """A picture under construction. Shapes: `planes` is (3, height, width)."""

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
        part = stamp.within(self.box) if stamp else None
        if part:
            planes = self.planes[:, *part.box.slices].astype(np.float32)
            blend(planes, part.box, part, color, strength)
            self.planes[:, *part.box.slices] = np.rint(planes)

    def word(self, word: Label, color: Color) -> None:
        """Draw a line of text."""
        self.stamp(letters(word, self.face), color)
