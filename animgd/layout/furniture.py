"""What stands around each panel: title, losses, ticks, axis names, colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from animgd.frames import Box
from animgd.layout.content import Content
from animgd.layout.grid import Furniture, Grid, grid
from animgd.layout.plan import Cells, Layout, Mark, PanelPlace, Word, pitch
from animgd.lettering import clean, fitted, width
from animgd.numeral import BOUND, Notation, labels, ticks, told

EQUAL = 3.0  # windows up to this far from square keep equal units on both axes

NONE, INLINE, UNDER = "none", "inline", "under"  # where the losses stand: nowhere here, beside the title, below it


def furnished(content: Content, room: Box, places: Sequence[str]) -> Layout | None:
    """A plan with all panels in a room, their losses in the first of the places that has room for them."""
    for values in places:
        for decimals in (4, 3, 2) if content.runs == 1 else (3, 2):
            plan = content.blank()
            if _furnish(plan, content, room, values, decimals):
                return plan
    return None


def _furnish(plan: Layout, content: Content, room: Box, values: str, decimals: int) -> bool:
    """Place all panels in a room; False where they, or the losses in that place, do not fit."""
    placed = grid(len(content.panels), room, _around(content, values), _aspect(content))
    if placed is None:
        return False
    notations = content.notations(decimals)
    panels, shown = [], []
    for i, box in enumerate(placed.boxes):
        cells = _values(plan, content, i, box, notations[i], values)
        if cells is None:
            return False
        shown.append(cells)
        panels.append(PanelPlace(box, _bar(content, box), content.scales[i]))
        _title(plan, content, i, box, cells, values)
        _axes(plan, content, placed, i)
    plan.panels, plan.values = tuple(panels), tuple(shown)
    return True


def _aspect(content: Content) -> float | None:
    window = content.recording.panels[0].landscape.window
    ratio = (window.bias[1] - window.bias[0]) / (window.weight[1] - window.weight[0])
    return ratio if 1 / EQUAL <= ratio <= EQUAL else None


def _around(content: Content, values: str) -> Furniture:
    em, tick = content.em, content.tick
    window = content.recording.panels[0].landscape.window
    vertical = max(width(text, tick) for text in labels(ticks(*window.weight, 4)) or ["0"])
    bar = max((width(text, tick) for s in content.scales if s for _, text in s.ticks(5)), default=0)
    return Furniture(
        header=round((2.5 if values == UNDER else 1.35) * em),
        left=ceil(vertical + 2.3 * tick),
        bottom=round(3.2 * tick),
        right=ceil(1.65 * tick + bar),
        gap=round(0.45 * em),
    )


def _bar(content: Content, box: Box) -> Box:
    left = box.right + round(0.55 * content.tick)
    return Box(left, box.top, left + max(4, round(0.65 * content.tick)), box.bottom)


def _values(
    plan: Layout, content: Content, panel: int, box: Box, notations: list[Notation], where: str
) -> tuple[tuple[Cells, Notation], ...] | None:
    """The cells of a panel's losses, () where they stand elsewhere, None where there is no room."""
    em = content.em
    if where == NONE or not notations:
        return ()
    step = pitch(em)
    if where == INLINE:
        left = box.right + _bar_room(content) - notations[0].cells * step
        name = min(width(content.titles[panel].removesuffix("Loss"), em), 8 * em) + (1.05 * em if content.signed else 0)
        if len(notations) > 1 or box.left + name + 0.4 * em > left:
            return None
        return ((Cells(left, box.top - round(0.42 * em), em, notations[0].cells), notations[0]),)
    if len(notations) == 1:
        left = box.right + _bar_room(content) - notations[0].cells * step
        return (
            ((Cells(left, box.top - round(0.42 * em), em, notations[0].cells), notations[0]),)
            if left >= box.left
            else None
        )
    x, cells = box.left, []
    for run, written in enumerate(notations):
        if len(notations) > 1:
            plan.marks.append(Mark(run, x + round(0.4 * em), box.top - round(0.75 * em)))
            x += round(1.0 * em)
        cells.append((Cells(x, box.top - round(0.42 * em), em, written.cells), written))
        x += written.cells * step + round(0.6 * em)
    return tuple(cells) if x - round(0.6 * em) <= box.right + _bar_room(content) else None


