"""The interface between the renderer and the encoders: boxes, frames, and what is known of a film beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Color = tuple[int, int, int]


class Box(NamedTuple):
    """A rectangle of whole pixels, [left, right) × [top, bottom), from the top left corner of the frame."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top

    @property
    def shorter(self) -> int:
        """The shorter side."""
        return min(self.width, self.height)

    @property
    def area(self) -> int:
        """The number of pixels."""
        return self.width * self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """The rows and columns of an array whose row 0 is the top line."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def holds(self, other: Box) -> bool:
        """Whether all of another box lies inside."""
        left, top, right, bottom = other
        return self.left <= left and self.top <= top and right <= self.right and bottom <= self.bottom

    def intersection(self, other: Box) -> Box | None:
        """The pixels that both hold; None where there are none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Box(left, top, right, bottom) if left < right and top < bottom else None

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


class Frame(NamedTuple):
    """One picture of the film.

    Shapes: `pixels` is (height, width, 3), row 0 the top line; in memory its three colours are three planes.
    It is the renderer's own canvas: read it before the next frame is asked for, and never write to it.
    Units: `periods` counts frame periods (1 / fps seconds each) that the picture stays, at least 1.
    """

    pixels: Pixels
    boxes: tuple[Box, ...]  # all that differs from the frame before is inside; the whole picture at first
    periods: int = 1


@dataclass(frozen=True)
class FilmInfo:
    """What every encoder must know before the first frame comes.

    Units: `size` is (width, height) in pixels; `count` is in frame periods, so the film lasts count / fps
    seconds whatever the number of `Frame`s.
    """

    size: tuple[int, int]
    fps: Fraction
    count: int
    title: str
    still: Pixels  # (height, width, 3): the picture without anything that moves
    inks: tuple[Color, ...] = ()  # the colours of all that moves, before they are blended with the still
    describe: Callable[[], dict[str, Any]] = dict  # the film as data, for the encoders that write it

    @property
    def seconds(self) -> Fraction:
        """How long the film lasts."""
        return self.count / self.fps
