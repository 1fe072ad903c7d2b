"""Words in lines above the pictures."""

from __future__ import annotations

from animgd.frames import Box
from animgd.layout.content import Content
from animgd.layout.furniture import INLINE, NONE, UNDER
from animgd.layout.plan import Cells, Layout, Mark, Word, pitch
from animgd.layout.words import common, flowed, headline, middle, pictures, place_signs, signs
from animgd.lettering import clean, fitted, width, wrapped


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
    clock = digits * pitch(count, True) + round(width(of, small))
    size, lines = headline(content, max(em, wide - 2 * margin - clock - em), 1)
    told = _lines_above(content, wide - 2 * margin)
    header = round(0.5 * em) + max(round(1.2 * size) * len(lines), count) + round(1.45 * small) * len(told)
    legend = flowed(content, signs(content), wide - 2 * margin)
    foot = round(1.35 * tick) * len(legend) + round(0.4 * tick)
    room = Box(round(0.4 * em), header, wide - round(0.4 * em), high - foot)
    plan = pictures(content, room, [values])
    if plan is None:
        return None
    boxes = [place.box for place in plan.pictures]
    edge = max(box.right for box in boxes) + (round(1.2 * tick) if plan.panels and not plan.plots else 0)
    start = min(box.left for box in boxes)
    left = start if edge - start >= _needed(content, size, lines, told, clock) else margin
    right = edge if left != margin else wide - margin
    y = round(0.4 * em)
    for line in lines:
        plan.words.append(Word(line, left, y + size, size, bold=True))
        y += round(1.2 * size)
    baseline = round(0.4 * em) + max(size, round(0.85 * count))
    if content.moves:
        plan.counter = Cells(right - clock, baseline, count, digits, bold=True)
        plan.words.append(Word(of, right - clock + digits * pitch(count, True), baseline, small, muted=True))
    y = max(y, baseline + round(0.2 * size))
    for parts in told:
        x = left
        for run, text in parts:
            if run is not None:
                plan.marks.append(Mark(run, x + round(0.4 * em), y + round(0.72 * small)))
                x += round(1.0 * em)
            plan.words.append(Word(text, x, y + round(1.1 * small), small, muted=run is None))
            x += round(width(text, small) + 0.9 * em)
        y += round(1.45 * small)
    place_signs(plan, legend, left, high - foot)
    return plan


def _needed(
    content: Content, size: int, lines: list[str], told: list[list[tuple[int | None, str]]], clock: int
) -> float:
    em, small = content.em, middle(content)
    title = max((width(line, size, True) for line in lines), default=0) + clock + em
    runs = [sum(width(text, small) + (0 if run is None else em) + 0.9 * em for run, text in parts) for parts in told]
    return max([title, *runs])


def _lines_above(content: Content, room: int) -> list[list[tuple[int | None, str]]]:
    """The settings, or the legend of several runs, in lines."""
    small, em = middle(content), content.em
    if content.runs == 1:
        text = common(content)
        return [[(None, fitted(line, small, room))] for line in wrapped(text, small, room)[:2]] if text else []
    runs = max((panel.runs for panel in content.panels), key=len)
    lines: list[list[tuple[int | None, str]]] = []
    left = 0.0
    for i, run in enumerate(runs):
        text = clean(run.label)
        need = width(text, small) + 1.9 * em
        if not lines or need > left:
            lines.append([])
            left = room
        lines[-1].append((i, fitted(text, small, room - em)))
        left -= need
    shared = common(content)
    return [[(None, fitted(shared, small, room))], *lines] if shared else lines