def _bar_room(content: Content) -> int:
    return round(1.2 * content.tick)


def _title(plan: Layout, content: Content, panel: int, box: Box, cells: tuple[tuple[Cells, Notation], ...],
           values: str) -> None:  # fmt: skip
    em, full = content.em, content.titles[panel]
    left, y = box.left, box.top - round((1.55 if values == UNDER else 0.42) * em)
    if content.signed and content.panels[panel].runs:
        plan.marks.append(Mark(panel, left + round(0.4 * em), y - round(0.34 * em)))
        left += round(1.05 * em)
    right = (
        cells[0][0].x - round(0.4 * em) if values == INLINE and cells else box.right + _around(content, values).right
    )
    text = full if width(full, em) <= right - left else fitted(full.removesuffix("Loss"), em, right - left)
    plan.shortened += text.endswith("…")
    plan.words.append(Word(text, left, y, em))
    loss, given = content.panels[panel].loss, content.scene.panels is None
    setting = (BOUND * 2).join(map(clean, told(loss.settings))) if loss and given else ""
    left += round(width(text, em) + 0.4 * em)
    if setting and left + width(setting, content.tick) <= right:
        plan.words.append(Word(setting, left, y, content.tick, muted=True))


def _axes(plan: Layout, content: Content, placed: Grid, panel: int) -> None:
    box, tick = placed.boxes[panel], content.tick
    window = content.recording.panels[panel].landscape.window
    across, up = content.recording.axes
    size = max(1, round(plan.unit))
    long = max(3, round(0.3 * tick))
    most = max(2, min(6, int((box.right - box.left) / (3.4 * tick))))
    for value, text in _ticks(window.bias, most):
        x = box.left + round((value - window.bias[0]) / (window.bias[1] - window.bias[0]) * (box.right - box.left))
        x = min(x, box.right - size)
        plan.lines.append(Box(x, box.bottom, x + size, box.bottom + long))
        if placed.is_lowest(panel):
            plan.words.append(Word(text, x, box.bottom + round(1.35 * tick), tick, muted=True, align="center"))
    most = max(2, min(6, int((box.bottom - box.top) / (2.6 * tick))))
    for value, text in _ticks(window.weight, most):
        y = box.bottom - round(
            (value - window.weight[0]) / (window.weight[1] - window.weight[0]) * (box.bottom - box.top)
        )
        y = min(max(y, box.top), box.bottom - size)
        plan.lines.append(Box(box.left - long, y, box.left, y + size))
        if placed.is_first(panel):
            x = box.left - round(0.55 * tick)
            plan.words.append(Word(text, x, y + round(0.36 * tick), tick, muted=True, align="right"))
    if placed.is_lowest(panel):
        middle = (box.left + box.right) // 2
        plan.words.append(Word(across, middle, box.bottom + round(2.7 * tick), tick, muted=True, align="center"))
    if placed.is_first(panel):
        x = box.left - _around(content, NONE).left + round(0.95 * tick)
        middle = (box.top + box.bottom) // 2
        plan.words.append(Word(up, x, middle, tick, muted=True, align="center", upright=True))
    _bar_labels(plan, content, panel, _bar(content, box))


def _ticks(side: tuple[float, float], most: int) -> list[tuple[float, str]]:
    values = ticks(*side, most)
    return list(zip(values, labels(values), strict=True))


def _bar_labels(plan: Layout, content: Content, panel: int, bar: Box) -> None:
    scale, tick = content.scales[panel], content.tick
    if scale is None:
        return
    most = max(2, min(6, int((bar.bottom - bar.top) / (2.2 * tick))))
    thick = max(1, round(plan.unit))
    for part, text in scale.ticks(most):
        y = min(bar.bottom - round(part * (bar.bottom - bar.top)), bar.bottom - thick)
        plan.lines.append(Box(bar.right, y, bar.right + max(2, round(0.2 * tick)), y + thick))
        baseline = min(max(y + round(0.36 * tick), bar.top + round(0.74 * tick)), bar.bottom)
        plan.words.append(Word(text, bar.right + round(0.4 * tick), baseline, tick, muted=True))
