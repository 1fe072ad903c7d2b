"""The losses in a table: one row a panel, one column a run."""

from __future__ import annotations

from dataclasses import dataclass

from animgd.frame import Box
from animgd.graphics.numbers import Notation
from animgd.graphics.text import Label
from animgd.layout.elements import DigitField, Layout, LegendMarker, LossBar, StateField, pitch
from animgd.layout.measure import Content

SMALLEST = 11  # pixels: with smaller letters there are no bars


@dataclass(frozen=True)
class Bars:
    """Where the bars and the epochs of settling stand in a table. Units: pixels from its left edge."""

    left: int
    right: int
    loss: int  # right edge


@dataclass(frozen=True)
class Table:
    """The table of losses. Units: pixels."""

    content: Content
    notations: list[list[Notation]]
    width: int
    columns: list[int]  # the widest of each run
    bars: Bars | None = None  # only with one run a panel

    @property
    def row(self) -> int:
        """The height of a row."""
        return round(1.68 * self.content.em)

    @property
    def height(self) -> int:
        """The height of the rows and the captions."""
        return round((2.4 if self.bars else 1.5) * self.content.medium) + self.row * len(self.notations)

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
        if content.runs > 1:
            for marker, end in zip(_columns(content), ends, strict=True):
                plan.marks.append(LegendMarker(marker, end - round(0.4 * em), top + round(0.62 * small)))
        values, bars = [], []
        for i, (name, row) in enumerate(zip(content.short, self.notations, strict=True)):
            y = top + round(1.5 * small) + i * self.row + round(1.02 * em)
            shown = content.fitted(name, em, self.bars.left - 0.5 * em) if self.bars else name
            plan.words.append(Label(plan.cut("the name", name, shown), x, y, em))
            cells = [DigitField(ends[r] - n.cells * step, y, em, n.cells, face=content.face) for r, n in enumerate(row)]
            values.append(tuple(zip(cells, row, strict=True)))
            if self.bars:
                bars.append(self._bar(self.bars, i, x, y))
        plan.values, plan.bars = tuple(values), tuple(bars)

    def _place_heads(self, bars: Bars, x: int, plan: Layout, top: int) -> None:
        tick, y = self.content.tick, top + self.content.tick
        plan.words.append(Label("loss above minimum", x + bars.left, y, tick, muted=True))
        plan.words.append(Label("loss", x + bars.loss, y, tick, muted=True, align="right"))
        if not self.content.parts.leaves:
            plan.words.append(Label("settled", x + self.width, y, tick, muted=True, align="right"))
        y = top + round(1.5 * self.content.medium) + self.row * len(self.notations) + round(0.7 * tick)
        for part, text in zip((0.0, 0.5, 1.0), ("0.01 %", "1 %", "100 %"), strict=True):
            at = x + round(bars.left + part * (bars.right - bars.left))
            plan.words.append(Label(text, at, y, tick, muted=True, align="center"))

    def _bar(self, bars: Bars, panel: int, x: int, y: int) -> LossBar:
        content, unit = self.content, min(self.content.size) / 720
        size, middle = content.em, y - round(0.34 * content.em)
        known = content.recording.panels[panel].minima
        box = Box(x + bars.left, middle - round(8 * unit), x + bars.right, middle + round(8 * unit)) if known else None
        if content.parts.leaves:
            tick, room = content.tick, self.width - bars.loss - 2
            return LossBar(panel, box, StateField(x + self.width, y, room, tick, tick, content.face))
        count = len(str(content.scene.epochs))
        step = pitch(size, True, content.face)
        return LossBar(panel, box, DigitField(x + self.width - count * step, y, size, count, True, content.face))


def table(content: Content, most: int) -> Table | None:
    """The table with bars if they fit, and as many decimals as fit; None if not even two fit."""
    em, step = content.em, pitch(content.em, face=content.face)
    if not any(content.notations(3)) or not _aligned(content):
        return None
    name = max(content.reach(text, em, most) for text in content.short)
    for decimals in (3, 2, 1) if content.runs == 1 else (2, 1):
        notations = content.notations(decimals)
        columns = [
            max(row[r].cells for row in notations if r < len(row)) * step + round(0.7 * em) for r in range(content.runs)
        ]
        bars = _bars(content, min(name, 7 * em), columns[0]) if content.runs == 1 and decimals == 3 else None
        settled = round((5.4 if content.parts.leaves else 2.9) * em)
        if bars and bars.loss + settled <= most:
            return Table(content, notations, bars.loss + settled, columns, bars)
        total = round(name) + sum(columns) + round(0.3 * em)
        if total <= most:
            return Table(content, notations, max(total, 9 * em if content.runs == 1 else total), columns)
    return None


def _bars(content: Content, name: float, column: int) -> Bars | None:
    em = content.em
    if em < SMALLEST or all(len(panel.runs) != 1 for panel in content.panels):
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
