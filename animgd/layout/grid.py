"""Arrange panels in rows and columns, as large as the room allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from animgd.frame import Box

SMALLEST = 44  # pixels: the path is not legible in smaller panels
Spare = tuple[float, float]  # the parts of spare width and height that are left of and above the grid
CENTRED, RIGHT, TOP_LEFT = (0.5, 0.36), (1.0, 0.36), (0.0, 0.0)  # the first two nearer to the title than to the bottom


@dataclass(frozen=True)
class Margins:
    """The margins around panels for labels and colour bars. Units: pixels."""

    header: int  # above every panel: title, losses
    left: int  # of the first column: the axis name and its labels
    bottom: int  # of the last row
    right: int  # of every panel: the colour bar and its labels
    gap: int
    side: int = 0  # of the whole grid: a colour bar that panels share, and its labels


@dataclass(frozen=True)
class Grid:
    """The positions of panels. Units: pixels; `boxes` are those of the heatmaps, in reading order."""

    columns: int
    boxes: tuple[Box, ...]

    def is_first(self, panel: int) -> bool:
        """Whether a panel is the first of its row."""
        return panel % self.columns == 0

    def is_lowest(self, panel: int) -> bool:
        """Whether a panel is the lowest of its column."""
        return panel + self.columns >= len(self.boxes)

    def row(self, panel: int) -> tuple[int, ...]:
        """The panels beside one, and itself."""
        first = panel - panel % self.columns
        return tuple(range(first, min(first + self.columns, len(self.boxes))))

    def column(self, panel: int) -> tuple[int, ...]:
        """The panels above and below one, and itself."""
        return tuple(range(panel % self.columns, len(self.boxes), self.columns))


def grid(panels: int, room: Box, around: Margins, aspect: float | None, spare: Spare = CENTRED) -> Grid | None:
    """The largest grid in a room, None if panels would be too small; `aspect` is width / height, None: any."""
    best: tuple[float, int, int, int] | None = None
    for columns in range(1, panels + 1):
        rows = math.ceil(panels / columns)
        across = room.width - around.left - columns * around.right - (columns - 1) * around.gap - around.side
        down = room.height - around.bottom - rows * around.header - (rows - 1) * around.gap
        width, height = across / columns, down / rows
        if aspect is not None:
            width, height = min(width, height * aspect), min(height, width / aspect)
        elif height > 0:
            width, height = min(width, 2.0 * height), min(height, 1.25 * width)
        empty = rows * columns - panels
        worth = min(width, height) * math.sqrt(max(width * height, 0)) * 0.97**empty
        if min(width, height) >= SMALLEST and (best is None or worth > best[0]):
            best = worth, columns, math.floor(width), math.floor(height)
    return _placed(panels, room, around, spare, *best[1:]) if best else None


def _placed(panels: int, room: Box, around: Margins, spare: Spare, columns: int, width: int, height: int) -> Grid:
    rows = math.ceil(panels / columns)
    across = around.left + columns * (width + around.right) + (columns - 1) * around.gap + around.side
    down = rows * (around.header + height) + (rows - 1) * around.gap + around.bottom
    left = room.left + int(spare[0] * max(0, room.width - across)) + around.left
    top = room.top + round(spare[1] * max(0, room.height - down)) + around.header
    boxes = []
    for panel in range(panels):
        row, column = divmod(panel, columns)
        x = left + column * (width + around.right + around.gap)
        y = top + row * (height + around.header + around.gap)
        boxes.append(Box(x, y, x + width, y + height))
    return Grid(columns, tuple(boxes))
