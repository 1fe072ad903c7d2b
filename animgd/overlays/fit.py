"""The data's companion: each run's line swings through the points, with residuals for the first."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frames import Box, Color
from animgd.layout import PlotPlace
from animgd.records import Series, Trajectory
from animgd.track import last

FINE = 8.0  # the ends of lines are kept in 8ths of a pixel: what moves less is not drawn again
MOST_RESIDUALS = 400  # of more points, residuals are a blot
FAINT = 0.45  # how strongly they are drawn
STEEP = 1e7  # pixels: lines end here at the latest


class Ends(NamedTuple):
    """A line's height at the left and the right edge of its plot. Units: pixels of the frame."""

    left: float
    right: float


class Fit:
    """All lines of a companion. They cross its whole width, so it paints pixels of lines instead of boxes."""

    def __init__(
        self, plot: PlotPlace, paths: list[Trajectory], points: Series, colors: list[Color], unit: float
    ) -> None:
        self.box, self._plot, self._paths, self._colors = plot.box, plot, paths, colors
        self._radius, self._thin = 1.9 * unit, max(1, round(1.3 * unit))
        self._points = points if points.shape[1] <= MOST_RESIDUALS else points[:, :0]
        self._lines: list[Ends] = []
        low, high = plot.across
        self._part = (self._points[0] - low) / (high - low)  # of the plot's width, per point
        self._columns = np.floor(plot.box.left + self._part * (plot.box.right - plot.box.left)).astype(np.int64)
        self._heights = np.array([self._y(float(y)) for y in self._points[1]])
        self._reach = [float(self._heights.min()), float(self._heights.max())] if self._heights.size else []

    def step(self, moment: Fraction) -> list[Box]:
        """Turn the lines; all pixels between their lowest and highest places may change."""
        lines = [self._ends(path, moment) for path in self._paths]
        if lines == self._lines:
            return []
        before, self._lines = self._lines, lines
        heights = [y for line in before + lines for y in line]
        heights += self._reach
        reach = self._radius + 2
        top = max(self.box.top, math.floor(min(heights) - reach))
        bottom = min(self.box.bottom, math.ceil(max(heights) + reach))
        return [Box(self.box.left, top, self.box.right, bottom)] if top < bottom else []

    def _ends(self, path: Trajectory, moment: Fraction) -> Ends:
        epoch = min(moment.numerator // moment.denominator, last(path))
        weight, bias = float(path.weight[epoch]), float(path.bias[epoch])
        if epoch < last(path) and moment > epoch:
            part = float(moment - epoch)
            weight += part * (float(path.weight[epoch + 1]) - weight)
            bias += part * (float(path.bias[epoch + 1]) - bias)
        return Ends(*(self._kept(self._y(weight * x + bias)) for x in self._plot.across))

    def _y(self, value: float) -> float:
        low, high = self._plot.up
        return self.box.bottom - (value - low) / (high - low) * (self.box.bottom - self.box.top)

    def _kept(self, y: float) -> float:
        return round(min(max(y if math.isfinite(y) else STEEP, -STEEP), STEEP) * FINE) / FINE

    def paint(self, box: Box, still: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
        """Put the ground back, and draw all lines on it. Shapes: (3, height, width) of the frame."""
        rows, columns = box.slices
        picture[:, rows, columns] = still[:, rows, columns]
        if self._lines:
            self._residuals(self._lines[0], picture)
        for i in reversed(range(len(self._lines))):
            if self._lines[i] not in self._lines[:i]:  # Huber's and SmoothL1's line, say: the first would cover it
                self._stroke(self._lines[i], picture, self._colors[i])

    def _stroke(self, line: Ends, picture: NDArray[np.uint8], color: Color) -> None:
        """A line without ends: per column (or row, where it is steep) the few pixels near it."""
        box = self.box
        slope = (line.right - line.left) / (box.right - box.left)
        lean = math.hypot(1, slope)
        if abs(slope) <= 1:
            along = np.arange(box.left, box.right)
            middle = line.left + (along + 0.5 - box.left) * slope
            across, depth = self._near(middle, lean)
            seen = (depth > 0) & (across >= box.top) & (across < box.bottom)
            pixels = across * picture.shape[2] + along
        else:
            along = np.arange(box.top, box.bottom)
            middle = box.left + (along + 0.5 - line.left) / slope
            across, depth = self._near(middle, lean / abs(slope))
            seen = (depth > 0) & (across >= box.left) & (across < box.right)
            pixels = along * picture.shape[2] + across
        _lay(picture, pixels[seen], np.minimum(depth[seen], 1), color)

    def _near(self, middle: Series, lean: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Pixels on both sides of a line's middle, and how deep they lie in it. Shapes: (few, many)."""
        half = math.ceil((self._radius + 1) * lean)
        first = np.floor(middle)
        steps = np.arange(-half, half + 1)[:, None]
        away = (first + 0.5 - middle).astype(np.float32) + steps.astype(np.float32)
        depth = np.float32(self._radius + 0.5) - np.abs(away) * np.float32(1 / lean)
        return first.astype(np.int64) + steps, depth

    def _residuals(self, line: Ends, picture: NDArray[np.uint8]) -> None:
        """From each point to the first line, straight up or down."""
        box, x, a = self.box, self._columns, self._heights
        b = line.left + self._part * (line.right - line.left)
        first = np.clip(np.floor(np.minimum(a, b)), box.top, box.bottom).astype(np.int64)
        count = np.clip(np.ceil(np.maximum(a, b)), box.top, box.bottom).astype(np.int64) - first
        rows = np.repeat(first, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        columns = np.repeat(x, count)
        for shift in range(self._thin):
            seen = (columns + shift >= box.left) & (columns + shift < box.right)
            # Two residuals on one pixel are one: the ground is read before anything is laid.
            _lay(picture, (rows * picture.shape[2] + columns + shift)[seen], np.float32(FAINT), self._colors[0])


def _lay(
    picture: NDArray[np.uint8], pixels: NDArray[np.int64], part: NDArray[np.float32] | np.float32, color: Color
) -> None:
    """Mix a colour into single pixels. Shapes: `picture` (3, height, width), in one piece; `pixels` count along it."""
    for plane, value in zip(picture.reshape(3, -1), color, strict=True):
        ground = plane.take(pixels).astype(np.float32)
        ground += (np.float32(value) - ground) * part
        ground += np.float32(0.5)  # for rounding down
        plane[pixels] = ground.astype(np.uint8)
