"""Lay out the surroundings of panels: titles, losses, ticks, axis names, colour bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from animgd.frame import Box
from animgd.graphics.numbers import PARTS, Notation, setting_labels
from animgd.graphics.text import Label, clean
from animgd.layout.elements import DigitField, Layout, LegendMarker, PanelBox, State, StateField, Ticks, Values, pitch
from animgd.layout.grid import CENTRED, Grid, Margins, Spare, grid
from animgd.layout.legend import cut_apart
from animgd.layout.measure import Content
from animgd.layout.ticks import across, count, evenly, is_short, place_below, place_left, upwards, widest

EQUAL = 3.0  # windows with a side ratio up to this have equal units on both axes

PACKED = 4  # more panels that share a colour bar are nearer to each other
APART = 0.25  # ems from a panel's name to its state
STATE = 0.83  # ems: the size of a state that matters, such as "diverged at 21"
OFF = "off the map"
PLATE = 10  # ems: the width of a map on which this can be said, or "diverged at 21", instead of beside its name
NONE, INLINE, UNDER = "none", "inline", "under"  # position of the losses: none, beside the title, below it


@dataclass(frozen=True)
class Line:
    """How the line above each panel is set: where its losses are, and how far it extends over the colour bar."""

    values: str
    over: int


def place_grid(content: Content, room: Box, positions: Sequence[str], spare: Spare = CENTRED) -> Layout | None:
    """Lay out all panels in a room, with their losses at the first position that has room for them.

    Where room is short, the line above a panel extends over its colour bar, and then losses have fewer decimals.
    """
    for values in positions:
        found = _grid(content, room, values, spare)
        plan = _with_line(content, *found, values) if found else None
        if plan:
            return plan
    return None


def _with_line(content: Content, placed: Grid, around: Margins, values: str) -> Layout | None:
    """Lay out panels in a grid so that the lines above them leave out as little as possible; None without room."""
    plans, enough = [], 2  # so many fewer decimals make room for all but asides, for which no layout is chosen
    for fewer in range(3 if content.runs == 1 else 2):
        for over in _overhangs(content, placed, around):
            plan = content.blank()
            if _place_panels(plan, content, placed, around, Line(values, over), fewer):
                plan.fewer = min(plan.fewer, enough)
                plans.append(plan)
                if not plan.lost and not plan.asides:
                    return plan
        if plans and (values != INLINE or fewer > enough):  # still fewer would make no room for names
            break
        enough = min([enough, *(plan.fewer for plan in plans if not plan.lost)])
    return min(plans, key=lambda plan: (len(plan.lost), len(plan.asides)), default=None)


def _overhangs(content: Content, placed: Grid, around: Margins) -> tuple[int, ...]:
    """How far the line above a panel may extend beyond it: not at all, over its colour bar, over the bar's labels."""
    if content.shares_scale:  # one bar stands beside all rows
        return (0,)
    return 0, _bars(content, placed)[0].right - placed.boxes[0].right, around.right - round(0.25 * content.tick)


def _place_panels(plan: Layout, content: Content, placed: Grid, around: Margins, line: Line, fewer: int) -> bool:
    """Place all panels; False if their losses have no room at that position."""
    notations = content.notations((3 if content.runs == 1 else 2) - fewer)
    shown = []
    for i, box in enumerate(placed.boxes):
        cells = _place_losses(plan, content, i, box, notations[i], line)
        if cells is None:
            return False
        shown.append(cells)
        _axes(plan, content, placed, around, i)
    bars = _bars(content, placed)
    for i, bar in enumerate(dict.fromkeys(bars)):
        _bar_labels(plan, content, i, bar)
    fields = _titles(plan, content, placed, around, shown, line)
    plan.panels = tuple(map(PanelBox, placed.boxes, bars, content.scales, fields))
    plan.values, plan.fewer = tuple(shown), fewer * any(shown)
    return True


def _grid(content: Content, room: Box, values: str, spare: Spare) -> tuple[Grid, Margins] | None:
    """The grid with room for its tick labels, whose widths depend on the size of the panels."""
    window = content.recording.panels[0].landscape.window
    scales = [scale for scale in content.scales if scale]
    left = widest(content, iter([evenly(*window.weight)(4)])) or content.width("0", content.tick)
    name = content.width("loss" if content.axes[0] else "", content.tick)
    bar = max(name, widest(content, (scale.ticks(5) for scale in scales)))
    while True:
        around = _around(content, values, left, bar)
        placed = grid(len(content.panels), room, around, _aspect(content), spare)
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
    tick, window, name = content.tick, content.recording.panels[0].landscape.window, content.axes[1]
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
        bottom=round((1.75 if is_short(content, content.axes[0]) else 3.2) * tick),
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
    plan: Layout, content: Content, panel: int, box: Box, notations: list[Notation], line: Line
) -> Values | None:
    """The cells of a panel's losses, () if they are placed elsewhere, None if there is no room."""
    em = content.em
    if line.values == NONE or not notations:
        return ()
    step, face = pitch(em, face=content.face), content.face
    y, end = box.top - round(0.42 * em), box.right + line.over
    if len(notations) == 1:
        cells = DigitField(end - notations[0].cells * step, y, em, notations[0].cells, face=face)
        name = 0.0
        if line.values == INLINE:
            marker = 1.05 * em if content.marked else 0
            name = content.reach(content.titles[panel].removesuffix("Loss"), em, 8 * em, True) + marker + 0.4 * em
        return ((cells, notations[0]),) if box.left + name <= cells.x else None
    if line.values == INLINE:
        return None
    x, found, size = box.left, [], content.of_losses
    for marker, notation in zip(content.markers[panel], notations, strict=True):
        plan.marks.append(LegendMarker(marker, x + round(0.4 * size), y - round(0.34 * size), size))
        x += size
        cells = DigitField(x, y, size, notation.cells, face=face, flush_left=True)
        found.append((cells, notation))
        x += notation.cells * cells.pitch + round(0.6 * size)
    return tuple(found) if x - round(0.6 * size) <= end else None


