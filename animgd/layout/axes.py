"""Lay out the surroundings of panels: titles, losses, ticks, axis names, colour bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from animgd.frame import Box
from animgd.graphics.numbers import PARTS, Notation, setting_labels
from animgd.graphics.text import Label, clean
from animgd.layout.elements import DigitField, Layout, LegendMarker, PanelBox, StateField, Values, pitch
from animgd.layout.grid import Grid, Margins, grid
from animgd.layout.legend import cut_apart
from animgd.layout.measure import Content
from animgd.layout.ticks import across, count, evenly, is_short, place_below, place_left, upwards, widest

EQUAL = 3.0  # windows with a side ratio up to this have equal units on both axes

PACKED = 4  # more panels that share a colour bar are nearer to each other
NONE, INLINE, UNDER = "none", "inline", "under"  # position of the losses: none, beside the title, below it


def place_grid(content: Content, room: Box, positions: Sequence[str]) -> Layout | None:
    """Lay out all panels in a room, with their losses at the first position that has room for them."""
    for values in positions:
        for decimals in (3, 2, 1) if content.runs == 1 else (2, 1):
            plan = content.blank()
            if _place_panels(plan, content, room, values, decimals):
                return plan
    return None


def _place_panels(plan: Layout, content: Content, room: Box, values: str, decimals: int) -> bool:
    """Place all panels in a room; False if they, or the losses at that position, do not fit."""
    found = _grid(content, room, values)
    if found is None:
        return False
    placed, around = found
    notations = content.notations(decimals)
    shown = []
    for i, box in enumerate(placed.boxes):
        cells = _place_losses(plan, content, i, box, notations[i], values)
        if cells is None:
            return False
        shown.append(cells)
        _axes(plan, content, placed, around, i)
    bars = _bars(content, placed)
    for i, bar in enumerate(dict.fromkeys(bars)):
        _bar_labels(plan, content, i, bar)
    fields = _titles(plan, content, placed, around, shown, values)
    plan.panels = tuple(map(PanelBox, placed.boxes, bars, content.scales, fields))
    plan.values = tuple(shown)
    return True


def _grid(content: Content, room: Box, values: str) -> tuple[Grid, Margins] | None:
    """The grid with room for its tick labels, whose widths depend on the size of the panels."""
    window = content.recording.panels[0].landscape.window
    scales = [scale for scale in content.scales if scale]
    left = widest(content, iter([evenly(*window.weight)(4)])) or content.width("0", content.tick)
    bar = max(content.width("loss", content.tick), widest(content, (scale.ticks(5) for scale in scales)))
    while True:
        around = _around(content, values, left, bar)
        placed = grid(len(content.panels), room, around, _aspect(content))
        if placed is None:
            return None
        high = placed.boxes[0].height
        before = left, bar
        left = max(left, _label_width(content, high))
        bars = _bars(content, placed)
        bar = max(bar, widest(content, (upwards(scale, bars[0].height, content) for scale in scales)))
        names = [_bar_name(content, i, each.height) for i, each in enumerate(bars)]
        bar = max(bar, *(content.width(line, content.tick) for name in names for line in name), 0)
        if (left, bar) == before:
            return placed, around


def _label_width(content: Content, high: int) -> float:
    """The width of the tick labels at the left edge, and of what stands beside or among them."""
    tick, window, name = content.tick, content.recording.panels[0].landscape.window, clean(content.recording.axes[1])
    labels = widest(content, iter([evenly(*window.weight)(count(high, 2.6 * tick))]))
    return max(labels, content.width(name, tick)) if is_short(content, name) else labels + 1.3 * tick


def _aspect(content: Content) -> float | None:
    window = content.recording.panels[0].landscape.window
    ratio = (window.bias[1] - window.bias[0]) / (window.weight[1] - window.weight[0])
    return ratio if content.scene.style.aspect == "equal" or 1 / EQUAL <= ratio <= EQUAL else None


def _around(content: Content, values: str, left: float, bar: float) -> Margins:
    """The margins; `left` and `bar` are the widths of the widest tick label there."""
    em, tick = content.em, content.tick
    packed = content.shares_scale and len(content.panels) > PACKED
    bar = ceil((2.0 if content.shares_scale and not packed else 1.85) * tick + bar)  # a bar that is shared is wider
    return Margins(
        header=round((2.75 if values == UNDER else 1.35) * em),
        left=ceil(left + 0.9 * tick),
        bottom=round((1.75 if is_short(content, clean(content.recording.axes[0])) else 3.2) * tick),
        right=round(0.9 * tick) if packed else bar,
        gap=round(0.7 * em),
        side=bar + round(0.3 * tick) if packed else 0,
    )


def _bars(content: Content, placed: Grid) -> list[Box]:
    """The colour bar of each panel; one over the whole height where all have the same scale."""
    aside, wide = round(0.8 * content.tick), max(4, round(0.53 * content.tick))
    if not content.shares_scale:
        return [Box(b.right + aside, b.top, b.right + aside + wide, b.bottom) for b in placed.boxes]
    left = max(box.right for box in placed.boxes) + aside
    whole = Box(left, placed.boxes[0].top, left + round(1.5 * wide), max(box.bottom for box in placed.boxes))
    return [whole] * len(placed.boxes)


def _place_losses(
    plan: Layout, content: Content, panel: int, box: Box, notations: list[Notation], position: str
) -> Values | None:
    """The cells of a panel's losses, () if they are placed elsewhere, None if there is no room."""
    em = content.em
    if position == NONE or not notations:
        return ()
    step, face = pitch(em, face=content.face), content.face
    y, end = box.top - round(0.42 * em), box.right + (0 if content.shares_scale else round(1.2 * content.tick))
    if len(notations) == 1:
        cells = DigitField(end - notations[0].cells * step, y, em, notations[0].cells, face=face)
        name = 0.0
        if position == INLINE:
            marker = 1.05 * em if content.marked else 0
            name = content.reach(content.titles[panel].removesuffix("Loss"), em, 8 * em) + marker + 0.4 * em
        return ((cells, notations[0]),) if box.left + name <= cells.x else None
    if position == INLINE:
        return None
    x, found = box.left, []
    for marker, notation in zip(content.markers[panel], notations, strict=True):
        plan.marks.append(LegendMarker(marker, x + round(0.4 * em), box.top - round(0.75 * em)))
        x += round(1.0 * em)
        found.append((DigitField(x, y, em, notation.cells, face=face), notation))
        x += notation.cells * step + round(0.6 * em)
    return tuple(found) if x - round(0.6 * em) <= end else None


