"""The texts of a frame that both layouts share: title, settings, legend of the markers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TypeVar

from animgd.frame import Box
from animgd.graphics.numbers import BOUND
from animgd.graphics.text import Label, clean
from animgd.layout.axes import place_grid
from animgd.layout.companions import plotted, splits
from animgd.layout.elements import Layout, LegendMarker
from animgd.layout.measure import Content
from animgd.recording.model import PanelRecording
from animgd.scene.scene import Run

SQUARE = "The small square is the window of the big map."
ON_MAP = ("start", "minimum", "maximum")  # marks that may have their name on the map
FACTORS = (1.73, 1.5, 1.27)  # sizes of a title in ems, the largest first
Marker = TypeVar("Marker", str, int | None)
MarkerLines = list[list[tuple[Marker, str]]]  # (marker, the text beside it)


def arrange(content: Content, room: Box, values: list[str]) -> Layout | None:
    """Lay out the grid, the companions, or both, as large as the room allows."""
    if not content.scene.companions:
        return place_grid(content, room, values)
    best: Layout | None = None
    for grid, rooms in splits(content, room):
        plan = place_grid(content, grid, values) if content.scene.heatmaps else content.blank()
        if plan is not None and plotted(plan, content, rooms) and (best is None or plan.worth > best.worth):
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
                return size, _even_lines(content, text, size, room, len(lines))
    lines = content.wrapped(title, size, room, True, count - 1)
    return size, [content.fitted(line, size, room, True) for line in lines]


def _even_lines(content: Content, title: str, size: int, room: int, count: int) -> list[str]:
    """The title in as many lines, in the narrowest room that holds it."""
    low, high = 0, room
    while count > 1 and high - low > 1:
        middle = (low + high) // 2
        lines = content.wrapped(title, size, middle, True, count)
        enough = len(lines) <= count and all(content.fits(line, size, middle, True) for line in lines)
        low, high = (low, middle) if enough else (middle, high)
    return content.wrapped(title, size, high, True, count) if title else []


def place_title(plan: Layout, content: Content, size: int, lines: list[str], x: int, y: int) -> int:
    """Add the title to a layout, from a top edge down; its lower edge."""
    for line in lines:
        plan.words.append(Label(line, x, y + size, size, bold=True))
        y += round(1.2 * size)
    if any(line.endswith("…") for line in lines):
        plan.cut("the title", clean(content.scene.title or ""), " ".join(lines))
    return y


def markers(content: Content, room: int) -> MarkerLines[str]:
    """The markers of the film with their labels, in lines that fit the room."""
    tick = content.tick
    return flow(_legend(content), lambda text: content.reach(text, tick, room) + 2.7 * tick, room)


def _legend(content: Content) -> list[tuple[str, str]]:
    return [*names_of_marks(content), *content.parts.legend] if content.scene.heatmaps else []


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
    """Those of the marks that may have their name on the map."""
    return [name for name in names_of_marks(content) if name[0] in ON_MAP]


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


def flow(parts: Iterable[tuple[Marker, str]], width: Callable[[str], float], room: int) -> MarkerLines[Marker]:
    """Break parts into lines that fit the room; one without a marker is a heading, which starts a line."""
    lines: MarkerLines[Marker] = []
    left = 0.0
    for marker, text in parts:
        need = width(text)
        if not lines or need > left or marker is None:
            lines.append([])
            left = room
        lines[-1].append((marker, text))
        left -= need
    return lines


def place_markers(content: Content, lines: MarkerLines[str], room: int, x: int, plan: Layout, top: int) -> None:
    """Add lines of markers to a layout, from a top edge down."""
    tick = plan.tick
    for i, line in enumerate(lines):
        left, y = x, top + i * round(1.35 * tick) + tick
        for marker, text in line:
            plan.marks.append(LegendMarker(marker, left + round(0.45 * tick), y - round(0.36 * tick)))
            shown = plan.cut("the label", text, content.fitted(text, tick, room - 1.35 * tick))
            plan.words.append(Label(shown, left + round(1.35 * tick), y, tick, muted=True))
            left += round(content.width(shown, tick) + 2.7 * tick)


def explain_small_maps(plan: Layout, content: Content, count: int, x: int, top: int) -> None:
    """Say what small maps show, in the place of the update rule."""
    unit = plan.unit
    size = round(18 * unit)
    title, verb = ("The small maps", "show") if count > 1 else ("The small map", "shows")
    plan.words.append(Label(title, x, top + round(26 * unit), size, bold=True))
    text = f"{verb} the same landscape from further away, as far as the path has gone. {SQUARE}"
    for i, line in enumerate(content.wrapped(text, size, round(414 * unit))):
        plan.words.append(Label(line, x, top + round((56 + 27 * i) * unit), size, muted=True))


def place_in_gap(plan: Layout, content: Content, panel: int, forms: Iterable[str]) -> bool:
    """Say something about a panel in the largest gap between blocks, in the first form that has room; False if none."""
    if not plan.spans or plan.progress is None:
        return False
    left, right, tick = plan.progress.left, plan.progress.right, content.tick
    ends = [*plan.spans, (content.size[1] - round(40 * plan.unit),) * 2] if not plan.plots else plan.spans
    gaps = [(top - bottom, bottom) for (_, bottom), (top, _) in pairwise(sorted(ends))]
    high, start = max(gaps, default=(0, 0))
    line = round(1.35 * tick)
    for form in forms:
        room = right - left
        lines = content.wrapped(f"{content.titles[panel]}: {form}", tick, room)
        while len(shorter := content.wrapped(" ".join(lines), tick, room - tick)) == len(lines) > 1:
            lines, room = shorter, room - tick
        fit = all(content.fits(each, tick, right - left) for each in lines)
        if fit and (len(lines) + 1) * line <= high:
            top = start + (high - len(lines) * line) // 2
            plan.words += [Label(each, left, top + i * line + tick, tick, muted=True) for i, each in enumerate(lines)]
            return True
    return False


def place_brackets(plan: Layout, box: Box, color: str, unit: float) -> None:
    """Add square brackets to a layout."""
    thin, long = max(1, round(1.6 * unit)), round(6 * unit)
    for left, right in ((box.left, box.left + long), (box.right - long, box.right)):
        plan.strokes += [(Box(left, y, right, y + thin), color) for y in (box.top, box.bottom - thin)]
    plan.strokes += [(Box(x, box.top, x + thin, box.bottom), color) for x in (box.left, box.right - thin)]
