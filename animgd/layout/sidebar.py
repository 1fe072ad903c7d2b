"""Layout with the text in a column beside the panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from animgd.frame import Box
from animgd.graphics.text import Label
from animgd.layout.axes import INLINE, NONE, UNDER
from animgd.layout.elements import UNSET, DigitField, Layout, LegendMarker
from animgd.layout.legend import cut_apart, cut_settings
from animgd.layout.loss_table import Table, table
from animgd.layout.measure import Content
from animgd.layout.text_block import arrange, cut_title, flow, headline, markers, medium, place_markers, shared_settings

SIGNS, TABLE, RUNS, ALWAYS = range(4)  # priorities: the lowest is dropped first where room is short


@dataclass(frozen=True)
class Block:
    """A block of the column. Units: pixels; the block with the least `priority` is dropped first."""

    height: int
    priority: int
    place: Callable[[Layout, int], None]  # (plan, top)
    what: str = ""  # description for the warning if it is dropped
    smaller: Block | None = None  # the alternative where room is short


def beside(content: Content) -> Layout | None:
    """Lay out a frame with the text on the left, the panels on the right; None if it does not fit."""
    wide, high = content.size
    em = content.em
    margin = round(1.25 * em)
    losses = table(content, round(0.4 * wide))
    column = max(round(0.27 * wide), losses.width if losses else 0, 9 * em)
    room = Box(margin + column + round(0.9 * em), round(0.5 * em), wide - round(0.55 * em), high - round(0.3 * em))
    ends = round(0.9 * em), high - round(0.9 * em)
    for shown in (losses, None) if losses else (None,):
        plan = arrange(content, room, [NONE] if shown else [INLINE, UNDER, NONE])
        if plan is None:
            return None
        if shown or not losses:
            # The column takes the width that the panels leave free, so that long titles wrap later.
            free = min(place.box.left for place in plan.pictures) - room.left - round(3.4 * content.tick)
            column += max(0, min(free, round(0.1 * wide)))
        if _stack(plan, _blocks(content, column, margin, shown), *ends):
            return plan
    return None


def _stack(plan: Layout, blocks: list[Block], top: int, bottom: int) -> bool:
    """Place blocks from top to bottom, the last at the bottom; False if they, or the loss table, do not fit."""
    placed, removed = list(blocks), []
    least = round(0.45 * plan.em)

    def over() -> int:
        return sum(b.height for b in placed) + least * (len(placed) - 1) - (bottom - top)

    while over() > 0:
        weakest = min((b for b in placed if b.priority < ALWAYS or b.smaller), key=lambda b: b.priority, default=None)
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
    for block in blocks:
        at = bottom - block.height if block.priority == SIGNS else y
        block.place(plan, at)
        y += block.height + gap


def _blocks(content: Content, column: int, x: int, losses: Table | None) -> list[Block]:
    blocks = [_title_block(content, column, x)]
    if content.legend:
        blocks.append(_runs_block(content, column, x))
    if content.moves:
        blocks.append(_counter_block(content, x))
    if losses:
        blocks.append(Block(losses.height, TABLE, partial(losses.place, x, column)))
    shown = markers(content)
    lines = flow(content, shown, column)
    height = round(1.35 * content.tick) * len(lines)
    what = f"the legend of the markers ({', '.join(text for _, text in shown)})"

    def place(plan: Layout, top: int) -> None:
        place_markers(plan, content, lines, column, x, top)

    return [*blocks, Block(height, SIGNS, place, what if lines else "")]


def _title_block(content: Content, column: int, x: int, most: int = 5, subtitle: bool = True) -> Block:
    """Title and settings; the smaller alternatives have no settings, then fewer lines of title."""
    em, small, text = content.em, medium(content), shared_settings(content)
    size, lines = headline(content, column, 2, most)
    settings = content.wrapped(text, small, column, most=2) if text and subtitle else []
    shown = [content.fitted(line, small, column) for line in settings]

    def place(plan: Layout, top: int) -> None:
        y = top
        for line in lines:
            plan.words.append(Label(line, x, y + size, size, bold=True))
            y += round(1.2 * size)
        for line in shown:
            plan.words.append(Label(line, x, y + round(1.3 * small), small, muted=True))
            y += round(1.4 * small)
        cut_title(plan, content, lines)
        plan.cut("the settings", text, text if shown == settings and subtitle else "")

    height = round(1.2 * size) * len(lines) + round(1.4 * small) * len(settings) + round(0.2 * em)
    smaller = None
    if settings or len(lines) > 1:
        fewer = most if settings else min(most, len(lines)) - 1
        smaller = _title_block(content, column, x, fewer, subtitle=False)
    return Block(height, ALWAYS, place, "", smaller)


def _runs_block(content: Content, column: int, x: int) -> Block:
    """The legend with settings; the smaller alternatives have no settings, then small text in up to three columns."""
    legend = content.legend
    same = len({entry.settings for entry in legend}) == 1
    compact = None
    for columns in (3, 2, 1):
        compact = _entries_block(content, column, x, columns, same, compact)
    plain = _labels_block(content, column, x, same, settings=False, smaller=compact)
    return plain if same else _labels_block(content, column, x, same, settings=True, smaller=plain)


def _labels_block(content: Content, column: int, x: int, same: bool, settings: bool, smaller: Block | None) -> Block:
    """The legend with one entry a line in large text, the settings below it in small text."""
    em, small, legend = content.em, content.tick, content.legend
    room = column - round(1.2 * em)
    texts = cut_apart([entry.text for entry in legend], em, room, content)
    lines = cut_settings([entry.settings for entry in legend], small, room, content)
    pitch = round(1.3 * em) + (round(1.25 * small) if settings else 0)

    def place(plan: Layout, top: int) -> None:
        for i, (entry, text, line) in enumerate(zip(legend, texts, lines, strict=True)):
            y = top + i * pitch
            if entry.sign is not None:
                plan.marks.append(LegendMarker(entry.sign, x + round(0.4 * em), y + round(0.68 * em)))
            plan.words.append(Label(plan.cut("the label", entry.text, text), x + round(1.2 * em), y + em, em))
            if settings:
                plan.cut(f"the settings of {entry.text}:", entry.settings, line)
                plan.words.append(Label(line, x + round(1.2 * em), y + em + round(1.25 * small), small, muted=True))
        if not settings and not same:
            plan.lost.append(UNSET)

    return Block(pitch * len(legend), RUNS, place, "the legend of the runs", smaller)


def _entries_block(content: Content, column: int, x: int, columns: int, same: bool, smaller: Block | None) -> Block:
    """The legend in small text, in columns."""
    small, legend = content.tick, content.legend
    rows, wide, pitch = -(-len(legend) // columns), column // columns, round(1.45 * small)
    texts = cut_apart([entry.text for entry in legend], small, wide - round(1.6 * small), content)

    def place(plan: Layout, top: int) -> None:
        for i, (entry, text) in enumerate(zip(legend, texts, strict=True)):
            left, y = x + i // rows * wide, top + i % rows * pitch
            if entry.sign is not None:
                size = round(1.25 * small)  # larger than the text, so that the marker is legible
                plan.marks.append(LegendMarker(entry.sign, left + round(0.5 * small), y + round(0.68 * small), size))
            plan.cut("the label", entry.text, text)
            plan.words.append(Label(text, left + round(1.3 * small), y + small, small))
        if not same:
            plan.lost.append(UNSET)

    return Block(pitch * rows, RUNS, place, "the legend of the runs", smaller)


def _counter_block(content: Content, x: int) -> Block:
    size, small = round(2.7 * content.em), medium(content)
    cells = len(str(content.scene.epochs))

    def place(plan: Layout, top: int) -> None:
        plan.counter = DigitField(x, top + round(0.78 * size), size, cells, bold=True, face=content.face)
        caption = f"epoch of {content.scene.epochs}"
        plan.words.append(Label(caption, x, top + round(0.78 * size) + round(1.45 * small), small, muted=True))

    return Block(round(0.78 * size) + round(1.75 * small), ALWAYS, place)