def _titles(
    plan: Layout, content: Content, placed: Grid, around: Margins, shown: list[Values], values: str
) -> list[StateField | None]:
    """Place the panel titles; where room is short, first "Loss" is dropped, then what the titles have in common.

    Returns where the panels' states have room.
    """
    em, beyond = content.em, 0 if content.shares_scale else around.right
    lift = 1.8 if values == UNDER else 0.42  # of the titles above the panels
    marked = [content.marked and bool(panel.runs) for panel in content.panels]
    rooms = []
    for box, cells, mark in zip(placed.boxes, shown, marked, strict=True):
        right = cells[0][0].x - round(0.4 * em) if values == INLINE and cells else box.right + beyond
        rooms.append(right - box.left - mark * round(1.05 * em))
    indents = [mark * round(1.05 * em) for mark in marked]
    ends = [min(b.width - indent, floor(room)) for b, indent, room in zip(placed.boxes, indents, rooms, strict=True)]

    def states(least: int) -> list[StateField | None]:
        return [_state_field(content, i, box, ends[i], indents[i], box.top - round(lift * em), least)
                for i, box in enumerate(placed.boxes)]  # fmt: skip

    fields = states(max((field.form for field in states(0) if field), default=0))  # the same form on all panels
    for i, box in enumerate(placed.boxes):
        if field := fields[i]:
            rooms[i] = ends[i] - field.room - round(0.3 * em)
        elif note := [state.forms[0] for state in content.parts.states(i, box) if len(state.forms) > 1]:
            plan.lost.append(f"'{note[0]}' of {content.titles[i]}")
    texts = [
        full if content.fits(full, em, room, True) else content.fitted(full.removesuffix("Loss"), em, room, True)
        for full, room in zip(content.titles, rooms, strict=True)
    ]
    if len(set(texts)) < len(set(content.titles)):
        texts = cut_apart([title.removesuffix("Loss") for title in content.titles], em, min(rooms), content)
    for i, (text, box, room) in enumerate(zip(texts, placed.boxes, rooms, strict=True)):
        left, y = box.left, box.top - round(lift * em)
        if marked[i]:
            if i in content.plotted:
                plan.marks.append(LegendMarker(content.markers[i][0], left + round(0.4 * em), y - round(0.34 * em)))
            left += round(1.05 * em)
        plan.words.append(Label(text, left, y, em, bold=True))
        if text not in (content.titles[i], content.titles[i].removesuffix("Loss")):
            plan.cut("the panel title", content.titles[i], text)
            plan.shortened += 1
        _setting(plan, content, i, left + round(content.width(text, em, True) + 0.4 * em), y, box.left + room)
    return fields


