"""The losses in a table: one row a panel, or a run."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
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
COLUMN = 414  # the usual width. Units: 720ths of the frame's shorter side
AXIS = "loss above minimum, log"  # of the bars
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

    @property
    def top(self) -> int:
        """Where it usually stands: the last line of its heads does not move. Units: 720ths of the shorter side."""
        return 247 - 18 * (len(self._heads) - 1)

    @property
    def row(self) -> int:
        """The height of a row."""
        return ceil(1.82 * self.content.em) if self.under else round(1.68 * self.content.em)

    @property
    def height(self) -> int:
        """The height of the rows and the captions."""
        captions = 0.9 * self.content.medium if self.bars else self.content.tick if self.under else 0
        return self._rows + self.row * len(self.rows) + round(captions)

    @property
    def _rows(self) -> int:
        """Where the first row begins, below the heads."""
        return round(1.5 * self.content.medium) + self._line * (len(self._heads) - 1)

    @property
    def _line(self) -> int:
        return round(1.2 * self.content.tick)

    @property
    def _heads(self) -> list[str]:
        """The lines that name the bars beside the rows."""
        content, tick = self.content, self.content.tick
        if self.bars is None:
            return [""]
        where = f" on {content.short[0]}" if self.lists_runs and len(content.panels) > 1 else ""
        room = self.bars.loss - self.bars.left - content.width("loss", tick) - 1.1 * tick
        lines = [f"loss above minimum{where}, log"]
        if not content.fits(lines[0], tick, room):
            lines = ["loss above", f"minimum{where}, log"]
        return [content.fitted(line, tick, room) for line in lines]

    @property
    def lists_runs(self) -> bool:
        """Whether its rows are runs with their markers, so that no legend is needed."""
        return self.content.named and self.rows[0].marker is not None

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
        if self.under:
            y = top + self._rows + self.row * len(self.rows) + round(0.7 * content.tick)
            plan.words.append(Label(content.fitted(AXIS, content.tick, self.width), x, y, content.tick, muted=True))
        values: list[Values] = [()] * len(content.panels)
        bars = []
        for i, row in enumerate(self.rows):
            y = top + self._rows + i * self.row + round(1.02 * em)
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
        for i, line in enumerate(self._heads):
            plan.words.append(Label(line, x + bars.left, y + i * self._line, tick, muted=True))
        y += self._line * (len(self._heads) - 1)
        plan.words.append(Label("loss", x + bars.loss, y, tick, muted=True, align="right"))
        if not self.content.parts.leaves:
            plan.words.append(Label("settled", x + self.width, y, tick, muted=True, align="right"))
        y = top + self._rows + self.row * len(self.rows) + round(0.7 * tick)
        roomy = bars.right - bars.left >= 6.5 * tick
        for part, text in ((0.0, "0.01 %"), *[(0.5, "1 %")] * roomy, (1.0, "100 %")):
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
        indent = INDENT * em if by_run or content.marked else 0.0
        name = max(content.reach(row.name, em, most) for row in rows) + indent
        count = max(len(row.notations) for row in rows)
        columns = [max(row.notations[r].cells for row in rows if r < len(row.notations)) * step + round(0.7 * em)
                   for r in range(count)]  # fmt: skip
        settled = _settled(content)
        bars = _bars(content, min(name, 7 * em + indent), columns[0], settled) if count == 1 and decimals == 3 else None
        if bars and bars.loss + settled <= most:
            usual = min(most, round(COLUMN * min(content.size) / 720))
            return Table(content, rows, max(bars.loss + settled, usual), columns, bars)
        total = round(name) + sum(columns) + round(0.3 * em)
        if total <= most:
            under = count == 1 and not by_run and content.moves and em >= SMALLEST and min(content.size) < SMALL_FRAME
            least = ceil(content.width(AXIS, content.tick)) if under else 9 * em * (count == 1)
            return Table(content, rows, max(total, min(least, most)), columns, under=under)
    return None


def _panel_rows(content: Content, decimals: int) -> list[Row]:
    rows = zip(content.short, content.notations(decimals), content.markers, strict=True)
    return [
        Row(name, notations, panel, marker=markers[0] if content.marked and markers else None)
        for panel, (name, notations, markers) in enumerate(rows)
    ]


def _run_rows(content: Content, decimals: int) -> list[Row]:
    """A row for each run of the first panel."""
    runs = zip(content.panels[0].runs, content.notations(decimals)[0], content.markers[0], strict=True)
    return [Row(clean(run.label), [notation], 0, r, marker) for r, (run, notation, marker) in enumerate(runs)]


def _settled(content: Content) -> int:
    """The width of the column that says when runs have settled, or what became of them."""
    if content.parts.leaves:
        return states_width(content) + round(0.8 * content.em)
    return max(round(2.85 * content.em), ceil(content.width("settled", content.tick)) + content.tick)


def _bars(content: Content, name: float, column: int, settled: int) -> Bars | None:
    """The bars beside the rows; where states need room they are shorter, so that a usual table has the usual width."""
    em = content.em
    if em < SMALLEST or not content.moves or not any(panel.minima for panel in content.recording.panels):
        return None
    column = max(column, round(4.4 * em))
    if not content.parts.leaves:
        left = round(max(name + 0.7 * em, 5.4 * em))
        return Bars(left, left + 6 * em, left + 6 * em + column)
    left = round(name + 0.7 * em)
    spare = round(COLUMN * min(content.size) / 720) - left - column - settled
    right = left + min(round(4.9 * em), max(4 * em, spare))
    return Bars(left, right, right + column)


def _aligned(content: Content) -> bool:
    """Whether each column has the same marker on all panels."""
    longest = _columns(content)
    return content.runs == 1 or all(markers == longest[: len(markers)] for markers in content.markers)


def _columns(content: Content) -> tuple[int, ...]:
    """The marker indices of the panel with the most runs."""
    return content.markers[max(range(len(content.markers)), key=lambda i: len(content.markers[i]))]
