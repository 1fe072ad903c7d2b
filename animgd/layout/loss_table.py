"""The losses in a table: one row a panel, one column a run."""

from __future__ import annotations

from dataclasses import dataclass

from animgd.graphics.numbers import Notation
from animgd.graphics.text import Label
from animgd.layout.elements import DigitField, Layout, LegendMarker, pitch
from animgd.layout.measure import Content


@dataclass(frozen=True)
class Table:
    """The table of losses. Units: pixels."""

    content: Content
    notations: list[list[Notation]]
    width: int
    columns: list[int]  # the widest of each run

    @property
    def row(self) -> int:
        """The height of a row."""
        return round(1.4 * self.content.em)

    @property
    def height(self) -> int:
        """The height of the rows and the caption."""
        caption = round(1.5 * self.content.medium)
        return self.row * len(self.notations) + caption

    def place(self, x: int, plan: Layout, top: int) -> None:
        """Add the table to a layout."""
        content, em = self.content, self.content.em
        small, step = content.medium, pitch(em, face=content.face)
        right = x + self.width
        ends = [right - sum(self.columns[r + 1 :]) for r in range(len(self.columns))]
        plan.words.append(Label("loss", x, top + small, small, muted=True))
        if content.runs > 1:
            for marker, end in zip(_columns(content), ends, strict=True):
                plan.marks.append(LegendMarker(marker, end - round(0.4 * em), top + round(0.62 * small)))
        values = []
        for i, (name, row) in enumerate(zip(content.short, self.notations, strict=True)):
            y = top + round(1.5 * small) + i * self.row + round(1.02 * em)
            plan.words.append(Label(name, x, y, em))
            cells = [DigitField(ends[r] - n.cells * step, y, em, n.cells, face=content.face) for r, n in enumerate(row)]
            values.append(tuple(zip(cells, row, strict=True)))
        plan.values = tuple(values)


def table(content: Content, most: int) -> Table | None:
    """The table with as many decimals as fit, None if not even two fit."""
    em, step = content.em, pitch(content.em, face=content.face)
    if not any(content.notations(4)) or not _aligned(content):
        return None
    name = max(content.reach(text, em, most) for text in content.short)
    for decimals in (4, 3, 2) if content.runs == 1 else (3, 2):
        notations = content.notations(decimals)
        columns = [
            max(row[r].cells for row in notations if r < len(row)) * step + round(0.7 * em) for r in range(content.runs)
        ]
        total = round(name) + sum(columns) + round(0.3 * em)
        if total <= most:
            return Table(content, notations, max(total, 9 * em if content.runs == 1 else total), columns)
    return None


def _aligned(content: Content) -> bool:
    """Whether each column has the same marker on all panels."""
    longest = _columns(content)
    return content.runs == 1 or all(markers == longest[: len(markers)] for markers in content.markers)


def _columns(content: Content) -> tuple[int, ...]:
    """The marker indices of the panel with the most runs."""
    return content.markers[max(range(len(content.markers)), key=lambda i: len(content.markers[i]))]
