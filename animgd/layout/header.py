"""Words in lines above the pictures."""

from __future__ import annotations

from dataclasses import dataclass

from animgd.frame import Box
from animgd.graphics.text import Label
from animgd.layout.axes import INLINE, NONE, UNDER
from animgd.layout.elements import UNSET, DigitField, Layout, LegendMarker, pitch, quoted
from animgd.layout.legend import cut_apart
from animgd.layout.measure import Content
from animgd.layout.text_block import common, cut_title, flowed, headline, middle, pictures, place_signs, signs


def above(content: Content) -> Layout | None:
    """Words in lines over the panels."""
    plans = [plan for values in (INLINE, UNDER, NONE) if (plan := _above(content, values))]
    return max(plans, key=lambda plan: plan.worth, default=None)


def _above(content: Content, values: str) -> Layout | None:
    wide, high = content.size
    em, tick, small = content.em, content.tick, middle(content)
    margin = round(0.9 * em)
    digits = len(str(content.scene.epochs))
    count = round(1.45 * em)
    of = f" / {content.scene.epochs}"
    step = pitch(count, True, content.face)
    clock = digits * step + round(content.width(of, small))
    size, lines = headline(content, max(em, wide - 2 * margin - clock - em), 1)
    told = _told(content, wide - 2 * margin)
    header = round(0.5 * em) + max(round(1.2 * size) * len(lines), count) + round(1.45 * small) * len(told.lines)
    legend = flowed(content, signs(content), wide - 2 * margin)
    foot = round(1.35 * tick) * len(legend) + round(0.4 * tick)
    room = Box(round(0.4 * em), header, wide - round(0.4 * em), high - foot)
    plan = pictures(content, room, [values])
    if plan is None:
        return None
    boxes = [place.box for place in plan.pictures]
    edge = max(box.right for box in boxes) + (round(1.2 * tick) if plan.panels and not plan.plots else 0)
    start = min(box.left for box in boxes)
    left = start if edge - start >= _needed(content, size, lines, told.lines, clock) else margin
    right = edge if left != margin else wide - margin
    y = round(0.4 * em)
    for line in lines:
        plan.words.append(Label(line, left, y + size, size, bold=True))
        y += round(1.2 * size)
    cut_title(plan, content, lines)
    baseline = round(0.4 * em) + max(size, round(0.85 * count))
    if content.moves:
        plan.counter = DigitField(right - clock, baseline, count, digits, bold=True, face=content.face)
        plan.words.append(Label(of, right - clock + digits * step, baseline, small, muted=True))
    told.place(plan, content, left, max(y, baseline + round(0.2 * size)))
    place_signs(plan, content, legend, wide - 2 * margin, left, high - foot)
    return plan


def _needed(
    content: Content, size: int, lines: list[str], told: list[list[tuple[int | None, str]]], clock: int
) -> float:
    em = content.em
    title = max((content.width(line, size, True) for line in lines), default=0) + clock + em
    return max([title, *(sum(_long(content, part) for part in parts) for parts in told)])


def _long(content: Content, part: tuple[int | None, str]) -> float:
    sign, text = part
    return content.width(text, middle(content)) + (0 if sign is None else content.em) + 0.9 * content.em


@dataclass(frozen=True)
class Told:
    """The settings, or the legend of several runs, in lines of texts with their signs."""

    lines: list[list[tuple[int | None, str]]]
    lost: list[str]

    def place(self, plan: Layout, content: Content, left: int, y: int) -> None:
        """Put the lines into a plan, from a top edge down."""
        em, small = content.em, middle(content)
        plan.lost += self.lost
        for parts in self.lines:
            x = left
            for run, text in parts:
                if run is not None:
                    plan.marks.append(LegendMarker(run, x + round(0.4 * em), y + round(0.72 * small)))
                    x += round(1.0 * em)
                plan.words.append(Label(text, x, y + round(1.1 * small), small, muted=run is None))
                x += round(content.width(text, small) + 0.9 * em)
            y += round(1.45 * small)


def _told(content: Content, room: int) -> Told:
    small, text, lost = middle(content), common(content), list[str]()
    most = 2 - bool(content.legend)  # lines of settings
    lines = content.wrapped(text, small, room, most=most - 1) if text else []
    shown = [content.fitted(line, small, room) for line in lines]
    if shown != lines:
        lost.append(f"part of the settings {quoted(text)}")
    told: list[list[tuple[int | None, str]]] = [[(None, line)] for line in shown]
    return Told(told + _flowed(content, room, lost), lost)


def _flowed(content: Content, room: int, lost: list[str]) -> list[list[tuple[int | None, str]]]:
    """The legend of the runs in lines; a heading begins one."""
    small, legend = middle(content), content.legend
    texts = cut_apart([entry.text for entry in legend], small, room - content.em, content)
    lost += [f"part of the label {quoted(e.text)}" for e, text in zip(legend, texts, strict=True) if text != e.text]
    if len({entry.settings for entry in legend}) > 1:
        lost.append(UNSET)
    lines: list[list[tuple[int | None, str]]] = []
    left = 0.0
    for entry, text in zip(legend, texts, strict=True):
        need = content.width(text, small) + 1.9 * content.em
        if not lines or need > left or entry.sign is None:
            lines.append([])
            left = room
        lines[-1].append((entry.sign, text))
        left -= need
    return lines
