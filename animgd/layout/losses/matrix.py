"""The losses of several runs above the minimum: a matrix of panels and runs, with when each has settled."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from animgd.frame import Box
from animgd.graphics.numbers import Notation
from animgd.graphics.text import Label
from animgd.layout.elements import DigitField, Layout, LegendMarker, LossCell, StateField, pitch
from animgd.layout.measure import RULED, Content

MOST_COLUMNS, MOST_ROWS = 3, 4
MATRIX_HEAD, MATRIX_ROW = 42.0, 56.0  # heights. Units: 720ths of the frame's shorter side


@dataclass(frozen=True)
class Matrix:
    """The losses of several runs above the minimum: one row a panel, one column a run. Units: pixels."""

    content: Content
    notations: list[list[Notation]]
    width: int
    column: int
    lists_runs = False
    top = 229  # where it usually stands. Units: 720ths of the frame's shorter side

    @property
    def _unit(self) -> float:
        return min(self.content.size) / 720

    @property
    def height(self) -> int:
        """The height of the heads and rows."""
        return round((MATRIX_HEAD + MATRIX_ROW * len(self.notations)) * self._unit)

    def place(self, x: int, plan: Layout, top: int) -> None:
        """Add the matrix to a layout."""
        content, unit, tick = self.content, self._unit, self.content.tick
        small, run_size = content.of_losses, round(15 * unit)
        ends = [x + self.width - i * self.column for i in reversed(range(len(self.notations[0])))]
        heads = [(33, "minimum"), (15, "loss above")]
        for down, text in heads if all(p.minima for p in content.recording.panels) else [(33, "loss")]:
            plan.words.append(Label(text, x, top + round(down * unit), tick, muted=True))
        for entry, end in zip(content.legend, ends, strict=True):
            y, room = top + round(33 * unit), self.column - round(20 * unit)
            text = entry.text if content.fits(entry.text, run_size, room) else ""  # "The runs" name it
            plan.words += [Label(text, end, y, run_size, align="right")] if text else []
            left = end - round(content.width(text, run_size) + 10 * unit)
            plan.marks.append(LegendMarker(entry.marker or 0, left, y - round(5.5 * unit), run_size))
        line = top + round(44 * unit)
        plan.strokes.append((Box(x, line, x + self.width, line + 1), "hair"))
        step, cells = pitch(small, face=content.face), []
        for i, (name, row) in enumerate(zip(content.short, self.notations, strict=True)):
            y = top + round((73 + MATRIX_ROW * i) * unit)
            room = self.width - len(row) * self.column
            shown = content.fitted(name, small, room)
            plan.words.append(Label(plan.cut("the name", name, shown), x, y, small))
            for r, (notation, end) in enumerate(zip(row, ends, strict=True)):
                number = DigitField(end - notation.cells * step, y, small, notation.cells, face=content.face)
                under = y + round(20 * unit)
                state = StateField(end, under, self.column - round(4 * unit), tick, tick, content.face)
                cells.append(LossCell(i, r, number, notation, state))
        plan.cells = tuple(cells)


def matrix(content: Content, most: int) -> Matrix | None:
    """The matrix, if all panels have the same two or three runs, and there is room for it."""
    same = all(markers == content.markers[0] for markers in content.markers)
    if not (same and 2 <= content.runs <= MOST_COLUMNS and 2 <= len(content.panels) <= MOST_ROWS):
        return None
    unit = min(content.size) / 720
    if min(content.size) < RULED or len(content.legend) != content.runs:
        return None
    wide, small = min(most, round(414 * unit)), content.of_losses
    name = ceil(max(content.reach(text, small, 110 * unit) for text in content.short))
    share = min(round(118 * unit), (wide - name) // content.runs)
    for decimals in (3, 2):
        notations = content.above_minimum(decimals)
        digits = max(n.cells for row in notations for n in row) * pitch(small, face=content.face)
        if share >= max(digits + round(8 * unit), states_width(content) + round(6 * unit)):
            return Matrix(content, notations, wide, share)
    return None


def states_width(content: Content) -> int:
    """The width of the widest state of a run."""
    states = [content.width(f"settled {content.scene.epochs}", content.tick)]
    if content.parts.leaves:
        states.append(content.width("off the map", content.tick))
    fates = [run.fate for panel in content.recording.panels for run in panel.runs if run.diverged_at]
    states += [content.width(fate.replace("epoch ", ""), content.tick, True) for fate in dict.fromkeys(fates)]
    return ceil(max(states))
