"""From data to pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from animgd.frame import Box

Range = tuple[float, float]


@dataclass(frozen=True)
class AxesTransform:
    """Two axes over a box of pixels, x to the right and y upwards; `log` makes the y axis logarithmic.

    Numbers or arrays are mapped alike. Units: pixels of the frame, whose edges are whole numbers.
    """

    box: Box
    x_range: Range
    y_range: Range
    log: bool = False

    def x(self, value: Any) -> Any:
        """The horizontal place of a value."""
        low, high = self.x_range
        return self.box.left + (value - low) / (high - low) * self.box.width

    def y(self, value: Any) -> Any:
        """The vertical place of a value."""
        return self.box.bottom - self.part(value) * self.box.height

    def part(self, value: Any) -> Any:
        """How far up the y axis a value lies, from 0 to 1."""
        low, high = self.y_range
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.log(value / low) / math.log(high / low) if self.log else (value - low) / (high - low)

    def to_pixels(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Where a point of the data lies on the frame."""
        return self.x(x), self.y(y)

    def to_data(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The point of the data at a place on the frame."""
        (left, right), (low, high) = self.x_range, self.y_range
        part = (self.box.bottom - y) / self.box.height
        up = low * (high / low) ** part if self.log else low + part * (high - low)
        return left + (x - self.box.left) / self.box.width * (right - left), up

    @property
    def units(self) -> tuple[float, float]:
        """What one pixel to the right and one upwards are in the data, on linear axes."""
        (left, right), (low, high) = self.x_range, self.y_range
        return (right - left) / self.box.width, (high - low) / self.box.height
