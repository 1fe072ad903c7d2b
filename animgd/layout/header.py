"""Layout with the text above the panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from animgd.frame import Box
from animgd.graphics.text import Label
from animgd.layout.axes import INLINE, NONE, UNDER
from animgd.layout.elements import UNSET, DigitField, Layout, LegendMarker, pitch, quoted
from animgd.layout.legend import cut_apart
from animgd.layout.loss_table import Matrix, Table, table
from animgd.layout.measure import Content
from animgd.layout.sidebar import RULED, rule_block
from animgd.layout.text_block import MarkerLines, arrange, flow, headline, markers, place_markers, place_title

TALL = 1.4  # height / width from which losses and the update rule stand below the panels
NEARLY = 0.85  # of the worth of other layouts, if that is enough for the one with losses below the panels
Lines = MarkerLines[int | None]


@dataclass(frozen=True)
class Below:
    """What stands below the panels. Units: pixels."""

    height: int
    place: Callable[[Layout, int, int], None]  # (plan, left, top)


def above(content: Content) -> Layout | None:
    """Lay out a frame with the text above the panels; None if it does not fit."""
    plans = [plan for values in (INLINE, UNDER, NONE) if (plan := _above(content, values))]
    wide, high = content.size
    if high >= TALL * wide and wide >= RULED and not content.scene.companions:
        margin = round(0.9 * content.em)
        losses, rule = table(content, wide - 2 * margin), content.parts.rule
        below = [Below(losses.height, partial(_place_table, losses, wide - margin))] if losses else []
        if rule and not content.legend:
            height = rule_block(content, rule, margin, margin).height
            below.append(Below(height, lambda plan, x, y: rule_block(content, rule, x, wide - 2 * x).place(plan, y)))
        tall = _above(content, NONE if losses else INLINE, below) if below else None
        if tall and all(tall.worth >= NEARLY * plan.worth for plan in plans):
            return tall
    return max(plans, key=lambda plan: plan.worth, default=None)


def _place_table(losses: Table | Matrix, right: int, plan: Layout, x: int, y: int) -> None:
    """Add the table of losses to a layout, at the left edge of the panels if it ends before the margin there."""
    losses.place(min(x, right - losses.width), plan, y)


def _above(content: Content, values: str, below: Sequence[Below] = ()) -> Layout | None:
    wide, high = content.size
    em, tick, small = content.em, content.tick, content.medium
    margin = round(0.9 * em)
    digits = len(str(content.scene.epochs))
    count = round(1.55 * em)
    of = f" / {content.scene.epochs}"
    step = pitch(count, True, content.face)
    counter = digits * step + round(content.width(of, small))
    aside = round(content.width("epoch", small) + 0.6 * em) * content.moves
    size, lines = headline(content, max(em, wide - 2 * margin - counter - aside - em), 1)
    lost: list[str] = []
    subtitle = _settings(content, wide - 2 * margin, lost) + _legend(content, wide - 2 * margin, lost)
    header = round(0.5 * em) + max(round(1.2 * size) * len(lines), count) + round(1.45 * small) * len(subtitle)
    header += round(0.7 * em) * content.moves
    ruled = below and content.parts.rule and not content.legend
    legend = [] if ruled else markers(content, wide - 2 * margin)
    foot = round(1.35 * tick) * len(legend) + round(0.4 * tick)
    parts = sum(block.height + round(1.5 * em) for block in below)
    side = round((0.8 if content.scene.companions else 0.4) * em)  # their headings begin a tenth further right
    room = Box(side, header + round(0.4 * em), wide - round(0.4 * em), high - foot - parts)
    plan = arrange(content, room, [values])
    tall = high > wide and not content.scene.companions
    if plan and (below or tall):  # the panels at the top of their room
        boxes = [place.box for place in plan.pictures]
        used = boxes[-1].bottom - boxes[0].top + round((2.75 if values == UNDER else 1.35) * em) + round(3.3 * tick)
        room = room._replace(bottom=min(room.bottom, room.top + used))
        plan = arrange(content, room, [values])
    if plan is None:
        return None
    left, right = _edges(plan, content, _text_width(content, size, lines, subtitle, counter + aside), margin)
    y = place_title(plan, content, size, lines, left, round(0.4 * em))
    baseline = round(0.4 * em) + max(size, round(0.85 * count))
    if content.moves:
        plan.words.append(Label("epoch", right - counter - round(0.3 * em), baseline, small, muted=True, align="right"))
        plan.counter = DigitField(right - counter, baseline, count, digits, bold=True, face=content.face)
        plan.words.append(Label(of, right - counter + digits * step, baseline, small, muted=True))
    plan.lost += lost
    y = _place_subtitle(plan, content, subtitle, left, max(y, baseline + round(0.2 * size)))
    if content.moves:
        thin = max(1, round(2 * plan.unit))
        plan.progress = Box(left, y + round(0.5 * em), right, y + round(0.5 * em) + thin)
    under = room.bottom if tall and not below else high - foot
    place_markers(content, legend, wide - 2 * margin, left, plan, under)
    gap = round(1.5 * em)
    gap += min(gap, (high - foot - room.bottom - parts) // max(1, len(below)))
    top = room.bottom + gap - round(0.4 * em)
    for block in below:
        block.place(plan, left, top)
        plan.spans.append((top, top + block.height))
        top += block.height + gap
    return plan


def _edges(plan: Layout, content: Content, text: float, margin: int) -> tuple[int, int]:
    """The left and right edge of the header: those of what is below if its text has room there, else the margins."""
    edge = max(place.box.right for place in plan.pictures)
    edge += round(1.2 * content.tick) if plan.panels and not plan.plots else 0
    start = min([place.box.left for place in plan.panels] + [word.x for word in plan.words if word.bold])
    return (start, edge) if edge - start >= text and start != margin else (margin, content.size[0] - margin)


def _text_width(content: Content, size: int, lines: list[str], subtitle: Lines, counter: int) -> float:
    em, small = content.em, content.medium
    widths = [max((content.width(line, size, True) for line in lines), default=0) + counter + em]
    for parts in subtitle:
        widths.append(sum(content.width(text, small) + (marker is not None) * em + 0.9 * em for marker, text in parts))
    return max(widths)


def _place_subtitle(plan: Layout, content: Content, subtitle: Lines, left: int, y: int) -> int:
    """Add the settings and the legend of the runs to a layout, from a top edge down; their lower edge."""
    em, small = content.em, content.medium
    for parts in subtitle:
        x = left
        for marker, text in parts:
            if marker is not None:
                plan.marks.append(LegendMarker(marker, x + round(0.4 * em), y + round(0.72 * small)))
                x += round(1.0 * em)
            plan.words.append(Label(text, x, y + round(1.1 * small), small, muted=marker is None))
            x += round(content.width(text, small) + 0.9 * em)
        y += round(1.45 * small)
    return y


def _settings(content: Content, room: int, lost: list[str]) -> Lines:
    small, text = content.medium, content.settings
    most = 2 - bool(content.legend)  # lines
    lines = content.wrapped(text, small, room, most=most - 1) if text else []
    shown = [content.fitted(line, small, room) for line in lines]
    if shown != lines:
        lost.append(f"part of the settings {quoted(text)}")
    return [[(None, line)] for line in shown]


def _legend(content: Content, room: int, lost: list[str]) -> Lines:
    """The legend of the runs in lines."""
    small, legend = content.medium, content.legend
    texts = cut_apart([entry.text for entry in legend], small, room - content.em, content)
    lost += [f"part of the label {quoted(e.text)}" for e, text in zip(legend, texts, strict=True) if text != e.text]
    if len({entry.settings for entry in legend}) > 1:
        lost.append(UNSET)
    parts = zip([entry.marker for entry in legend], texts, strict=True)
    return flow(parts, lambda text: content.width(text, small) + 1.9 * content.em, room)
