"""Words in a column beside the pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from animgd.frames import Box
from animgd.layout.content import Content
from animgd.layout.furniture import INLINE, NONE, UNDER
from animgd.layout.plan import Cells, Layout, Mark, Word
from animgd.layout.table import Table, table
from animgd.layout.words import common, flowed, headline, middle, pictures, place_signs, signs
from animgd.lettering import clean, fitted, wrapped
from animgd.numeral import settings

LEGEND, CAPTION, TABLE, SETTINGS, ALWAYS = range(5)  # what gives way first, where room is short


@dataclass(frozen=True)
class Block:
    """Some lines of the column. Units: pixels; the less `needed`, the sooner it gives way."""

    height: int
    needed: int
    place: Callable[[Layout, int], None]  # (plan, top)


def beside(content: Content) -> Layout | None:
    """Words in a column on the left, panels on the right."""
    wide, high = content.size
    em = content.em
    margin = round(1.25 * em)
    losses = table(content, round(0.4 * wide))
    column = max(round(0.27 * wide), losses.width if losses else 0, 9 * em)
    room = Box(margin + column + round(0.9 * em), round(0.5 * em), wide - round(0.55 * em), high - round(0.3 * em))
    plan = pictures(content, room, [NONE] if losses else [INLINE, UNDER, NONE])
    if plan is None:
        return None
    # What the pictures leave over belongs to the words: long titles break later.
    free = min(place.box.left for place in plan.pictures) - room.left - round(3.4 * content.tick)
    column += max(0, min(free, round(0.1 * wide)))
    ends = round(0.9 * em), high - round(0.9 * em)
    if _stack(plan, _blocks(content, column, margin, losses), *ends):
        return plan
    plan = pictures(content, room, [INLINE, UNDER, NONE])
    if plan is not None:
        _stack(plan, _blocks(content, column, margin, None), *ends)
    return plan


def _stack(plan: Layout, blocks: list[Block], top: int, bottom: int) -> bool:
    """Place blocks from top to bottom, the last at the bottom; False where the table had to give way."""
    kept = list(blocks)
    least = round(0.45 * plan.em)
    complete = True
    while len(kept) > 2 and sum(b.height for b in kept) + least * (len(kept) - 1) > bottom - top:
        weakest = min(kept, key=lambda b: b.needed)
        complete = complete and weakest.needed < TABLE
        kept.remove(weakest)
    free = bottom - top - sum(b.height for b in kept)
    gap = min(round(2.1 * plan.em), max(least, free // max(1, len(kept) - 1)))
    y = top
    for block in kept:
        at = bottom - block.height if block.needed == LEGEND else y
        block.place(plan, at)
        y += block.height + gap
    return complete


def _blocks(content: Content, column: int, x: int, losses: Table | None) -> list[Block]:
    blocks = [_title_block(content, column, x)]
    if content.moves:
        blocks.append(_counter_block(content, x))
    if content.runs > 1:
        blocks.insert(1, _runs_block(content, column, x))
    if losses:
        blocks.append(Block(losses.height, TABLE, partial(losses.place, x, column)))
    lines = flowed(content, signs(content), column)
    height = round(1.35 * content.tick) * len(lines)
    blocks.append(Block(height, LEGEND, lambda plan, top: place_signs(plan, lines, x, top)))
    return blocks


def _title_block(content: Content, column: int, x: int) -> Block:
    em = content.em
    size, lines = headline(content, column, 2)
    told = wrapped(common(content), middle(content), column) if common(content) else []
    told = [fitted(line, middle(content), column) for line in told[:3]]

    def place(plan: Layout, top: int) -> None:
        y = top
        for line in lines:
            plan.words.append(Word(line, x, y + size, size, bold=True))
            y += round(1.2 * size)
        for line in told:
            plan.words.append(Word(line, x, y + round(1.3 * middle(content)), middle(content), muted=True))
            y += round(1.4 * middle(content))

    height = round(1.2 * size) * len(lines) + round(1.4 * middle(content)) * len(told) + round(0.2 * em)
    return Block(height, ALWAYS, place)


def _runs_block(content: Content, column: int, x: int) -> Block:
    em, small = content.em, content.tick
    runs = max((panel.runs for panel in content.panels), key=len)
    told = [settings(run.optimizer) for run in runs]
    same = len(set(told)) == 1
    pitch_y = round(1.3 * em) + (0 if same else round(1.25 * small))

    def place(plan: Layout, top: int) -> None:
        for i, run in enumerate(runs):
            y = top + i * pitch_y
            plan.marks.append(Mark(i, x + round(0.4 * em), y + round(0.68 * em)))
            room = column - round(1.2 * em)
            plan.words.append(Word(fitted(clean(run.label), em, room), x + round(1.2 * em), y + em, em))
            if not same:
                line = fitted(told[i], small, room)
                plan.words.append(Word(line, x + round(1.2 * em), y + em + round(1.25 * small), small, muted=True))

    return Block(pitch_y * len(runs), SETTINGS, place)


def _counter_block(content: Content, x: int) -> Block:
    size, small = round(2.7 * content.em), middle(content)
    cells = len(str(content.scene.epochs))

    def place(plan: Layout, top: int) -> None:
        plan.counter = Cells(x, top + round(0.78 * size), size, cells, bold=True)
        said = f"epoch of {content.scene.epochs}"
        plan.words.append(Word(said, x, top + round(0.78 * size) + round(1.45 * small), small, muted=True))

    return Block(round(0.78 * size) + round(1.75 * small), ALWAYS, place)
