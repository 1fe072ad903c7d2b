"""Layout with the text above the panels."""

from __future__ import annotations

from dataclasses import dataclass

from animgd.frame import Box
from animgd.graphics.text import Label
from animgd.layout.axes import INLINE, NONE, UNDER
from animgd.layout.elements import UNSET, DigitField, Layout, LegendMarker, pitch, quoted
from animgd.layout.legend import cut_apart
from animgd.layout.measure import Content
from animgd.layout.text_block import arrange, cut_title, flow, headline, markers, medium, place_markers, shared_settings


def above(content: Content) -> Layout | None:
    """Lay out a frame with the text above the panels; None if it does not fit."""
    plans = [plan for values in (INLINE, UNDER, NONE) if (plan := _above(content, values))]
    return max(plans, key=lambda plan: plan.worth, default=None)


def _above(content: Content, values: str) -> Layout | None:
    wide, high = content.size
    em, tick, small = content.em, content.tick, medium(content)
    margin = round(0.9 * em)
    digits = len(str(content.scene.epochs))
    count = round(1.45 * em)
    of = f" / {content.scene.epochs}"
    step = pitch(count, True, content.face)
    counter = digits * step + round(content.width(of, small))
    size, lines = headline(content, max(em, wide - 2 * margin - counter - em), 1)
    subtitle = _subtitle(content, wide - 2 * margin)
    header = round(0.5 * em) + max(round(1.2 * size) * len(lines), count) + round(1.45 * small) * len(subtitle.lines)
    legend = flow(content, markers(content), wide - 2 * margin)
    foot = round(1.35 * tick) * len(legend) + round(0.4 * tick)
    room = Box(round(0.4 * em), header, wide - round(0.4 * em), high - foot)
    plan = arrange(content, room, [values])
    if plan is None:
        return None
    boxes = [place.box for place in plan.pictures]
    edge = max(box.right for box in boxes) + (round(1.2 * tick) if plan.panels and not plan.plots else 0)
    start = min(box.left for box in boxes)
    left = start if edge - start >= _text_width(content, size, lines, subtitle.lines, counter) else margin
    right = edge if left != margin else wide - margin
    y = round(0.4 * em)
    for line in lines:
        plan.words.append(Label(line, left, y + size, size, bold=True))
        y += round(1.2 * size)
    cut_title(plan, content, lines)
    baseline = round(0.4 * em) + max(size, round(0.85 * count))
    if content.moves:
        plan.counter = DigitField(right - counter, baseline, count, digits, bold=True, face=content.face)
        plan.words.append(Label(of, right - counter + digits * step, baseline, small, muted=True))
    subtitle.place(plan, content, left, max(y, baseline + round(0.2 * size)))
    place_markers(plan, content, legend, wide - 2 * margin, left, high - foot)
    return plan


def _text_width(
    content: Content, size: int, lines: list[str], subtitle: list[list[tuple[int | None, str]]], counter: int
) -> float:
    em = content.em
    title = max((content.width(line, size, True) for line in lines), default=0) + counter + em
    return max([title, *(sum(_part_width(content, part) for part in parts) for parts in subtitle)])


def _part_width(content: Content, part: tuple[int | None, str]) -> float:
    marker, text = part
    return content.width(text, medium(content)) + (0 if marker is None else content.em) + 0.9 * content.em


@dataclass(frozen=True)
class Subtitle:
    """The settings, or the legend of several runs: lines of (marker, text)."""

    lines: list[list[tuple[int | None, str]]]
    lost: list[str]

    def place(self, plan: Layout, content: Content, left: int, y: int) -> None:
        """Add the lines to a layout, from a top edge down."""
        em, small = content.em, medium(content)
        plan.lost += self.lost
        for parts in self.lines:
            x = left
            for marker, text in parts:
                if marker is not None:
                    plan.marks.append(LegendMarker(marker, x + round(0.4 * em), y + round(0.72 * small)))
                    x += round(1.0 * em)
                plan.words.append(Label(text, x, y + round(1.1 * small), small, muted=marker is None))
                x += round(content.width(text, small) + 0.9 * em)
            y += round(1.45 * small)


def _subtitle(content: Content, room: int) -> Subtitle:
    small, text, lost = medium(content), shared_settings(content), list[str]()
    most = 2 - bool(content.legend)  # lines of settings
    lines = content.wrapped(text, small, room, most=most - 1) if text else []
    shown = [content.fitted(line, small, room) for line in lines]
    if shown != lines:
        lost.append(f"part of the settings {quoted(text)}")
    settings: list[list[tuple[int | None, str]]] = [[(None, line)] for line in shown]
    return Subtitle(settings + _legend(content, room, lost), lost)


def _legend(content: Content, room: int, lost: list[str]) -> list[list[tuple[int | None, str]]]:
    """The legend of the runs in lines; a heading starts a new line."""
    small, legend = medium(content), content.legend
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
