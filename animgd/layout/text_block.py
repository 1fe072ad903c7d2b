"""The texts of a frame that both layouts share: title, settings, legend of the markers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import Any, TypeVar

from animgd.frame import Box
from animgd.graphics.numbers import BOUND, Notation, notation, under
from animgd.graphics.text import Label, clean
from animgd.layout.axes import place_grid
from animgd.layout.companions import plotted, splits
from animgd.layout.elements import DigitField, Layout, LegendMarker, Rate, pitch
from animgd.layout.grid import CENTRED, Spare
from animgd.layout.measure import RULED, Content
from animgd.recording.model import PanelRecording, Recording, Trajectory
from animgd.scene.scene import Run, Scene

MARKERS, SETTINGS, TABLE, RUNS, ALWAYS = range(5)  # priorities: the lowest is dropped first where room is short
FACTORS = (1.73, 1.5, 1.27)  # sizes of a title in ems, the largest first
ARROW, BETWEEN = 0.45, 1.35  # ems: half the width of an arrow in a key; from a name to the next sign
HALF = {"start": 0.34, "minimum": 0.61, "maximum": 0.64, "decayed": 0.47, "ghost": 0.6, "off_plane": 0.42}  # of others
DIGITS, MOST_RATES = 3, 4  # that count, of the greatest learning rate; rates beside the counter
Part = TypeVar("Part", bound=tuple[Any, ...])  # its first element is a marker
MarkerLines = list[list[tuple[str, str]]]  # (marker, the text beside it)


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
    aside: bool = False  # whether no other layout is chosen for it


def arrange(content: Content, room: Box, values: list[str], spare: Spare = CENTRED) -> Layout | None:
    """Lay out the grid, the companions, or both, as large as the room allows."""
    if not content.scene.companions:
        return place_grid(content, room, values, spare)
    best: Layout | None = None
    for grid, shares in splits(content, room):
        start = place_grid(content, grid, values, spare) if content.scene.heatmaps else content.blank()
        for rooms in shares if start else ():
            plan = start.copied() if start else content.blank()
            if plotted(plan, content, rooms) and (best is None or plan.worth > best.worth):
                best = plan
    return best


def headline(content: Content, room: int, wanted: int, most: int = 5) -> tuple[int, list[str]]:
    """Size and lines of the title: the largest size at which it needs at most `wanted` lines, or else `most`."""
    title = clean(content.scene.title or "")
    tries = [(f, wanted) for f in FACTORS] + [(FACTORS[-1], 2), (FACTORS[-1], 3)] + [(FACTORS[-1], 5)] * (wanted > 1)
    tries = [(factor, count) for factor, count in tries if count <= most] or [(FACTORS[-1], most)]
    for factor, count in tries:
        size = round(factor * content.em)
        for text in dict.fromkeys((title.replace(" = ", f"{BOUND}={BOUND}"), title)):
            lines = content.wrapped(text, size, room, True, count) if text else []
            if len(lines) <= count and all(content.fits(line, size, room, True) for line in lines):
                return size, even_lines(content, text, size, room, len(lines), bold=True)
    lines = content.wrapped(title, size, room, True, count - 1)
    return size, [content.fitted(line, size, room, True) for line in lines]


def even_lines(content: Content, text: str, size: int, room: int, count: int, bold: bool = False) -> list[str]:
    """A text in as many lines, in the narrowest room that holds it, so that no word is left over on a line."""
    low, high = 0, room
    while count > 1 and high - low > 1:
        middle = (low + high) // 2
        lines = content.wrapped(text, size, middle, bold, count)
        enough = len(lines) <= count and all(content.fits(line, size, middle, bold) for line in lines)
        low, high = (low, middle) if enough else (middle, high)
    return content.wrapped(text, size, high, bold, count) if text else []


def place_title(plan: Layout, content: Content, size: int, lines: list[str], x: int, y: int) -> int:
    """Add the title to a layout, from a top edge down; its lower edge."""
    for line in lines:
        plan.words.append(Label(line, x, y + size, size, bold=True))
        y += round(1.2 * size)
    if any(line.endswith("…") for line in lines):
        plan.cut("the title", clean(content.scene.title or ""), " ".join(lines))
    return y


def key_of_signs(content: Content) -> list[tuple[str, str]]:
    """The signs on the maps with their names, but for those that are named there."""
    named = names_on_map(content)
    marks = names_of_marks(content) if content.scene.heatmaps else []
    return [*(mark for mark in marks if mark not in named), *content.parts.legend]


def signs_beside_rule(content: Content) -> list[tuple[str, str]]:
    """The signs that an update rule, which names its arrows, does not explain."""
    terms = [name for name, _ in content.parts.rule.terms] if content.parts.rule else []
    return [sign for sign in key_of_signs(content) if sign[0] not in terms]


def replaces_rule(content: Content, plan: Layout) -> bool:
    """Whether small maps are explained in the place of the update rule, so that no vector names its arrow."""
    named = replace(plan, names=tuple(names_on_map(content)))
    return content.parts.leaves and content.parts.small_maps(named) > 0


def key_lines(content: Content, signs: Sequence[tuple[str, str]], room: int) -> MarkerLines:
    """Signs with their names, in lines that fit the room."""
    tick = content.tick

    def wide(part: tuple[str, str]) -> float:
        return _indent(part[0], tick) + content.reach(part[1], tick, room) + BETWEEN * tick

    return balanced(signs, wide, room + round((BETWEEN - 0.3) * tick))  # the first ones may be set further in


def key_width(content: Content, line: list[tuple[str, str]]) -> int:
    """The width of a line of signs with their names. Units: pixels."""
    tick = content.tick
    wide = sum(_indent(marker, tick) + content.width(text, tick) for marker, text in line)
    return ceil(wide + BETWEEN * tick * (len(line) - 1))


def _indent(marker: str, tick: int) -> float:
    """From the left edge of a sign to its name."""
    return (2 * HALF.get(marker, ARROW) + 0.5) * tick


def key_block(
    content: Content, signs: Sequence[tuple[str, str]], room: int, x: int, lacks: Sequence[tuple[str, str]] = ()
) -> Block:
    """The key of the signs; the smaller alternative lacks those that are not of arrows."""
    lines, arrows = key_lines(content, signs, room), [sign for sign in signs if sign in content.parts.legend]

    def place(plan: Layout, top: int) -> None:
        place_markers(content, lines, room, x, plan, top)
        plan.asides += [_missing(lacks)] if lacks else []

    others = [sign for sign in signs if sign not in arrows]
    smaller = key_block(content, arrows, room, x, others) if arrows and others else None
    height, what = round(1.35 * content.tick) * len(lines), _missing([*lacks, *signs])
    return Block(height, MARKERS, place, what, smaller, aside=bool(arrows))


def _missing(signs: Sequence[tuple[str, str]]) -> str:
    return f"the legend of the markers ({', '.join(text for _, text in signs)})"


def names_of_marks(content: Content) -> list[tuple[str, str]]:
    """The marks on the maps with their names."""
    found = [("start", "start")] if content.moves else []
    panels = content.recording.panels
    for marker, name in (("minimum", _lowest(panels)), ("maximum", _highest(panels)), ("decayed", _balanced(panels))):
        if name:
            found.append((marker, name))
    if isinstance(content.scene.ghost, Run):
        label = clean(content.scene.ghost.label)
        found.append(("ghost", label if "ghost" in label.casefold() else f"ghost: {label}"))
    return found


def names_on_map(content: Content) -> list[tuple[str, str]]:
    """The marks that have their name on the map: all in large frames, unless runs without names have many starts."""
    many = not content.legend and any(len(panel.runs) > 1 for panel in content.panels)
    if min(content.size) < RULED or not content.scene.heatmaps or many:
        return []
    return [mark for mark in names_of_marks(content) if mark[0] != "ghost"]


def _lowest(panels: tuple[PanelRecording, ...]) -> str:
    """The label of the minima: "minimum" only if it is proven to be the global one."""
    visible = [panel.minima for panel in panels if any(map(panel.shows, panel.minima))]
    of = " of the loss" if any(panel.landscape.decay for panel in panels) else ""
    if not all(point.proven for points in visible for point in points):
        return f"lowest found{of}"
    return ("minima" if any(len(points) > 1 for points in visible) else "minimum") + of if visible else ""


def _highest(panels: tuple[PanelRecording, ...]) -> str:
    return "highest found" if any(panel.shows(point) for panel in panels for point in panel.maxima) else ""


def _balanced(panels: tuple[PanelRecording, ...]) -> str:
    visible = [point for panel in panels for point in panel.decayed if point and panel.shows(point)]
    proven = all(point.proven for point in visible)
    return ("minimum of loss + decay" if proven else "where loss and decay balance") if visible else ""


def flow(parts: Iterable[Part], width: Callable[[Part], float], room: int) -> list[list[Part]]:
    """Break parts into lines that fit the room; one without a marker is a heading, which starts a line."""
    lines: list[list[Part]] = []
    left = 0.0
    for part in parts:
        need = width(part)
        if not lines or need > left or part[0] is None:
            lines.append([])
            left = room
        lines[-1].append(part)
        left -= need
    return lines


def balanced(parts: Sequence[Part], width: Callable[[Part], float], room: int) -> list[list[Part]]:
    """The same in as many lines, in the narrowest room, so that no part is left over on a line of its own."""
    most = len(flow(parts, width, room))
    low, high = 0, room
    while most > 1 and high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if len(flow(parts, width, middle)) <= most else (middle, high)
    return flow(parts, width, high)


def place_markers(content: Content, lines: MarkerLines, room: int, x: int, plan: Layout, top: int) -> None:
    """Add lines of markers to a layout, from a top edge down; the first names of all lines begin at one place."""
    tick = plan.tick
    first = max((HALF.get(line[0][0], ARROW) for line in lines), default=0.0)
    for i, line in enumerate(lines):
        left, y = x + (first - HALF.get(line[0][0], ARROW)) * tick, top + i * round(1.35 * tick) + tick
        for marker, text in line:
            middle, indent = left + HALF.get(marker, ARROW) * tick, _indent(marker, tick)
            plan.marks.append(LegendMarker(marker, round(middle), y - round(0.36 * tick)))
            shown = plan.cut("the label", text, content.fitted(text, tick, room - indent))
            plan.words.append(Label(shown, round(left + indent), y, tick, muted=True))
            left += indent + content.width(shown, tick) + BETWEEN * tick


def place_in_gap(plan: Layout, content: Content, name: str, forms: Iterable[str]) -> bool:
    """Say something about a loss in the largest gap between blocks, in the first form that has room; False if none."""
    if not plan.spans or plan.progress is None:
        return False
    left, right, tick = plan.progress.left, plan.progress.right, content.tick
    ends = [*plan.spans, (content.size[1] - round(40 * plan.unit),) * 2] if not plan.plots else plan.spans
    gaps = [(top - bottom, bottom) for (_, bottom), (top, _) in pairwise(sorted(ends))]
    high, start = max(gaps, default=(0, 0))
    line = round(1.35 * tick)
    for form in forms:
        room = right - left
        lines = content.wrapped(f"{name}: {form}", tick, room)
        while len(shorter := content.wrapped(" ".join(lines), tick, room - tick)) == len(lines) > 1:
            lines, room = shorter, room - tick
        fit = all(content.fits(each, tick, right - left) for each in lines)
        if fit and (len(lines) + 1) * line <= high:
            top = start + (high - len(lines) * line) // 2
            plan.words += [Label(each, left, top + i * line + tick, tick, muted=True) for i, each in enumerate(lines)]
            return True
    return False


def rate_notation(path: Trajectory) -> Notation:
    """How the learning rates of a run are written."""
    assert path.lr is not None
    most = float(path.lr.max())
    decimals = next((n for n in range(1, 6) if most * 10**n >= 10 ** (DIGITS - 1)), 6)
    shown = path.lr[(path.lr >= 0.5 * 10**-decimals) | (path.lr == 0)]
    return notation(shown.tolist(), decimals, len(under(decimals)) * (len(shown) < len(path.lr)))


def rate_width(content: Content, size: int) -> int:
    """The width of the learning rates with their names, and signs if runs have different ones; 0 without any."""
    found = common_lrs(content.scene, content.recording)
    return sum(_rate_width(content, at, size) for at in found) + round(0.9 * size) * max(0, len(found) - 1)


def _rate_width(content: Content, at: tuple[int, int], size: int) -> int:
    cells = rate_notation(content.recording.panels[at[0]].runs[at[1]]).cells
    sign = 0 if content.recording.shares_lr else round(1.1 * size)
    return cells * pitch(size, face=content.face) + sign + round(content.width("lr ", size) + 0.3 * size)


def place_rates(plan: Layout, content: Content, right: int, y: int, size: int) -> None:
    """Add the learning rates to a layout, flush right; `y` is the baseline."""
    rates = []
    for at in reversed(common_lrs(content.scene, content.recording)):
        written = rate_notation(content.recording.panels[at[0]].runs[at[1]])
        left = right - written.cells * pitch(size, face=content.face)
        rates.append(Rate(*at, DigitField(left, y, size, written.cells, face=content.face), written))
        x = left - round(0.3 * size)
        plan.words.append(Label("lr", x, y, size, muted=True, align="right"))
        if not content.recording.shares_lr:
            x -= round(content.width("lr", size) + 0.7 * size)
            plan.marks.append(LegendMarker(content.markers[at[0]][at[1]], x, y - round(0.34 * size), size))
        right -= _rate_width(content, at, size) + round(0.9 * size)
    plan.rates = tuple(reversed(rates))


def common_lrs(scene: Scene, recording: Recording) -> tuple[tuple[int, int], ...]:
    """The runs whose learning rates stand beside the counter; () where panels say theirs, or none changes."""
    found = recording.changing_lrs
    if recording.shares_lr:
        return found
    named = any(run.label for panel in scene.grid for run in panel.runs)
    signs = [scene.grid[panel].runs[run].label if named else panel for panel, run in found]
    told_apart = (named or scene.companions) and len(set(signs)) == len(signs) <= MOST_RATES
    return found if told_apart else ()