def _titles(
    plan: Layout, content: Content, placed: Grid, around: Margins, shown: list[Values], line: Line
) -> list[StateField | None]:
    """Place the panel titles; where room is short, first "Loss" is dropped, then what the titles have in common.

    Returns where the panels' states have room.
    """
    em, lift = content.em, 1.8 if line.values == UNDER else 0.42  # of the titles above the panels
    beyond = 0 if content.shares_scale else around.right  # one bar stands beside all rows
    indents = [(content.marked and bool(panel.runs)) * round(1.05 * em) for panel in content.panels]
    fields: list[StateField | None] = []
    rooms = []
    for i, (box, cells, indent) in enumerate(zip(placed.boxes, shown, indents, strict=True)):
        inline = line.values == INLINE and bool(cells)
        end = cells[0][0].x - round(0.3 * em) if inline else box.right + line.over
        states = content.parts.states(i, box)
        need = _state_room(content, i, states, end - box.left - indent)
        y = box.top - round(lift * em)
        fields.append(StateField(end, y, need, round(STATE * em), content.tick, content.face) if need else None)
        if need:
            end -= need + round(APART * em)
        elif states:
            fates = [state.text == OFF or not state.muted for state in states]
            on_map = box.width >= PLATE * content.tick  # a large map has room for what became of its run
            is_aside = not any(state.first for state in states) and (on_map or not any(fates))
            if not (fates[0] and on_map):
                (plan.asides if is_aside else plan.lost).append(f"'{states[0].text}' of {content.titles[i]}")
            plan.shortened += not is_aside
        rooms.append((end if inline or need else box.right + beyond) - box.left - indent)
    texts = [
        full if content.fits(full, em, room, True) else content.fitted(full.removesuffix("Loss"), em, room, True)
        for full, room in zip(content.titles, rooms, strict=True)
    ]
    if len(set(texts)) < len(set(content.titles)):
        texts = cut_apart([title.removesuffix("Loss") for title in content.titles], em, min(rooms), content)
    for i, (text, box, room) in enumerate(zip(texts, placed.boxes, rooms, strict=True)):
        left, y = box.left + indents[i], box.top - round(lift * em)
        if indents[i] and i in content.plotted:
            plan.marks.append(LegendMarker(content.markers[i][0], box.left + round(0.4 * em), y - round(0.34 * em)))
        plan.words.append(Label(text, left, y, em, bold=True))
        if text not in (content.titles[i], content.titles[i].removesuffix("Loss")):
            plan.cut("the panel title", content.titles[i], text)
            plan.shortened += 1
        _setting(plan, content, i, left + round(content.width(text, em, True) + 0.4 * em), y, left + room)
    return fields


def _state_room(content: Content, panel: int, states: tuple[State, ...], room: int) -> int:
    """The width of a panel's states; 0 if its name and, unless its run diverges, its settings leave no room."""
    if not states:
        return 0
    em, tick = content.em, content.tick
    name, setting = content.reach(content.titles[panel], em, room, True), _own_setting(content, panel)
    if setting and all(state.muted and not state.first for state in states):
        name += content.reach(setting, tick, room) + 0.4 * em
    widths = [content.width(each.text, tick if each.muted else round(STATE * em), not each.muted) for each in states]
    need = ceil(0.1 * em + max(widths))
    return need if name <= room - need - round(APART * em) else 0


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
    right, up = content.axes
    share = (around.right + around.gap) / 2  # half of the space between two panels
    first, last = placed.is_first(panel), (panel + 1) % placed.columns == 0
    ends = box.left - (around.left if first else share), box.right + (around.right if last else share)
    marks, side = across(evenly(*window.bias), box, ends, 3.4, content), box.left - around.left + round(0.95 * tick)
    name = right if placed.is_lowest(panel) else None
    lines, labels = place_below(plan, content, box, marks, name, box.width + around.right)
    plan.ticks += [Ticks((panel,), marks=lines), Ticks(placed.column(panel), labels=labels)]
    marks = evenly(*window.weight)(count(box.height, 2.6 * tick))
    lines, labels = place_left(plan, content, box, marks, up if first else None, side)
    plan.ticks += [Ticks((panel,), marks=lines), Ticks(placed.row(panel), labels=labels)]


def _bar_name(content: Content, panel: int, height: int) -> list[str]:
    """The lines that name a colour bar, if it is so high: the first, and those that show something else."""
    name, first = (content.recording.panels[i].landscape.name for i in (panel, 0))
    lines = name.replace("+ ", "+\n").split("\n") if content.axes[0] or name != "loss" else []
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
        if baseline >= first + (1.2 if name else 1.0) * tick:  # the name may have a descender
            plan.lines.append(Box(bar.right, y, bar.right + max(2, round(0.2 * tick)), y + thick))
            plan.words.append(Label(text, bar.right + round(0.4 * tick), baseline, tick, muted=True))
