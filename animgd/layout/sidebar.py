"""Layout with the text in a column beside the panels."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

from animgd.frame import Box
from animgd.graphics.numbers import BOUND
from animgd.graphics.text import Label
from animgd.layout.axes import INLINE, NONE, UNDER, place_grid
from animgd.layout.companions import plotted
from animgd.layout.elements import UNSET, Counter, DigitField, Layout, LegendMarker, pitch
from animgd.layout.grid import CENTRED, RIGHT
from animgd.layout.legend import cut_apart, cut_settings, filled
from animgd.layout.losses.matrix import Matrix
from animgd.layout.losses.runs import listed_runs, settings_block
from animgd.layout.losses.table import COLUMN, Table, table
from animgd.layout.measure import RULED, SMALL_FRAME, Content
from animgd.layout.rule import rule_block
from animgd.layout.text_block import (
    ALWAYS,
    FACTORS,
    MARKERS,
    RUNS,
    TABLE,
    Block,
    MarkerLines,
    arrange,
    even_lines,
    headline,
    key_block,
    key_lines,
    key_of_signs,
    key_width,
    names_on_map,
    place_markers,
    place_rates,
    place_title,
    rate_width,
    replaces_rule,
    signs_beside_rule,
)

MOST_LINES = 4  # of a legend above companions
MOST_FREE = 0.2  # of the frame's width: with more beside a narrow map, it stands in the middle of its room


def beside(content: Content) -> Layout | None:
    """Lay out a frame with the text on the left, the panels on the right; None if it does not fit."""
    wide, high = content.size
    unit = min(content.size) / 720
    margin, least = round(36 * unit), max(round(0.27 * wide), 9 * content.em)
    if content.scene.heatmaps and min(content.size) >= RULED and wide / high > 1.6:
        least = max(least, round(414 * unit))
    ends = round(22 * unit), high - round((40 if min(content.size) >= SMALL_FRAME else 22) * unit)
    every = table(content, round(0.4 * wide))
    for losses in (every, None) if every else (None,):
        column = max(least, losses.width) if losses else least
        room = _room(content, margin + column)
        plan = arrange(content, room, [NONE] if losses else [INLINE, UNDER, NONE], RIGHT)
        if plan is None:
            continue
        if _free(plan, content, room) > MOST_FREE * wide and not content.scene.companions:
            plan = arrange(content, room, [NONE] if losses else [INLINE, UNDER, NONE], CENTRED) or plan
        # The column takes the width that the panels leave free, so that long titles wrap later.
        column += max(0, min(_free(plan, content, room), round(0.1 * wide)))
        if _stack(plan, _blocks(plan, content, column, margin, losses), *ends):
            plan.names = plan.names or tuple(names_on_map(content))
            return plan
    return None


def _free(plan: Layout, content: Content, room: Box) -> int:
    """The width that is free at the left of a room, before panels and their labels."""
    first = min(place.box.left for place in plan.pictures)
    labels = [content.width(word.text, word.size) for word in plan.words if word.align == "right" and word.x < first]
    return first - room.left - round(max(labels, default=0.0) + 0.9 * content.tick)


def _room(content: Content, column: int) -> Box:
    """The room right of a column: maps begin and end at the same places, with letters of any size around them."""
    (wide, high), unit = content.size, min(content.size) / 720
    top, bottom = round(60 * unit - 1.35 * content.em), high - round(38 * unit - 1.75 * content.tick)
    right = wide - round(36 * unit)
    return Box(column + round(0.9 * content.em), max(2, top), right, min(high - 2, bottom))


def beside_companions(content: Content) -> Layout | None:
    """Lay out a wide frame with companions below the text, so that maps keep their size; None if it does not fit."""
    wide, high = content.size
    unit = min(content.size) / 720
    if not (content.scene.companions and content.scene.heatmaps) or min(wide, high) < RULED or wide < 1.6 * high:
        return None
    margin, column = round(36 * unit), round(414 * unit)
    room = _room(content, margin + column)
    plan = place_grid(content, room, [INLINE, UNDER, NONE])
    if plan is None:
        return None
    blocks = [_title_block(content, column, margin)]
    lines = key_lines(content, key_of_signs(content), column)
    is_aside = content.moves and _has_room_aside(content, lines, column)
    if content.moves:
        counter = _counter_block(content, column, margin, lines if is_aside else [])
        blocks.append(replace(counter, at=round(117 * unit)))
    if content.legend:
        blocks.append(_runs_block(content, column, margin, column, small=True))
    if not is_aside:
        place = partial(place_markers, content, lines, column, margin)
        blocks.append(Block(round(1.35 * content.tick) * len(lines), ALWAYS, place))
    plan.names = tuple(names_on_map(content))
    top = round(22 * unit)
    least = sum(block.height for block in blocks) + round(0.45 * content.em) * (len(blocks) - 1)
    apart = round(0.8 * content.em)  # from the last block to the name of the first companion
    start = max(round(196 * unit), top + least + apart)
    if not _stack(plan, blocks, top, start - apart):
        return None
    count = len(content.scene.companions)
    left = margin - round(0.35 * content.tick)  # so far their labels are from the edge
    edges = [start + (room.bottom - start) * i // count for i in range(count + 1)]
    rooms = [Box(left, a, margin + column, b) for a, b in pairwise(edges)]
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
            (plan.asides if block.aside else plan.lost).extend([block.what] if block.what else [])
            plan.shortened += block.priority == RUNS
    _place(plan, placed, least, top, bottom)
    return True


def _place(plan: Layout, blocks: list[Block], least: int, top: int, bottom: int) -> None:
    free = bottom - top - sum(b.height for b in blocks)
    gap = min(round(2.1 * plan.em), max(least, free // max(1, len(blocks) - 1)))
    y = top
    tops = []
    for block in blocks:
        last = block.priority == MARKERS and block is blocks[-1]
        tops.append(bottom - block.height if last else y)
        y += block.height + gap
    usual: list[int] = []
    for block, at in zip(blocks, tops, strict=True):  # one that is too long moves only what is below it
        end = usual[-1] + blocks[len(usual) - 1].height + least if usual else top
        usual.append(max(block.at or at, end))
    if usual[-1] + blocks[-1].height <= bottom:
        tops = usual
    for block, at in zip(blocks, tops, strict=True):
        block.place(plan, at)
        plan.spans.append((at, at + block.height))


def _blocks(plan: Layout, content: Content, column: int, x: int, losses: Table | Matrix | None) -> list[Block]:
    unit, rule = min(content.size) / 720, content.parts.rule
    edge = losses.width if losses else min(column, round(COLUMN * unit))
    is_ruled = rule and not content.legend and min(content.size) >= RULED and column >= round(COLUMN * unit)
    signs = key_of_signs(content)
    if is_ruled and not replaces_rule(content, plan):
        signs = signs_beside_rule(content)
    reach = column + round(0.6 * content.em)  # of the key, towards the labels of the maps
    key = key_lines(content, signs, reach)
    is_aside = bool(is_ruled and content.moves and _has_room_aside(content, key, edge))
    blocks = [_title_block(content, column, x)]
    if content.moves:
        blocks.append(_counter_block(content, edge, x, key if is_aside else []))
    if losses:
        at = max(round(losses.top * unit), round(22 * unit + 7.6 * content.em))
        blocks.append(Block(losses.height, TABLE, partial(losses.place, x), at=at))
    shown = [key_block(content, signs, reach, x)] if key and not is_aside else []
    if rule and is_ruled:
        return [*blocks, *(replace(block, at=round(500 * unit)) for block in shown), rule_block(content, rule, x, edge)]
    told = all(entry.settings.replace(BOUND, " ") in entry.text for entry in content.legend)
    if losses and losses.lists_runs:
        blocks += filter(None, [] if told else [settings_block(content, column, x, losses.width)])
    elif content.legend:
        blocks.append(_runs_block(content, column, x, edge))
    return [*blocks, *shown]


def _title_block(content: Content, column: int, x: int, most: int = 5, subtitle: bool = True) -> Block:
    """Title and settings; the smaller alternatives have no settings, then fewer lines of title."""
    em, small, text = content.em, content.medium, content.settings
    size, lines = headline(content, column, 1 if min(content.size) < SMALL_FRAME else 2, most)
    settings = content.wrapped(text, small, column, most=2) if text and subtitle else []
    finer = content.wrapped(text, content.tick, column, most=2) if min(content.size) < SMALL_FRAME else settings
    if len(finer) < len(settings):
        settings, small = finer, content.tick
    settings = even_lines(content, text, small, column, len(settings)) if settings else []
    shown = [content.fitted(line, small, column) for line in settings]

    # In large frames, the first line stands at the same place from film to film, whatever the size of the title.
    spare = round(FACTORS[0] * em) - size if lines and min(content.size) >= RULED else 0

    def place(plan: Layout, top: int) -> None:
        y = place_title(plan, content, size, lines, x, top + spare)
        for line in shown:
            plan.words.append(Label(line, x, y + round(1.3 * small), small, muted=True))
            y += round(1.4 * small)
        plan.cut("the settings", text, text if shown == settings and subtitle else "")

    height = spare + round(1.2 * size) * len(lines) + round(1.4 * small) * len(settings) + round(0.2 * em)
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
            return _lines_block(content, column, x, block) or block
    block = _entries_block(content, column, x, block)
    if len({entry.settings for entry in content.legend}) > 1:
        block = _entries_block(content, column, x, block, settings=True)
    return listed_runs(content, column, x, wide, block) or block


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


def _lines_block(content: Content, column: int, x: int, smaller: Block) -> Block | None:
    """The legend in small text, a line each with its settings beside it; None where a line is too long."""
    legend, size = filled(content), content.tick
    indent, high = round(1.3 * size), round(1.45 * size)
    aside = indent + max(content.width(entry.text, size) for entry in legend) + 0.8 * size
    told = all(entry.settings.replace(BOUND, " ") in entry.text for entry in legend)
    widest = max(content.width(entry.settings, size) for entry in legend)
    if len(legend) > MOST_LINES or told or aside + widest > column or any(e.marker is None for e in legend):
        return None

    def place(plan: Layout, top: int) -> None:
        for i, entry in enumerate(legend):
            y = top + i * high
            mark = LegendMarker(entry.marker or 0, x + size // 2, y + round(0.68 * size), round(1.25 * size))
            plan.marks.append(mark)
            plan.words.append(Label(entry.text, x + indent, y + size, size))
            plan.words.append(Label(entry.settings, x + round(aside), y + size, size, muted=True))

    return Block(high * len(legend), RUNS, place, "the legend of the runs", smaller, settings=True)


def _counter_width(content: Content) -> int:
    """The width of "epoch 14 / 100"."""
    em, unit, epochs = content.em, content.scene.clock_unit, str(content.scene.epochs)
    digits = len(epochs) * pitch(round(1.55 * em), True, content.face)
    return digits + round(content.width(f"{unit} ", em) + content.width(f"/ {epochs}", em) + 0.25 * em)


def _has_room_aside(content: Content, key: MarkerLines, column: int) -> bool:
    """Whether the key of the signs has room beside the counter."""
    if len(key) != 1 or rate_width(content, content.em):
        return False
    return _counter_width(content) + content.em + key_width(content, key[0]) <= column


def _counter_block(content: Content, column: int, x: int, key: MarkerLines) -> Block:
    """ "epoch 14 / 100", perhaps the key of the signs beside it, and below it the line that fills with the epochs."""
    em, face = content.em, content.face
    size, cells, unit = round(1.55 * em), len(str(content.scene.epochs)), min(content.size) / 720
    under = max(round(16 * unit), 8)  # from the baseline to the line
    rate, medium = rate_width(content, em), content.medium
    beside = _counter_width(content) + em + rate <= column  # else the learning rate stands below
    below = 0 if beside or not rate else round(1.5 * medium)

    def place(plan: Layout, top: int) -> None:
        y = top + round(0.8 * size)
        left = x + round(content.width(f"{content.scene.clock_unit} ", em))
        plan.words.append(Label(content.scene.clock_unit, x, y, em, muted=True))
        number = DigitField(left, y, size, cells, bold=True, face=face)
        right = left + cells * number.pitch + round(0.25 * em)
        plan.counter = Counter(number, Label(f"/ {content.scene.epochs}", right, y, em, muted=True))
        line = y + under
        plan.progress = Box(x, line, x + column, line + max(1, round(2 * unit)))
        if key:
            wide = key_width(content, key[0])
            place_markers(content, key, wide, x + column - wide, plan, y - content.tick)
        if rate and beside:
            place_rates(plan, content, x + column, y, em)
        elif rate and rate_width(content, medium) <= column:
            place_rates(plan, content, x + rate_width(content, medium), line + below, medium)
        elif rate:
            plan.lost.append("the learning rates")

    at = max(round(157 * unit), round(22 * unit + 5 * em))
    return Block(round(0.8 * size + 8 * unit) + under + below, ALWAYS, place, at=at)
