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
        taken, panel, pairs = self.empty(), self._panel, np.stack([starts, ends], 1)
        inside = ((pairs >= (panel.left, panel.top)) & (pairs <= (panel.right, panel.bottom))).all((1, 2))
        if not inside.all():
            cut = (clipped((a[0], a[1]), (b[0], b[1]), panel) for a, b in pairs[~inside].tolist())
            pairs = np.concatenate([pairs[inside], np.array([*filter(None, cut)]).reshape(-1, 2, 2)])
        if len(pairs):
            first, last = pairs.transpose(1, 0, 2)
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

    def free(self, taken: Taken, corners: NDArray[np.int_], size: tuple[int, int]) -> NDArray[np.bool_]:
        """Which boxes of a size touch no taken cell. Shapes: `corners` (boxes, 2), the upper left ones, x and y."""
        sums = np.zeros((taken.shape[0] + 1, taken.shape[1] + 1), np.int32)
        sums[1:, 1:] = taken.cumsum(0).cumsum(1)
        origin = self._panel.left, self._panel.top
        low = np.clip(np.floor((corners - origin) / self._cell), 0, self._shape[::-1]).astype(int).T
        high = np.clip(np.ceil((corners + size - origin) / self._cell), 0, self._shape[::-1]).astype(int).T
        inside = sums[high[1], high[0]] - sums[low[1], high[0]] - sums[high[1], low[0]] + sums[low[1], low[0]]
        return np.asarray(inside == 0)

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
        size = 2 * reach + 1
        for _ in range(2):  # each axis in turn
            grown = np.zeros((len(taken) + size - 1, taken.shape[1]), bool)
            grown[reach : reach + len(taken)] = taken
            done = 1  # rows that each one stands for
            while done < size:
                more = min(done, size - done)
                grown, done = grown[:-more] | grown[more:], done + more
            taken = grown.T
        return taken
