"""The coarse grid in which words find room: what lines and boxes take, and which boxes are free."""

from __future__ import annotations

import numpy as np
import pytest

from animgd.drawing.occupancy import Grid
from animgd.frame import Box

PANEL = Box(100, 100, 300, 200)


def test_lines_from_far_away_are_taken_where_they_cross_the_panel() -> None:
    """A run that comes back from 1e9 pixels away passes every cell of its row; one that misses passes none."""
    grid = Grid(Box(100, 100, 300, 200), 1.0)
    row = grid.line((-1e9, 150.5), (1e9, 150.5))
    assert row[25].all() and row.sum() == row.shape[1]
    assert not grid.line((-1e9, 50.5), (1e9, 50.5)).any()


def test_boxes_are_free_where_they_touch_no_taken_cell() -> None:
    """Looked up in sums for all boxes at once, and cell by cell; also for boxes that reach over the panel's edge."""
    grid, random, size = Grid(PANEL, 0.7), np.random.default_rng(0), (23, 11)
    taken = grid.boxes(Box(x, y, x + 3, y + 3) for x, y in random.integers((100, 100), (300, 200), (25, 2)).tolist())
    corners = random.integers((90, 90), (300, 200), (400, 2))
    boxes = [Box(x, y, x + size[0], y + size[1]) for x, y in corners.tolist()]
    free = grid.free(taken, corners, size)
    assert free.tolist() == [not taken[grid.cells(box)].any() for box in boxes]
    assert 50 < free.sum() < 350


@pytest.mark.parametrize("reach", [0, 1, 2, 3, 7, 200])
def test_a_cell_spreads_to_a_square(reach: int) -> None:
    """As far as asked for along each axis, cut at the panel's edges."""
    grid = Grid(PANEL, 1.0)
    taken = grid.empty()
    taken[5, 40] = True
    spread, rows, columns = grid.spread(taken, reach * 2.0), *np.indices(taken.shape)
    assert np.array_equal(spread, (abs(rows - 5) <= reach) & (abs(columns - 40) <= reach))
