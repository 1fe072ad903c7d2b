"""The losses in a table: one row a panel, or a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from animgd.frame import Box
from animgd.graphics.numbers import Notation
from animgd.graphics.text import Label, clean
from animgd.layout.elements import (
    DigitField,
    Layout,
    LegendMarker,
    LossBar,
    StateField,
    Values,
    pitch,
)
from animgd.layout.losses.matrix import MOST_COLUMNS, Matrix, matrix, states_width
from animgd.layout.measure import SMALL_FRAME, Content

SMALLEST = 11  # pixels: with smaller letters there are no bars
INDENT = 1.2  # ems: from a run's marker to its label
MOST_RUN_ROWS = 6  # where runs are rows


@dataclass(frozen=True)
class Bars:
    """Where the bars and the epochs of settling stand in a table. Units: pixels from its left edge."""

    left: int
    right: int
    loss: int  # right edge


class Row(NamedTuple):
    """A row of the table: a panel, or a run of the first panel."""

    name: str
    notations: list[Notation]
    panel: int
    run: int = 0
    marker: int | None = None


@dataclass(frozen=True)
class Table:
    """The table of losses. Units: pixels."""

    content: Content
    rows: list[Row]
    width: int
    columns: list[int]  # the widest of each run
    bars: Bars | None = None  # only with one run a row
    under: bool = False  # whether there is a bar below each row instead
    top = 247  # where it usually stands. Units: 720ths of the frame's shorter side

    @property
    def row(self) -> int:
        """The height of a row."""
        return round((1.9 if self.under else 1.68) * self.content.em)

    @property
    def height(self) -> int:
        """The height of the rows and the captions."""
        return round((2.4 if self.bars else 1.5) * self.content.medium) + self.row * len(self.rows)

    @property
    def lists_runs(self) -> bool:
        """Whether its rows are runs with their markers, so that no legend is needed."""
        return self.rows[0].marker is not None

    def place(self, x: int, plan: Layout, top: int) -> None:
        """Add the table to a layout."""
        content, em = self.content, self.content.em
        small, step = content.medium, pitch(em, face=content.face)
        right = x + (self.bars.loss if self.bars else self.width)
        ends = [right - sum(self.columns[r + 1 :]) for r in range(len(self.columns))]
        if self.bars:
            self._place_heads(self.bars, x, plan, top)
        else:
            plan.words.append(Label("loss", x, top + small, small, muted=True))
        if content.runs > 1 and not self.lists_runs:
            for marker, end in zip(_columns(content), ends, strict=True):
                plan.marks.append(LegendMarker(marker, end - round(0.4 * em), top + round(0.62 * small)))
        values: list[Values] = [()] * len(content.panels)
        bars = []
        for i, row in enumerate(self.rows):
            y = top + round(1.5 * small) + i * self.row + round(1.02 * em)
            left = x
            if row.marker is not None:
                plan.marks.append(LegendMarker(row.marker, x + round(0.4 * em), y - round(0.34 * em)))
                left += round(INDENT * em)
            room = x + self.bars.left - 0.5 * em - left if self.bars else float("inf")
            shown = content.fitted(row.name, em, room) if self.bars else row.name
            plan.words.append(Label(plan.cut("the name", row.name, shown), left, y, em))
            cells = [DigitField(ends[r] - n.cells * step, y, em, n.cells, face=content.face)
                     for r, n in enumerate(row.notations)]  # fmt: skip
            values[row.panel] += tuple(zip(cells, row.notations, strict=True))
            if self.bars:
                bars.append(self._bar(self.bars, row, x, y))
            elif self.under and content.recording.panels[row.panel].minima:
                middle = y + round(0.5 * em)
                bars.append(LossBar(row.panel, row.run, Box(x, middle - 2, x + self.width, middle + 2), None))
        plan.values, plan.bars = tuple(values), tuple(bars)

    def _place_heads(self, bars: Bars, x: int, plan: Layout, top: int) -> None:
        tick, y = self.content.tick, top + self.content.tick
        where = f" on {self.content.short[0]}" if self.lists_runs and len(self.content.panels) > 1 else ""
        room = bars.loss - bars.left - self.content.width("loss", tick) - 1.1 * tick
        head = f"loss above minimum{where}"
        logged = f"{head}, log"  # what its axis shows too
        head = logged if self.content.fits(logged, tick, room) else self.content.fitted(head, tick, room)
        plan.words.append(Label(head, x + bars.left, y, tick, muted=True))
        plan.words.append(Label("loss", x + bars.loss, y, tick, muted=True, align="right"))
        if not self.content.parts.leaves:
            plan.words.append(Label("settled", x + self.width, y, tick, muted=True, align="right"))
        y = top + round(1.5 * self.content.medium) + self.row * len(self.rows) + round(0.7 * tick)
        for part, text in zip((0.0, 0.5, 1.0), ("0.01 %", "1 %", "100 %"), strict=True):
            at = x + round(bars.left + part * (bars.right - bars.left))
            plan.words.append(Label(text, at, y, tick, muted=True, align="center"))

    def _bar(self, bars: Bars, row: Row, x: int, y: int) -> LossBar:
        content, unit, panel = self.content, min(self.content.size) / 720, row.panel
        size, middle = content.em, y - round(0.34 * content.em)
        known = content.recording.panels[panel].minima
        box = Box(x + bars.left, middle - round(8 * unit), x + bars.right, middle + round(8 * unit)) if known else None
        if content.parts.leaves:
            tick, room = content.tick, states_width(content)
            return LossBar(panel, row.run, box, StateField(x + self.width, y, room, tick, tick, content.face))
        count = len(str(content.scene.epochs))
        step = pitch(size, True, content.face)
        return LossBar(
            panel, row.run, box, DigitField(x + self.width - count * step, y, size, count, True, content.face)
        )


def table(content: Content, most: int) -> Table | Matrix | None:
    """The table that suits the runs, with bars if they fit, and as many decimals as fit; None if not even one fits."""
    if not any(content.notations(3)):
        return None
    return matrix(content, most) or _table(content, most)


def _table(content: Content, most: int) -> Table | None:
    em, step = content.em, pitch(content.em, face=content.face)
    first = content.panels[0]
    by_run = content.runs > 1 and len(first.runs) == content.runs <= MOST_RUN_ROWS
    by_run = by_run and (len(content.panels) == 1 or content.runs > MOST_COLUMNS)
    if not by_run and not _aligned(content):
        return None
    for decimals in (3, 2, 1) if content.runs == 1 or by_run else (2, 1):
        rows = _run_rows(content, decimals) if by_run else _panel_rows(content, decimals)
        indent = INDENT * em if by_run else 0.0
        name = max(content.reach(row.name, em, most) for row in rows) + indent
        count = max(len(row.notations) for row in rows)
        columns = [max(row.notations[r].cells for row in rows if r < len(row.notations)) * step + round(0.7 * em)
                   for r in range(count)]  # fmt: skip
        bars = _bars(content, min(name, 7 * em), columns[0]) if count == 1 and decimals == 3 else None
        settled = states_width(content) + round(0.8 * em) if content.parts.leaves else round(2.9 * em)
        if bars and bars.loss + settled <= most:
            return Table(content, rows, bars.loss + settled, columns, bars)
        total = round(name) + sum(columns) + round(0.3 * em)
        if total <= most:
            under = count == 1 and not by_run and content.moves and em >= SMALLEST and min(content.size) < SMALL_FRAME
            return Table(content, rows, max(total, 9 * em if count == 1 else total), columns, under=under)
    return None


def _panel_rows(content: Content, decimals: int) -> list[Row]:
    rows = zip(content.short, content.notations(decimals), strict=True)
    return [Row(name, notations, panel) for panel, (name, notations) in enumerate(rows)]


def _run_rows(content: Content, decimals: int) -> list[Row]:
    """A row for each run of the first panel."""
    runs = zip(content.panels[0].runs, content.notations(decimals)[0], content.markers[0], strict=True)
    return [Row(clean(run.label), [notation], 0, r, marker) for r, (run, notation, marker) in enumerate(runs)]


def _bars(content: Content, name: float, column: int) -> Bars | None:
    em = content.em
    if em < SMALLEST or not content.moves or not any(panel.minima for panel in content.recording.panels):
        return None
    left = round(name + 0.7 * em if content.parts.leaves else max(name + 0.7 * em, 5.4 * em))
    right = left + round((4.9 if content.parts.leaves else 6) * em)
    return Bars(left, right, right + max(column, round(4.4 * em)))


def _aligned(content: Content) -> bool:
    """Whether each column has the same marker on all panels."""
    longest = _columns(content)
    return content.runs == 1 or all(markers == longest[: len(markers)] for markers in content.markers)


def _columns(content: Content) -> tuple[int, ...]:
    """The marker indices of the panel with the most runs."""
    return content.markers[max(range(len(content.markers)), key=lambda i: len(content.markers[i]))]
