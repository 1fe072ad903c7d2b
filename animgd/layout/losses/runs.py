"""The runs with their settings, in lines."""

from __future__ import annotations

from dataclasses import replace

from animgd.frame import Box
from animgd.graphics.text import Label
from animgd.layout.elements import UNSET, Layout, LegendMarker
from animgd.layout.legend import cut_settings, filled
from animgd.layout.measure import RULED, Content
from animgd.layout.text_block import RUNS, SETTINGS, Block


def settings_block(content: Content, column: int, x: int, wide: int) -> Block | None:
    """The settings of runs that a table lists already; None if they do not differ.

    In small frames they stand behind the markers alone, so that no name is read twice.
    """
    legend, tick = filled(content), content.tick
    if len({entry.settings for entry in legend}) < 2:
        return None
    lines = cut_settings([entry.settings for entry in legend], tick, column - round(1.6 * tick), content)
    high = round(1.45 * tick)

    def place(plan: Layout, top: int) -> None:
        for i, (entry, line) in enumerate(zip(legend, lines, strict=True)):
            y = top + i * high
            mark = LegendMarker(entry.marker or 0, x + tick // 2, y + round(0.68 * tick), round(1.25 * tick))
            plan.marks.append(mark)
            plan.cut(f"the settings of {entry.text}:", entry.settings, line)
            plan.words.append(Label(line, x + round(1.3 * tick), y + tick, tick, muted=True))

    small = Block(high * len(legend), SETTINGS, place, UNSET)
    listed = listed_runs(content, column, x, wide, small)
    return replace(listed, priority=SETTINGS, what=UNSET) if listed else small


def listed_runs(content: Content, column: int, x: int, wide: int, smaller: Block | None = None) -> Block | None:
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
