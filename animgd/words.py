"""The words of a film: in a column beside the panels, or in lines above them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from animgd.frames import Box
from animgd.furniture import INLINE, NONE, UNDER, furnished
from animgd.layout import Cells, Content, Layout, Mark, Word, pitch
from animgd.lettering import clean, fitted, width, wrapped
from animgd.numeral import Notation, settings
from animgd.plots import plotted, splits
from animgd.scene import Run


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
    table = _table(content, round(0.4 * wide))
    column = max(round(0.27 * wide), table.width if table else 0, 9 * em)
    room = Box(margin + column + round(0.9 * em), round(0.5 * em), wide - round(0.55 * em), high - round(0.3 * em))
    plan = _pictures(content, room, [NONE] if table else [INLINE, UNDER, NONE])
    if plan is None:
        return None
    # What the pictures leave over belongs to the words: long titles break later.
    free = min(place.box.left for place in plan.pictures) - room.left - round(3.4 * content.tick)
    column += max(0, min(free, round(0.1 * wide)))
    ends = round(0.9 * em), high - round(0.9 * em)
    if _stack(plan, _blocks(content, column, margin, table), *ends):
        return plan
    plan = _pictures(content, room, [INLINE, UNDER, NONE])
    if plan is not None:
        _stack(plan, _blocks(content, column, margin, None), *ends)
    return plan


def _pictures(content: Content, room: Box, values: list[str]) -> Layout | None:
    """The grid, the companions, or both, as large as the room allows."""
    if not content.scene.companions:
        return furnished(content, room, values)
    best: Layout | None = None
    for grid, rooms in splits(content, room):
        plan = furnished(content, grid, values) if content.scene.heatmaps else content.blank()
        if plan is not None and plotted(plan, content, rooms) and (best is None or plan.worth > best.worth):
            best = plan
    return best


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


LEGEND, CAPTION, TABLE, SETTINGS, ALWAYS = range(5)


def _blocks(content: Content, column: int, x: int, table: Table | None) -> list[Block]:
    blocks = [_title_block(content, column, x)]
    if content.moves:
        blocks.append(_counter_block(content, x))
    if content.runs > 1:
        blocks.insert(1, _runs_block(content, column, x))
    if table:
        blocks.append(Block(table.height, TABLE, partial(table.place, x, column)))
    signs = _signs(content)
    lines = _flowed(content, signs, column)
    height = round(1.35 * content.tick) * len(lines)
    blocks.append(Block(height, LEGEND, lambda plan, top: _place_signs(plan, lines, x, top)))
    return blocks


def _title_block(content: Content, column: int, x: int) -> Block:
    em = content.em
    size, lines = _headline(content, column, 2)
    told = wrapped(_common(content), _middle(content), column) if _common(content) else []
    told = [fitted(line, _middle(content), column) for line in told[:3]]

    def place(plan: Layout, top: int) -> None:
        y = top
        for line in lines:
            plan.words.append(Word(line, x, y + size, size, bold=True))
            y += round(1.2 * size)
        for line in told:
            plan.words.append(Word(line, x, y + round(1.3 * _middle(content)), _middle(content), muted=True))
            y += round(1.4 * _middle(content))

    height = round(1.2 * size) * len(lines) + round(1.4 * _middle(content)) * len(told) + round(0.2 * em)
    return Block(height, ALWAYS, place)


def _headline(content: Content, room: int, wanted: int) -> tuple[int, list[str]]:
    """The title in the largest letters in which it takes at most as many lines as wanted, or else three."""
    title = clean(content.scene.title or "")
    factors = (1.45, 1.3, 1.15, 1.0)
    for factor, most in [(f, wanted) for f in factors] + [(1.15, 2), (1.0, 2), (1.0, 3)]:
        size = round(factor * content.em)
        lines = wrapped(title, size, room, bold=True) if title else []
        if len(lines) <= most and all(width(line, size, True) <= room for line in lines):
            return size, lines
    lines = [*lines[:2], " ".join(lines[2:])] if len(lines) > 2 else lines
    return size, [fitted(line, size, room, True) for line in lines]


def _middle(content: Content) -> int:
    """Letters between the large and the small."""
    return round(0.62 * content.em + 0.38 * content.tick)


def _common(content: Content) -> str:
    """The settings that every run of every panel shares; "" where runs differ and the legend says how."""
    every = [settings(run.optimizer) for panel in content.panels for run in panel.runs]
    if len(set(every)) == 1:
        return every[0]
    if content.runs > 1:
        return ""
    if not every:
        return ""
    first, *others = [text.split("   ") for text in every]
    return "   ".join(part for part in first if all(part in other for other in others))


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
    size, small = round(2.7 * content.em), _middle(content)
    cells = len(str(content.scene.epochs))

    def place(plan: Layout, top: int) -> None:
        plan.counter = Cells(x, top + round(0.78 * size), size, cells, bold=True)
        said = f"epoch of {content.scene.epochs}"
        plan.words.append(Word(said, x, top + round(0.78 * size) + round(1.45 * small), small, muted=True))

    return Block(round(0.78 * size) + round(1.75 * small), ALWAYS, place)


@dataclass(frozen=True)
class Table:
    """The losses, a row a panel and a column a run. Units: pixels."""

    content: Content
    notations: list[list[Notation]]
    names: list[str]
    width: int
    columns: list[int]  # the widest of each run

    @property
    def row(self) -> int:
        """The height of a row."""
        return round(1.4 * self.content.em)

    @property
    def height(self) -> int:
        """All rows and the caption."""
        caption = round(1.5 * _middle(self.content))
        return self.row * len(self.names) + caption

    def place(self, x: int, column: int, plan: Layout, top: int) -> None:
        """Put the table into a plan."""
        content, em = self.content, self.content.em
        small, step = _middle(content), pitch(em)
        right = x + self.width
        ends = [right - sum(self.columns[r + 1 :]) for r in range(len(self.columns))]
        plan.words.append(Word("loss", x, top + small, small, muted=True))
        if content.runs > 1:
            for run, end in enumerate(ends):
                plan.marks.append(Mark(run, end - round(0.4 * em), top + round(0.62 * small)))
        places = []
        for i, (name, row) in enumerate(zip(self.names, self.notations, strict=True)):
            y = top + round(1.5 * small) + i * self.row + round(1.02 * em)
            plan.words.append(Word(name, x, y, em))
            cells = [Cells(ends[r] - n.cells * step, y, em, n.cells) for r, n in enumerate(row)]
            places.append(tuple(zip(cells, row, strict=True)))
        plan.values = tuple(places)


def _table(content: Content, most: int) -> Table | None:
    """The table with as many decimals as there is room for, None where there is none for two."""
    em, step = content.em, pitch(content.em)
    if not any(content.notations(4)):
        return None
    names = [title.removesuffix("Loss") or title for title in content.titles]
    name = max(width(text, em) for text in names)
    for decimals in (4, 3, 2) if content.runs == 1 else (3, 2):
        notations = content.notations(decimals)
        columns = [
            max(row[r].cells for row in notations if r < len(row)) * step + round(0.7 * em) for r in range(content.runs)
        ]
        total = round(name) + sum(columns) + round(0.3 * em)
        if total <= most:
            return Table(content, notations, names, max(total, 9 * em if content.runs == 1 else total), columns)
    return None


def _signs(content: Content) -> list[tuple[str, str]]:
    signs = [("start", "start")] if any(panel.runs for panel in content.panels) else []
    if any(panel.minimum for panel in content.recording.panels):
        signs.append(("minimum", "minimum"))
    if any(place for panel in content.recording.panels for place in panel.decayed):
        signs.append(("decayed", "minimum of loss + decay"))
    if not content.scene.heatmaps:
        return []
    if isinstance(content.scene.ghost, Run):
        signs.append(("ghost", clean(content.scene.ghost.label)))
    if content.scene.anatomy:
        signs += [("momentum", "momentum"), ("gradient", "gradient"), ("step", "step")]
    return signs


def _flowed(content: Content, signs: list[tuple[str, str]], room: int) -> list[list[tuple[str, str]]]:
    lines: list[list[tuple[str, str]]] = []
    left = 0.0
    for sign in signs:
        need = width(sign[1], content.tick) + 2.6 * content.tick
        if not lines or need > left:
            lines.append([])
            left = room
        lines[-1].append(sign)
        left -= need
    return lines


def _place_signs(plan: Layout, lines: list[list[tuple[str, str]]], x: int, top: int) -> None:
    tick = plan.tick
    for i, line in enumerate(lines):
        at, y = x, top + i * round(1.35 * tick) + tick
        for sign, text in line:
            plan.marks.append(Mark(sign, at + round(0.45 * tick), y - round(0.36 * tick)))
            plan.words.append(Word(text, at + round(1.25 * tick), y, tick, muted=True))
            at += round(width(text, tick) + 2.6 * tick)


def above(content: Content) -> Layout | None:
    """Words in lines over the panels."""
    plans = [plan for values in (INLINE, UNDER, NONE) if (plan := _above(content, values))]
    return max(plans, key=lambda plan: plan.worth, default=None)


def _above(content: Content, values: str) -> Layout | None:
    wide, high = content.size
    em, tick, small = content.em, content.tick, _middle(content)
    margin = round(0.9 * em)
    digits = len(str(content.scene.epochs))
    count = round(1.45 * em)
    of = f" / {content.scene.epochs}"
    clock = digits * pitch(count, True) + round(width(of, small))
    size, lines = _headline(content, max(em, wide - 2 * margin - clock - em), 1)
    told = _lines_above(content, wide - 2 * margin)
    header = round(0.5 * em) + max(round(1.2 * size) * len(lines), count) + round(1.45 * small) * len(told)
    signs = _flowed(content, _signs(content), wide - 2 * margin)
    foot = round(1.35 * tick) * len(signs) + round(0.4 * tick)
    room = Box(round(0.4 * em), header, wide - round(0.4 * em), high - foot)
    plan = _pictures(content, room, [values])
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
    _place_signs(plan, signs, left, high - foot)
    return plan


def _needed(
    content: Content, size: int, lines: list[str], told: list[list[tuple[int | None, str]]], clock: int
) -> float:
    em, small = content.em, _middle(content)
    title = max((width(line, size, True) for line in lines), default=0) + clock + em
    runs = [sum(width(text, small) + (0 if run is None else em) + 0.9 * em for run, text in parts) for parts in told]
    return max([title, *runs])


def _lines_above(content: Content, room: int) -> list[list[tuple[int | None, str]]]:
    """The settings, or the legend of several runs, in lines."""
    small, em = _middle(content), content.em
    if content.runs == 1:
        text = _common(content)
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
    common = _common(content)
    return [[(None, fitted(common, small, room))], *lines] if common else lines
