"""The interface between the renderer and the encoders: boxes, frames, and a film's properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

    def slices_in(self, origin: Box) -> tuple[slice, slice]:
        """The rows and columns of an array that shows `origin`."""
        rows = slice(self.top - origin.top, self.bottom - origin.top)
        return rows, slice(self.left - origin.left, self.right - origin.left)

    def moved(self, right: int, down: int) -> Box:
        """The same rectangle elsewhere."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def holds(self, other: Box) -> bool:
        """Whether another box lies inside."""
        left, top, right, bottom = other
        return self.left <= left and self.top <= top and right <= self.right and bottom <= self.bottom

    def bands(self, most: int) -> Iterator[Box]:
        """The box in pieces of whole rows with at most so many pixels, as far as rows are no longer than that."""
        rows = max(1, most // max(1, self.width))
        for top in range(self.top, self.bottom, rows):
            yield self._replace(top=top, bottom=min(top + rows, self.bottom))

    def intersection(self, other: Box) -> Box | None:
        """The pixels in both boxes; None if they do not overlap."""
        (left, top, right, bottom), (low, high, until, down) = self, other  # compared one by one: frames need it often
        left, top = low if low > left else left, high if high > top else top
        right, bottom = until if until < right else right, down if down < bottom else bottom
        return Box(left, top, right, bottom) if left < right and top < bottom else None

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        (left, top, right, bottom), (low, high, until, down) = self, other
        left, top = low if low < left else left, high if high < top else top
        return Box(left, top, until if until > right else right, down if down > bottom else bottom)


class Frame(NamedTuple):
    """One picture of the film.

    Shapes: `pixels` is (height, width, 3), row 0 the top line; in memory its three colours are three planes.
    It is the renderer's own canvas: read it before you request the next frame, and never write to it.
    Units: `periods` is how long the picture is shown, in frame periods of 1 / fps seconds; at least 1.
    """

    pixels: Pixels
    boxes: tuple[Box, ...]  # they cover all changes since the frame before; of the first frame, the whole picture
    periods: int = 1


@dataclass(frozen=True)
class FilmInfo:
    """Properties of a film that encoders need before the first frame.

    Units: `size` is (width, height) in pixels; `count` is in frame periods: the film lasts count / fps seconds,
    however many `Frame`s it has.
    """

    size: tuple[int, int]
    fps: Fraction
    count: int
    title: str
    still: Pixels  # (height, width, 3): the picture without moving parts
    inks: tuple[Color, ...] = ()  # the colours of moving parts, before they are blended with the still
    describe: Callable[[], dict[str, Any]] = dict  # the film as JSON data
    quality: str = "standard"  # of an MP4, as in `Video`
    keyframe_interval: float | Fraction | None = None  # of an MP4, in seconds; None where the encoder chooses

    @property
    def seconds(self) -> Fraction:
        """The duration of the film."""
        return self.count / self.fps
