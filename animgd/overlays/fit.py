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

FINE = 16.0  # the ends of lines are kept in 16ths of a pixel: what moves less is not drawn again
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

    def step(self, moment: Fraction) -> list[Box]:
        """Turn the lines; all pixels between their lowest and highest places may change."""
        lines = [self._ends(path, moment) for path in self._paths]
        if lines == self._lines:
            return []
        before, self._lines = self._lines, lines
        heights = [y for line in before + lines for y in line]
        if self._points.size:
            heights += [self._y(float(self._points[1].min())), self._y(float(self._points[1].max()))]
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
        for line, color in zip(reversed(self._lines), reversed(self._colors), strict=False):
            self._stroke(line, picture, color)

    def _stroke(self, line: Ends, picture: NDArray[np.uint8], color: Color) -> None:
        """A line without ends: per column (or row, where it is steep) the few pixels near it."""
        box = self.box
        slope = (line.right - line.left) / (box.right - box.left)
        lean = math.hypot(1, slope)
        if abs(slope) <= 1:
            along = np.arange(box.left, box.right)
            middle = line.left + (along + 0.5 - box.left) * slope
            across = self._near(middle, lean)
            depth = self._radius + 0.5 - np.abs(across + 0.5 - middle[:, None]) / lean
            where = np.broadcast_to(along[:, None], across.shape), across
        else:
            along = np.arange(box.top, box.bottom)
            middle = box.left + (along + 0.5 - line.left) / slope
            across = self._near(middle, lean / abs(slope))
            depth = self._radius + 0.5 - np.abs(across + 0.5 - middle[:, None]) * abs(slope) / lean
            where = across, np.broadcast_to(along[:, None], across.shape)
        x, y = where
        seen = (depth > 0) & (x >= box.left) & (x < box.right) & (y >= box.top) & (y < box.bottom)
        _lay(picture, y[seen], x[seen], np.minimum(depth[seen], 1.0), color)

    def _near(self, middle: Series, lean: float) -> NDArray[np.int64]:
        half = math.ceil((self._radius + 1) * lean)
        result: NDArray[np.int64] = np.floor(middle).astype(np.int64)[:, None] + np.arange(-half, half + 1)
        return result

    def _residuals(self, line: Ends, picture: NDArray[np.uint8]) -> None:
        """From each point to the first line, straight up or down."""
        box, (low, high) = self.box, self._plot.across
        part = (self._points[0] - low) / (high - low)
        x = np.floor(box.left + part * (box.right - box.left)).astype(np.int64)
        a = np.array([self._y(float(y)) for y in self._points[1]])
        b = line.left + part * (line.right - line.left)
        first = np.clip(np.floor(np.minimum(a, b)), box.top, box.bottom).astype(np.int64)
        count = np.clip(np.ceil(np.maximum(a, b)), box.top, box.bottom).astype(np.int64) - first
        rows = np.repeat(first, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        columns = np.repeat(x, count)
        for shift in range(self._thin):
            seen = (columns + shift >= box.left) & (columns + shift < box.right)
            # Two residuals on one pixel are one: the ground is read before anything is laid.
            _lay(picture, rows[seen], columns[seen] + shift, np.full(int(seen.sum()), FAINT), self._colors[0])


def _lay(picture: NDArray[np.uint8], y: NDArray[np.int64], x: NDArray[np.int64], part: Series, color: Color) -> None:
    for plane, value in zip(picture, color, strict=True):
        ground = plane[y, x].astype(np.float64)
        plane[y, x] = np.rint(ground + (value - ground) * part).astype(np.uint8)
