"""Which places of a panel are taken by paths, arrows and marks: a coarse grid, in which room is found quickly."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box
from animgd.graphics.raster import Place, clipped
from animgd.recording.model import Series

Taken = NDArray[np.bool_]  # (rows, columns) of the grid, the upper left cell first
CELL = 2.0  # the side of a cell. Units: 720ths of the frame's shorter side


class Grid:
    """The cells of a panel. Units: places and lengths in pixels of the frame."""

    def __init__(self, panel: Box, unit: float) -> None:
        self._panel, self._cell = panel, max(1.0, CELL * unit)
        self._shape = math.ceil(panel.height / self._cell), math.ceil(panel.width / self._cell)

    def empty(self) -> Taken:
        """A grid in which nothing is taken."""
        return np.zeros(self._shape, bool)

    def lines(self, starts: Series, ends: Series) -> Taken:
        """The cells that straight lines pass. Shapes: `starts` and `ends` (lines, 2), x and y."""
        taken, pairs = self.empty(), zip(starts.tolist(), ends.tolist(), strict=True)
        seen = [part for a, b in pairs if (part := clipped((a[0], a[1]), (b[0], b[1]), self._panel))]
        if seen:
            first, last = np.array(seen).transpose(1, 0, 2)
            count = 2 + math.ceil(1.5 * float(np.hypot(*(last - first).T).max()) / self._cell)
            self._mark(taken, (first + np.linspace(0, 1, count)[:, None, None] * (last - first)).reshape(-1, 2))
        return taken

    def boxes(self, boxes: Iterable[Box]) -> Taken:
        """The cells that boxes touch."""
        taken = self.empty()
        for box in boxes:
            taken[self.cells(box)] = True
        return taken

    def cells(self, box: Box) -> tuple[slice, slice]:
        """The rows and columns that a box touches."""
        rows, columns = (
            slice(max(0, math.floor((low - start) / self._cell)), max(0, math.ceil((high - start) / self._cell)))
            for low, high, start in ((box.top, box.bottom, self._panel.top), (box.left, box.right, self._panel.left))
        )
        return rows, columns

    def line(self, start: Place, end: Place) -> Taken:
        """The cells that one line passes."""
        return self.lines(np.array([start]), np.array([end]))

    def _mark(self, taken: Taken, places: Series) -> None:
        cells = np.floor((places - (self._panel.left, self._panel.top)) / self._cell)
        columns, rows = cells[((cells >= 0) & (cells < self._shape[::-1])).all(1)].astype(int).T
        taken[rows, columns] = True

    def spread(self, taken: Taken, by: float) -> Taken:
        """The cells that are at most so far from taken ones, along each axis."""
        reach = math.ceil(by / self._cell)
        for axis in (0, 1):
            edges = [(reach + 1, reach) if each == axis else (0, 0) for each in (0, 1)]
            sums = np.cumsum(np.pad(taken, edges), axis, np.int32)
            size = taken.shape[axis]
            low = [slice(0, size) if each == axis else slice(None) for each in (0, 1)]
            high = [slice(2 * reach + 1, None) if each == axis else slice(None) for each in (0, 1)]
            taken = sums[tuple(high)] > sums[tuple(low)]
        return taken
