"""The update rule as a block of text, and what stands in its place where there are small maps."""

from __future__ import annotations

from animgd.frame import Box
from animgd.graphics.numbers import RAISED
from animgd.graphics.text import Label
from animgd.layout.elements import DigitField, Layout, RuleTerm, pitch
from animgd.layout.measure import Content, Rule
from animgd.layout.text_block import MARKERS, Block, names_on_map

SQUARE = "The small square is the window of the big map."


def rule_block(content: Content, rule: Rule, x: int, wide: int) -> Block:
    """The update rule, with the numbers of the next step, in the colours of the arrows that the legend has."""
    tick, unit = content.tick, min(content.size) / 720
    many = len(rule.terms) > 2
    small, across = round((16 if many else 20) * unit), round((78 if many else 88) * unit)
    step, wide = pitch(small, face=content.face), max(wide, round(414 * unit))
    room = int((wide - across / 2) / (len(rule.terms) + 0.5))  # for each term, if the text below the last one fills it
    gap = max(min(round((112 if many else 134) * unit), room), across + round(1.6 * small))
    head, least = round(18 * unit), 6 * step - across // 2 + round(4 * unit)
    end = 3 * step if many else max(round(1.65 * small), least)  # of the numbers, from the middle

    def place(plan: Layout, top: int) -> None:
        plan.strokes.append((Box(x, top, x + wide, top + max(1, round(unit))), "hair"))
        plan.names = tuple(names_on_map(content))
        if small_maps := content.parts.small_maps(plan):
            explain_small_maps(plan, content, small_maps, x, top)
            return
        title, y = f"The next step on {content.titles[rule.panel]}", top + round(26 * unit)
        title += f", in 10{str(rule.power).translate(RAISED)}" if rule.power else ""
        axes = ", ".join(rule.axes) if many else ""  # else they stand beside the last vector
        free = across + len(rule.terms) * gap - round(content.width(f"{axes}  ", tick)) if many else wide
        plan.words.append(Label(content.fitted(title, head, free, True), x, y, head, bold=True))
        rows = [top + round(59 * unit), top + round(87 * unit)]
        names = [("step", ""), *rule.terms]
        terms, half = [], 0.0
        for i, (name, made) in enumerate(names):
            middle, color = x + across // 2 + i * gap, name if (name, name) in content.parts.legend else "ink"
            left, right = middle - across // 2, middle + across // 2
            box = Box(left, rows[0] - round(20 * unit), right, rows[1] + round(7 * unit))
            place_brackets(plan, box, color, unit)
            cells = tuple(DigitField(middle + end - 6 * step, row, small, 6, face=content.face) for row in rows)
            plan.words.append(Label(name, middle, top + round(115 * unit), head, True, align="center", color=color))
            room = gap - 2 * unit
            if i == len(rule.terms):  # right of the last one is nothing
                room = 2 * min(x + wide - middle, gap - half - round(6 * unit))
            shown = _shortened(content, made, room)
            half = content.width(shown, tick) / 2
            label = Label(shown, middle, top + round(137 * unit), tick, muted=True, align="center")
            terms.append(RuleTerm(name, (cells[0], cells[1]), color, label))
            if i:
                plan.words.append(label)
                between, sign = middle - gap // 2, "=" if i == 1 else "+"
                plan.words.append(Label(sign, between, (rows[0] + rows[1]) // 2, small, align="center"))
        align, side = "right" if many else "left", x + across + len(rule.terms) * gap + (not many) * round(8 * unit)
        for text, row in [(axes, y)] if many else zip(rule.axes, rows, strict=True):
            plan.words.append(Label(text, side, row, tick, muted=True, align=align))
        plan.rule = tuple(terms)

    return Block(round(142 * unit), MARKERS, place, "the update rule", at=round(536 * unit))


def _shortened(content: Content, made: str, room: float) -> str:
    """What a term is made of, in the longest spelling that has room."""
    spellings = (made, made.replace(" · ", "·"), made.replace("clipped gradient", "clipped"))
    fitting = (text for text in spellings if content.width(text, content.tick) <= room)
    return next(fitting, None) or content.fitted(spellings[1], content.tick, room)


def explain_small_maps(plan: Layout, content: Content, count: int, x: int, top: int) -> None:
    """Say what small maps show, in the place of the update rule."""
    unit = plan.unit
    size = round(18 * unit)
    title, verb = ("The small maps", "show") if count > 1 else ("The small map", "shows")
    plan.words.append(Label(title, x, top + round(26 * unit), size, bold=True))
    text = f"{verb} the same landscape from further away, as far as the path has gone. {SQUARE}"
    for i, line in enumerate(content.wrapped(text, size, round(414 * unit))):
        plan.words.append(Label(line, x, top + round((56 + 27 * i) * unit), size, muted=True))


def place_brackets(plan: Layout, box: Box, color: str, unit: float) -> None:
    """Add square brackets to a layout."""
    thin, long = max(1, round(1.6 * unit)), round(6 * unit)
    for left, right in ((box.left, box.left + long), (box.right - long, box.right)):
        plan.strokes += [(Box(left, y, right, y + thin), color) for y in (box.top, box.bottom - thin)]
    plan.strokes += [(Box(x, box.top, x + thin, box.bottom), color) for x in (box.left, box.right - thin)]