def _state_field(
    content: Content, panel: int, box: Box, room: int, shift: int, y: int, least: int = 0
) -> StateField | None:
    """Where the states of a panel stand, in the longest form from `least` on that leaves room for name and settings."""
    em, size, states = content.em, round(0.83 * content.em), content.parts.states(panel, box)
    if not states:
        return None
    name, setting = content.reach(content.titles[panel], em, room, True), _own_setting(content, panel)
    beside = content.reach(setting, content.tick, room) + 0.4 * em if setting else 0.0
    forms = [(form, beside) for form in range(least, 3)]
    if not all(state.muted for state in states):
        forms += [(form, 0.0) for form in range(least, 3)]
    for form, more in forms:
        need = ceil(0.2 * em + max(
            content.width(state.form(form), content.tick if state.muted else size, not state.muted)
            for state in states))  # fmt: skip
        if name + more <= room - need - round(0.3 * em):
            right = min(box.left + room + shift, box.right)
            return StateField(right, y, need, size, content.tick, content.face, form)
    return None


def _setting(plan: Layout, content: Content, panel: int, left: int, y: int, right: int) -> None:
    """Place the settings of a panel that its title does not contain."""
    setting = _own_setting(content, panel)
    if setting and left + content.width(setting, content.tick) <= right:
        plan.words.append(Label(setting, left, y, content.tick, muted=True))
    elif setting:
        plan.lost.append(f"{' '.join(setting.split())} of {content.titles[panel]}")


def _own_setting(content: Content, panel: int) -> str:
    """The settings of a panel's loss, unless the author chose the title, and those of its optimizer."""
    loss, default = content.panels[panel].loss, content.scene.panels is None
    own = setting_labels(loss.settings) if loss and default else []
    return PARTS.join(map(clean, [*own, *content.own(panel)]))


def _axes(plan: Layout, content: Content, placed: Grid, around: Margins, panel: int) -> None:
    box, tick = placed.boxes[panel], content.tick
    window = content.recording.panels[panel].landscape.window
    right, up = map(clean, content.recording.axes)
    share = (around.right + around.gap) / 2  # half of the space between two panels
    first, last = placed.is_first(panel), (panel + 1) % placed.columns == 0
    ends = box.left - (around.left if first else share), box.right + (around.right if last else share)
    marks, side = across(evenly(*window.bias), box, ends, 3.4, content), box.left - around.left + round(0.95 * tick)
    place_below(plan, content, box, marks, right if placed.is_lowest(panel) else None, box.width + around.right)
    marks = evenly(*window.weight)(count(box.height, 2.6 * tick))
    place_left(plan, content, box, marks, up if first else None, side)


def _bar_name(content: Content, panel: int, height: int) -> list[str]:
    """The lines that name a colour bar, if it is so high: the first, and those that show something else."""
    name, first = (content.recording.panels[i].landscape.name for i in (panel, 0))
    lines = name.replace("+ ", "+\n").split("\n")
    return lines if (panel == 0 or name != first) and height >= (5 + len(lines)) * content.tick else []


def _bar_labels(plan: Layout, content: Content, panel: int, bar: Box) -> None:
    scale, tick = content.scales[panel], content.tick
    if scale is None:
        return
    thick, first = max(1, round(plan.unit)), bar.top - tick
    name = _bar_name(content, panel, bar.height)
    for i, line in enumerate(name):
        first = bar.top + round((0.74 + 1.1 * i) * tick)
        plan.words.append(Label(line, bar.right + round(0.4 * tick), first, tick, muted=True))
    if not name and panel == 0 and content.recording.panels[panel].landscape.decay:
        plan.lost.append("that the maps are of loss + decay")
    for part, text in upwards(scale, bar.height, content):
        y = min(bar.bottom - round(part * bar.height), bar.bottom - thick)
        baseline = min(max(y + round(0.36 * tick), bar.top + round(0.74 * tick)), bar.bottom)
        if baseline >= first + tick:
            plan.lines.append(Box(bar.right, y, bar.right + max(2, round(0.2 * tick)), y + thick))
            plan.words.append(Label(text, bar.right + round(0.4 * tick), baseline, tick, muted=True))
