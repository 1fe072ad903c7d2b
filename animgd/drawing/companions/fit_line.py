"""The data's companion: each run's line (or curve) swings through the points, with residuals for the first."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.companions import OUTLINE, Context
from animgd.drawing.companions.curve import Curve, blend_pixels, margin, spans, trace
from animgd.drawing.companions.link_function import Link, link
from animgd.drawing.screen_path import parameters
from animgd.frame import Box, Color
from animgd.graphics.markers import dashes
from animgd.graphics.raster import Dashes, on
from animgd.recording.model import Series, Trajectory

FINE = 8.0  # the ends of lines are kept in 8ths of a pixel: what moves less is not drawn again
MOST_RESIDUALS = 400  # of more points, residuals are a blot
FAINT = 0.6  # how strongly they are drawn
STEEP = 1e7  # pixels: lines end here at the latest


class Ends(NamedTuple):
    """A line's height at the left and the right edge of its plot. Units: pixels of the frame."""

    left: float
    right: float


class FitLines:
    """All lines of a companion. They cross its whole width, so it paints pixels of lines instead of boxes.

    A run whose loss has a link, as BCEWithLogitsLoss has the sigmoid, is drawn as the curve that it makes of the line.
    """

    def __init__(self, context: Context, points: Series, dot: float) -> None:
        """Units: `dot` is the radius of the points, in pixels."""
        self._dot = dot
        plot, unit = context.plot, context.layout.unit
        self.box, self._plot, self._paths = plot.box, plot, context.paths
        self._links = [link(context.scene.grid[series.panel].loss) for series in plot.series]
        self._radius, self._thin = 1.9 * unit, max(1, round(1.3 * unit))
        rim = self._radius + OUTLINE * unit
        self._coats = [
            [(rim, outline), (self._radius, color)] if outline else [(self._radius, color)]
            for color, outline in zip(context.colors, context.outlines, strict=True)
        ]
        self._widest = max((coats[0][0] for coats in self._coats), default=self._radius)
        self._dashes = [dashes(series.marker, 2 * self._radius) for series in plot.series]
        self._points = points if points.shape[1] <= MOST_RESIDUALS else points[:, :0]
        self._lines: list[Ends | Curve] = []
        low, high = plot.across
        beyond = margin(self._widest)
        edges = np.arange(-beyond, plot.box.width + beyond + 1)
        self._edges = low + edges / plot.box.width * (high - low)  # of columns, as values of x
        self._part = (self._points[0] - low) / (high - low)  # of the plot's width, per point
        self._columns = np.floor(plot.box.left + self._part * plot.box.width).astype(np.int64)
        self._heights = np.array([self._y(float(y)) for y in self._points[1]])
        self._reach = [float(self._heights.min()), float(self._heights.max())] if self._heights.size else []

    def step(self, moment: Fraction) -> list[Box]:
        """Turn the lines; all pixels between their lowest and highest places may change."""
        lines = [self._line(path, link, moment) for path, link in zip(self._paths, self._links, strict=True)]
        if lines == self._lines:
            return []
        before, self._lines = self._lines, lines
        heights = [y for line in before + lines for y in (line.heights if isinstance(line, Curve) else line)]
        heights += self._reach
        reach = self._widest + 2
        top = max(self.box.top, math.floor(min(heights) - reach))
        bottom = min(self.box.bottom, math.ceil(max(heights) + reach))
        return [Box(self.box.left, top, self.box.right, bottom)] if top < bottom else []

    def _line(self, path: Trajectory, link: Link | None, moment: Fraction) -> Ends | Curve:
        weight, bias = parameters(path, moment)
        if link is None:
            return Ends(*(self._kept(self._y(weight * x + bias)) for x in self._plot.across))
        with np.errstate(over="ignore", invalid="ignore"):
            heights = self._y(link(weight * self._edges + bias))
        return Curve(tuple(map(self._kept, heights.tolist())))

    def _y(self, value: Any) -> Any:
        """The height of a value, or of many. Units: pixels."""
        return self._plot.transform.y(value)

    def _kept(self, y: float) -> float:
        return round(min(max(STEEP if math.isnan(y) else y, -STEEP), STEEP) * FINE) / FINE

    def paint(self, box: Box, still: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
        """Put the ground back, and draw all lines on it. Shapes: (3, height, width) of the frame."""
        picture[:, *box.slices] = still[:, *box.slices]
        if self._lines:
            self._residuals(self._lines[0], picture)
        for i, line in reversed(list(enumerate(self._lines))):
            if line in self._lines[:i]:  # Huber's and SmoothL1's line, say: the first would cover it
                continue
            for radius, color in self._coats[i]:
                if isinstance(line, Curve):
                    trace(line, radius, self.box, picture, color, self._dashes[i])
                else:
                    self._stroke(line, radius, picture, color, self._dashes[i])

    def _stroke(
        self, line: Ends, radius: float, picture: NDArray[np.uint8], color: Color, pattern: Dashes | None
    ) -> None:
        """A line without ends: per column (or row, where it is steep) the few pixels near it."""
        box = self.box
        slope = (line.right - line.left) / box.width
        lean = math.hypot(1, slope)
        if abs(slope) <= 1:
            along = np.arange(box.left, box.right)
            middle = line.left + (along + 0.5 - box.left) * slope
            across, depth = _near(middle, radius, lean)
            right = along + 0.5 - box.left
            seen = (depth > 0) & (across >= box.top) & (across < box.bottom)
            pixels = across * picture.shape[2] + along
        else:
            along = np.arange(box.top, box.bottom)
            middle = box.left + (along + 0.5 - line.left) / slope
            across, depth = _near(middle, radius, lean / abs(slope))
            right = middle - box.left
            seen = (depth > 0) & (across >= box.left) & (across < box.right)
            pixels = along * picture.shape[2] + across
        depth = np.minimum(depth, 1)
        if pattern:  # counted from the left edge
            depth *= on(np.asarray(right * lean, np.float64), pattern, radius)
        blend_pixels(picture, pixels[seen], depth[seen], color)

    def _residuals(self, line: Ends | Curve, picture: NDArray[np.uint8]) -> None:
        """From the edge of each point to the first line, straight up or down."""
        box, b = self.box, self._under(line)
        a = self._heights + np.clip(b - self._heights, -self._dot, self._dot)
        color = self._coats[0][0][1]  # the outline, where the line is pale
        first = np.clip(np.floor(np.minimum(a, b)), box.top, box.bottom).astype(np.int64)
        count = np.clip(np.ceil(np.maximum(a, b)), box.top, box.bottom).astype(np.int64) - first
        columns, rows = spans(self._columns, first, count)
        for shift in range(self._thin):
            seen = (columns + shift >= box.left) & (columns + shift < box.right)
            # Two residuals on one pixel are one: the ground is read before anything is laid.
            blend_pixels(picture, (rows * picture.shape[2] + columns + shift)[seen], np.float32(FAINT), color)

    def _under(self, line: Ends | Curve) -> Series:
        """The line's height at each point of the data."""
        if isinstance(line, Ends):
            return np.asarray(line.left + self._part * (line.right - line.left))
        places = margin(self._widest) + self._part * self.box.width
        return np.asarray(np.interp(places, np.arange(len(line.heights)), line.heights))


def _near(middle: Series, radius: float, lean: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Pixels on both sides of a line's middle, and how deep they lie in it. Shapes: (few, many)."""
    half = math.ceil((radius + 1) * lean)
    first = np.floor(middle)
    steps = np.arange(-half, half + 1)[:, None]
    away = (first + 0.5 - middle).astype(np.float32) + steps.astype(np.float32)
    depth = np.float32(radius + 0.5) - np.abs(away) * np.float32(1 / lean)
    return first.astype(np.int64) + steps, depth
