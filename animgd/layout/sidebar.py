"""Layout with the text in a column beside the panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from animgd.frame import Box
from animgd.graphics.numbers import BOUND
from animgd.graphics.text import Label
from animgd.layout.axes import INLINE, NONE, UNDER, place_grid
from animgd.layout.companions import plotted
from animgd.layout.elements import UNSET, DigitField, Layout, LegendMarker, RuleTerm, pitch
from animgd.layout.legend import cut_apart, cut_settings, filled
from animgd.layout.loss_table import SMALL_FRAME, Matrix, Table, table
from animgd.layout.measure import Content, Rule
from animgd.layout.text_block import (
    arrange,
    explain_small_maps,
    flow,
    headline,
    markers,
    names_of_marks,
    names_on_map,
    place_brackets,
    place_markers,
    place_title,
)

RULED = 540  # pixels: smaller frames have no room for the update rule
MARKERS, SETTINGS, TABLE, RUNS, ALWAYS = range(5)  # priorities: the lowest is dropped first where room is short


@dataclass(frozen=True)
class Block:
    """A block of the column. Units: pixels; the block with the least `priority` is dropped first.

    It stands at `at` where there is room, so that the same things stand at the same places from film to film.
    """

    height: int
    priority: int
    place: Callable[[Layout, int], None]  # (plan, top)
    what: str = ""  # description for the warning if it is dropped
    smaller: Block | None = None  # the alternative where room is short
    at: int = 0
    settings: bool = False  # of a legend: whether it has them


def beside(content: Content) -> Layout | None:
    """Lay out a frame with the text on the left, the panels on the right; None if it does not fit."""
    wide, high = content.size
    em = content.em
    unit = min(content.size) / 720
    margin = round(36 * unit)
    losses = table(content, round(0.4 * wide))
    column = max(round(0.27 * wide), losses.width if losses else 0, 9 * em)
    if content.scene.heatmaps and min(content.size) >= RULED and wide / high > 1.6:
        column = max(column, round(414 * unit))
    room = Box(margin + column + round(0.9 * em), round(29 * unit), wide - margin, high - round(12 * unit))
    ends = round(22 * unit), high - round(40 * unit)
    for shown in (losses, None) if losses else (None,):
        plan = arrange(content, room, [NONE] if shown else [INLINE, UNDER, NONE])
        if plan is None:
            return None
        if shown or not losses:
            # The column takes the width that the panels leave free, so that long titles wrap later.
            free = min(place.box.left for place in plan.pictures) - room.left - round(3.4 * content.tick)
            column += max(0, min(free, round(0.1 * wide)))
        blocks = _blocks(content, column, margin, shown)
        if _stack(plan, blocks, *ends):
            if all(block.priority != MARKERS for block in blocks):
                plan.names = tuple(names_on_map(content))
            return plan
    return None


def beside_companions(content: Content) -> Layout | None:
    """Lay out a wide frame with companions below the text, so that maps keep their size; None if it does not fit."""
    wide, high = content.size
    unit = min(content.size) / 720
    if not (content.scene.companions and content.scene.heatmaps) or min(wide, high) < RULED or wide < 1.6 * high:
        return None
    margin, column = round(36 * unit), round(414 * unit)
    room = Box(margin + column + round(0.9 * content.em), round(29 * unit), wide - margin, high - round(12 * unit))
    plan = place_grid(content, room, [INLINE, UNDER, NONE])
    if plan is None:
        return None
    blocks = [_title_block(content, column, margin)]
    if content.moves:
        blocks.append(replace(_counter_block(content, column, margin), at=round(117 * unit)))
    if content.legend:
        blocks.append(_runs_block(content, column, margin, column, small=True))
    tick = content.tick
    lines = flow(content.parts.legend, lambda text: content.reach(text, tick, column) + 2.7 * tick, column)
    key = round(sum(content.width(text, tick) + 2.7 * tick for line in lines for _, text in line))
    is_aside = len(lines) == 1 and content.moves and _counter_width(content) + key <= column
    if not is_aside:
        blocks.append(
            Block(round(1.35 * tick) * len(lines), ALWAYS, partial(place_markers, content, lines, column, margin))
        )
    plan.names = tuple(names_on_map(content))
    top = round(22 * unit)
    least = sum(block.height for block in blocks) + round(0.45 * content.em) * len(blocks)
    start = max(round(196 * unit), top + least)
    if not _stack(plan, blocks, top, start):
        return None
    if is_aside and plan.counter:
        left = margin + column - key + round(1.35 * content.tick)
        place_markers(content, lines, key, left, plan, plan.counter.y - content.tick)
    count, bottom = len(content.scene.companions), high - round(12 * unit)
    edges = [start + (bottom - start) * i // count for i in range(count + 1)]
    rooms = [Box(margin, a, margin + column, b) for a, b in pairwise(edges)]
    return plan if plotted(plan, content, rooms) else None


def _stack(plan: Layout, blocks: list[Block], top: int, bottom: int) -> bool:
    """Place blocks from top to bottom, the last at the bottom; False if they, or the loss table, do not fit."""
    placed, removed = list(blocks), []
    least = round(0.45 * plan.em)

    def over() -> int:
        return sum(b.height for b in placed) + least * (len(placed) - 1) - (bottom - top)

    while over() > 0:
        weakest = min((b for b in placed if b.priority < ALWAYS or b.smaller), key=lambda b: b.priority, default=None)
        if weakest and weakest.priority == TABLE:  # a shorter legend is better than no losses
            weakest = next((b for b in placed if b.priority == RUNS and b.smaller), weakest)
        if weakest is None or (weakest.priority == TABLE and not weakest.smaller):
            return False
        i = placed.index(weakest)
        placed[i : i + 1] = [weakest.smaller] if weakest.smaller else []
        removed += [] if weakest.smaller else [weakest]
    for block in removed:  # other blocks may be smaller by now
        if block.height + least <= -over():
            placed.append(block)
        else:
            plan.lost += [block.what] if block.what else []
            plan.shortened += block.priority == RUNS
    _place(plan, placed, least, top, bottom)
    return True


def _place(plan: Layout, blocks: list[Block], least: int, top: int, bottom: int) -> None:
    free = bottom - top - sum(b.height for b in blocks)
    gap = min(round(2.1 * plan.em), max(least, free // max(1, len(blocks) - 1)))
    y = top
    tops = []
    for block in blocks:
        tops.append(bottom - block.height if block.priority == MARKERS else y)
        y += block.height + gap
    usual = [block.at or at for block, at in zip(blocks, tops, strict=True)]
    ends = [at + block.height + least for block, at in zip(blocks, usual, strict=True)]
    if all(end <= at for end, at in zip(ends, usual[1:], strict=False)):
        tops = usual
    for block, at in zip(blocks, tops, strict=True):
        block.place(plan, at)
        plan.spans.append((at, at + block.height))


def _blocks(content: Content, column: int, x: int, losses: Table | Matrix | None) -> list[Block]:
    unit = min(content.size) / 720
    blocks = [_title_block(content, column, x)]
    if content.moves:
        blocks.append(_counter_block(content, losses.width if losses else column, x))
    if losses:
        blocks.append(Block(losses.height, TABLE, partial(losses.place, x), at=round(losses.top * unit)))
    rule = content.parts.rule
    if rule is not None and not content.legend and min(content.size) >= RULED and column >= round(414 * unit):
        return [*blocks, rule_block(content, rule, x, losses.width if losses else column)]
    told = all(entry.settings.replace(BOUND, " ") in entry.text for entry in content.legend)
    if content.legend and not (told and losses and losses.lists_runs):
        block = _runs_block(content, column, x, losses.width if losses else column)
        blocks += filter(None, [_only_settings(block) if losses and losses.lists_runs else block])
    named = names_on_map(content) == names_of_marks(content)
    if content.legend and named and not content.parts.legend and min(content.size) >= RULED:
        return blocks
    lines = markers(content, column)
    height = round(1.35 * content.tick) * len(lines)
    what = f"the legend of the markers ({', '.join(text for line in lines for _, text in line)})" if lines else ""
    return [*blocks, Block(height, MARKERS, partial(place_markers, content, lines, column, x), what)]


def _title_block(content: Content, column: int, x: int, most: int = 5, subtitle: bool = True) -> Block:
    """Title and settings; the smaller alternatives have no settings, then fewer lines of title."""
    em, small, text = content.em, content.medium, content.settings
    size, lines = headline(content, column, 1 if min(content.size) < SMALL_FRAME else 2, most)
    settings = content.wrapped(text, small, column, most=2) if text and subtitle else []
    shown = [content.fitted(line, small, column) for line in settings]

    def place(plan: Layout, top: int) -> None:
        y = place_title(plan, content, size, lines, x, top)
        for line in shown:
            plan.words.append(Label(line, x, y + round(1.3 * small), small, muted=True))
            y += round(1.4 * small)
        plan.cut("the settings", text, text if shown == settings and subtitle else "")

    height = round(1.2 * size) * len(lines) + round(1.4 * small) * len(settings) + round(0.2 * em)
    smaller = None
    if settings or len(lines) > 1:
        fewer = most if settings else min(most, len(lines)) - 1
        smaller = _title_block(content, column, x, fewer, subtitle=False)
    return Block(height, ALWAYS, place, "", smaller)


def _runs_block(content: Content, column: int, x: int, wide: int, small: bool = False) -> Block:
    """The legend with settings; the smaller alternatives have no settings, then small text in up to three columns."""
    block = None
    for columns in (3, 2, 1):
        block = _entries_block(content, column, x, block, columns)
        if small and columns <= 2:
            return block
    block = _entries_block(content, column, x, block)
    if len({entry.settings for entry in content.legend}) > 1:
        block = _entries_block(content, column, x, block, settings=True)
    return _listed_block(content, column, x, wide, block) or block


def _only_settings(block: Block) -> Block | None:
    """The forms of a legend that have settings, for runs that a table lists already."""
    smaller = _only_settings(block.smaller) if block.smaller else None
    return replace(block, priority=SETTINGS, what=UNSET, smaller=smaller) if block.settings else None


def _listed_block(content: Content, column: int, x: int, wide: int, smaller: Block) -> Block | None:
    """The runs below a rule, a line each with its settings; None if a line is too long."""
    legend, unit = filled(content), min(content.size) / 720
    size, high = round(18 * unit), round(33 * unit)
    indent = round(26 * unit)
    names = max(content.reach(entry.text, size, column) for entry in legend)
    aside = indent + max(round(106 * unit), round(names + 18 * unit))
    lines = [aside + content.reach(entry.settings, size, column) for entry in legend if entry.settings]
    if min(content.size) < RULED or max([*lines, indent + names]) > column or any(e.marker is None for e in legend):
        return None

    def place(plan: Layout, top: int) -> None:
        plan.strokes.append((Box(x, top, x + wide, top + 1), "hair"))
        plan.words.append(Label("The runs", x, top + round(30 * unit), size, bold=True))
        for i, entry in enumerate(legend):
            y = top + round(64 * unit) + i * high
            plan.marks.append(LegendMarker(entry.marker or 0, x + round(7 * unit), y - round(6 * unit), size))
            plan.words.append(Label(entry.text, x + indent, y, size))
            if entry.settings:
                plan.words.append(Label(entry.settings, x + aside, y, size, muted=True))

    height = round(48 * unit) + high * len(legend)
    at = round(536 * unit) if len(legend) <= 4 else 0
    return Block(height, RUNS, place, "the legend of the runs", smaller, at, settings=True)


def _entries_block(
    content: Content, column: int, x: int, smaller: Block | None, columns: int = 0, settings: bool = False
) -> Block:
    """The legend in small text, in columns; or (0) in large text, perhaps with settings in small text below it."""
    legend, tick = filled(content), content.tick
    size, centre, shift, margin, pitch = (tick, 0.5, 1.3, 1.6, 1.45) if columns else (content.em, 0.4, 1.2, 1.2, 1.3)
    rows, wide = -(-len(legend) // max(1, columns)), column // max(1, columns)
    room, indent = wide - round(margin * size), round(shift * size)
    texts = cut_apart([entry.text for entry in legend], size, room, content)
    lines = cut_settings([entry.settings for entry in legend], tick, room, content) if settings else texts
    high = round(pitch * size) + (round(1.25 * tick) if settings else 0)

    def place(plan: Layout, top: int) -> None:
        for i, (entry, text, line) in enumerate(zip(legend, texts, lines, strict=True)):
            left, y = x + i // rows * wide, top + i % rows * high
            if entry.marker is not None:
                em = round(1.25 * size) if columns else size  # larger than small text, so that the marker is legible
                plan.marks.append(LegendMarker(entry.marker, left + round(centre * size), y + round(0.68 * size), em))
            plan.words.append(Label(plan.cut("the label", entry.text, text), left + indent, y + size, size))
            if settings and line:
                plan.cut(f"the settings of {entry.text}:", entry.settings, line)
                plan.words.append(Label(line, left + indent, y + size + round(1.25 * tick), tick, muted=True))
        if not settings and len({entry.settings for entry in legend}) > 1:
            plan.lost.append(UNSET)

    return Block(high * rows, RUNS, place, "the legend of the runs", smaller, settings=settings)


def _counter_width(content: Content) -> int:
    """The width of "epoch 14 / 100"."""
    em, epochs = content.em, str(content.scene.epochs)
    digits = len(epochs) * pitch(round(1.55 * em), True, content.face)
    return digits + round(content.width("epoch ", em) + content.width(f"/ {epochs}", em) + 0.25 * em)


def _counter_block(content: Content, column: int, x: int) -> Block:
    """ "epoch 14 / 100", and below it the line that fills with the epochs."""
    em, face = content.em, content.face
    size, cells, unit = round(1.55 * em), len(str(content.scene.epochs)), min(content.size) / 720
    under = max(round(16 * unit), 8)  # from the baseline to the line

    def place(plan: Layout, top: int) -> None:
        y = top + round(0.8 * size)
        left = x + round(content.width("epoch ", em))
        plan.words.append(Label("epoch", x, y, em, muted=True))
        plan.counter = DigitField(left, y, size, cells, bold=True, face=face)
        right = left + cells * plan.counter.pitch
        plan.words.append(Label(f"/ {content.scene.epochs}", right + round(0.25 * em), y, em, muted=True))
        line = y + under
        plan.progress = Box(x, line, x + column, line + max(1, round(2 * unit)))

    return Block(round(0.8 * size + 8 * unit) + under, ALWAYS, place, at=round(157 * unit))


def rule_block(content: Content, rule: Rule, x: int, wide: int) -> Block:
    """The update rule, with the numbers of the next step."""
    tick, unit = content.tick, min(content.size) / 720
    many = len(rule.terms) > 2
    small, across = round((16 if many else 20) * unit), round((78 if many else 88) * unit)
    step, wide = pitch(small, face=content.face), max(wide, round(414 * unit))
    room = int((wide - across / 2) / (len(rule.terms) + 0.5))  # for each term, if the text below the last one fills it
    gap = max(min(round((112 if many else 134) * unit), room), across + round(1.6 * small))
    head, least = round(18 * unit), 6 * step - across // 2 + round(4 * unit)
    end = 3 * step if many else max(round(1.65 * small), least)  # of the numbers, from the middle

    def place(plan: Layout, top: int) -> None:
        plan.strokes.append((Box(x, top, x + wide, top + 1), "hair"))
        plan.names = tuple(names_of_marks(content))
        if small_maps := content.parts.small_maps(plan):
            explain_small_maps(plan, content, small_maps, x, top)
            return
        title, y = f"The next step on {content.titles[rule.panel]}", top + round(26 * unit)
        axes = ", ".join(rule.axes) if many else ""  # else they stand beside the last vector
        free = across + len(rule.terms) * gap - round(content.width(f"{axes}  ", tick))
        plan.words.append(Label(content.fitted(title, head, free, True), x, y, head, bold=True))
        rows = [top + round(59 * unit), top + round(87 * unit)]
        names = [("step", ""), *rule.terms]
        terms = []
        for i, (name, made) in enumerate(names):
            middle, color = x + across // 2 + i * gap, "" if name == "step" else name
            left, right = middle - across // 2, middle + across // 2
            box = Box(left, rows[0] - round(20 * unit), right, rows[1] + round(7 * unit))
            place_brackets(plan, box, color or "ink", unit)
            cells = tuple(DigitField(middle + end - 6 * step, row, small, 6, face=content.face) for row in rows)
            terms.append(RuleTerm(name, (cells[0], cells[1])))
            plan.words.append(Label(name, middle, top + round(115 * unit), head, True, align="center", color=color))
            if i:
                shown = content.fitted(made, tick, gap - 2 * unit)
                plan.words.append(Label(shown, middle, top + round(137 * unit), tick, muted=True, align="center"))
                between, sign = middle - gap // 2, "=" if i == 1 else "+"
                plan.words.append(Label(sign, between, (rows[0] + rows[1]) // 2, small, align="center"))
        align, side = "right" if many else "left", x + across + len(rule.terms) * gap + (not many) * round(8 * unit)
        for text, row in [(axes, y)] if many else zip(rule.axes, rows, strict=True):
            plan.words.append(Label(text, side, row, tick, muted=True, align=align))
        plan.rule = tuple(terms)

    return Block(round(142 * unit), MARKERS, place, "the update rule", at=round(536 * unit))
