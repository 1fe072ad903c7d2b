"""The losses in a few lines above all panels: of one run a panel in one line, of several in a line for each run."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from animgd.graphics.numbers import BOUND, Notation
from animgd.graphics.text import Label
from animgd.layout.elements import DigitField, Layout, LegendMarker, Values, pitch
from animgd.layout.legend import Entry, filled
from animgd.layout.measure import Content

MOST_LINES = 6


@dataclass(frozen=True)
class LossRow:
    """The losses of all panels in one line, each with the sign and the name of its panel. Units: pixels."""

    content: Content
    notations: list[Notation]
    fewer: int
    names: list[int]  # the width of each sign with its name
    gap: int

    @property
    def height(self) -> int:
        """The height of the line, with the room above it."""
        return round(1.6 * self.content.em)

    def place(self, plan: Layout, x: int, top: int) -> None:
        """Add the line to a layout."""
        content, size, values = self.content, self.content.tick, []
        y = top + round(1.3 * content.em)
        plan.words.append(Label("loss", x, y, size, muted=True))
        x += _head(content)
        for panel, (notation, wide) in enumerate(zip(self.notations, self.names, strict=True)):
            left = x
            if content.marked:
                plan.marks.append(
                    LegendMarker(content.markers[panel][0], x + round(0.4 * size), y - round(0.34 * size), size)
                )
                left += round(1.05 * size)
            plan.words.append(Label(content.short[panel], left, y, size, muted=True))
            cells = DigitField(x + wide, y, content.of_losses, notation.cells, face=content.face)
            values.append(((cells, notation),))
            x += wide + notation.cells * cells.pitch + self.gap
        plan.values, plan.fewer = tuple(values), self.fewer


def _head(content: Content) -> int:
    """The width of the word before a line of losses."""
    return ceil(content.width("loss", content.tick) + 0.8 * content.em)


def loss_row(content: Content, room: int) -> LossRow | None:
    """The losses in one line, with as many decimals as have room; None if not even one has, or for several runs."""
    size = content.tick
    sign = round(1.05 * size) * content.marked + round(0.4 * content.em)
    names = [ceil(content.reach(name, size, room)) + sign for name in content.short]
    for fewer in range(3):
        rows = content.notations(3 - fewer)
        if content.runs > 1 or not all(len(row) == 1 for row in rows):
            return None
        digits = sum(row[0].cells for row in rows) * pitch(content.of_losses, face=content.face)
        spare, gaps = room - _head(content) - sum(names) - digits, max(1, len(rows) - 1)
        if spare >= round(0.8 * content.em) * gaps:
            return LossRow(content, [row[0] for row in rows], fewer, names, min(spare // gaps, 2 * content.em))
    return None


@dataclass(frozen=True)
class RunLines:
    """A line for each run: its sign, label, settings, and losses below the names of the panels. Units: pixels."""

    content: Content
    entries: list[Entry]  # in the order of the runs
    notations: list[list[Notation]]  # per panel
    aside: int  # where the settings begin
    column: int
    width: int

    @property
    def height(self) -> int:
        """The height of the names and the lines, with the room above them."""
        return round(0.6 * self.content.em) + round(1.35 * self.content.tick) + self._line * len(self.entries)

    @property
    def _line(self) -> int:
        return round(1.45 * self.content.of_losses)

    def place(self, plan: Layout, x: int, top: int) -> None:
        """Add the lines to a layout."""
        content, tick, size = self.content, self.content.tick, self.content.of_losses
        y = top + round(0.6 * content.em) + tick
        ends = [x + self.width - i * self.column for i in reversed(range(len(self.notations)))]
        plan.words.append(Label("loss", x, y, tick, muted=True))
        for name, end in zip(content.short, ends, strict=True):
            plan.words.append(Label(name, end, y, tick, muted=True, align="right"))
        values: list[Values] = [()] * len(ends)
        for run, entry in enumerate(self.entries):
            y += self._line
            plan.marks.append(LegendMarker(entry.marker or 0, x + round(0.4 * size), y - round(0.34 * size), size))
            plan.words.append(Label(entry.text, x + round(1.05 * size), y, size))
            if entry.settings:
                plan.words.append(Label(entry.settings, x + self.aside, y, tick, muted=True))
            for panel, (row, end) in enumerate(zip(self.notations, ends, strict=True)):
                wide = row[run].cells * pitch(size, face=content.face)
                cells = DigitField(end - wide, y, size, row[run].cells, face=content.face)
                values[panel] += ((cells, row[run]),)
        plan.values = tuple(values)


def run_lines(content: Content, room: int) -> RunLines | None:
    """A line for each run, where all panels have the same labelled runs, and all of it has room."""
    first, size = content.markers[0], content.of_losses
    legend = {entry.marker: entry for entry in filled(content)}
    alike = all(markers == first for markers in content.markers) and len(set(first)) == len(first)
    if not 2 <= len(first) <= MOST_LINES or not alike or not set(first) <= set(legend):
        return None
    entries = [legend[marker] for marker in first]
    told = all(entry.settings.replace(BOUND, " ") in entry.text for entry in entries)
    entries = [entry._replace(settings="") for entry in entries] if told else entries
    aside = round(1.05 * size + max(content.reach(entry.text, size, room) for entry in entries) + 0.5 * content.em)
    names = aside + max(content.reach(entry.settings, content.tick, room) for entry in entries)
    heads = max(content.reach(name, content.tick, room) for name in content.short)
    for decimals in (3, 2):
        rows = content.notations(decimals)
        digits = max(notation.cells for row in rows for notation in row) * pitch(size, face=content.face)
        column, least = int((room - names) / len(rows)), ceil(max(heads, digits) + 0.5 * content.em)
        if column >= least:
            return RunLines(content, entries, rows, aside, min(column, max(least, 7 * content.em)), room)
    return None
