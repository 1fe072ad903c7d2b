"""The words of a film, wherever they stand: title, settings, signs and what they mean."""

from __future__ import annotations

from animgd.frame import Box
from animgd.graphics.numbers import settings
from animgd.graphics.text import Label, clean
from animgd.layout.axes import furnished
from animgd.layout.companions import plotted, splits
from animgd.layout.elements import Layout, LegendMarker
from animgd.layout.legend import shared
from animgd.layout.measure import Content
from animgd.recording.model import PanelRecording
from animgd.scene.scene import Run

SignLines = list[list[tuple[str, str]]]  # (sign, what it means)


def pictures(content: Content, room: Box, values: list[str]) -> Layout | None:
    """The grid, the companions, or both, as large as the room allows."""
    if not content.scene.companions:
        return furnished(content, room, values)
    best: Layout | None = None
    for grid, rooms in splits(content, room):
        plan = furnished(content, grid, values) if content.scene.heatmaps else content.blank()
        if plan is not None and plotted(plan, content, rooms) and (best is None or plan.worth > best.worth):
            best = plan
    return best


def headline(content: Content, room: int, wanted: int, most: int = 5) -> tuple[int, list[str]]:
    """The title in the largest letters in which it takes at most as many lines as wanted, or else `most`."""
    title = clean(content.scene.title or "")
    factors = (1.45, 1.3, 1.15, 1.0)
    tries = [(f, wanted) for f in factors] + [(1.15, 2), (1.0, 2), (1.0, 3)] + [(1.0, 5)] * (wanted > 1)
    tries = [(factor, count) for factor, count in tries if count <= most] or [(1.0, most)]
    for factor, count in tries:
        size = round(factor * content.em)
        lines = content.wrapped(title, size, room, True, count) if title else []
        if len(lines) <= count and all(content.fits(line, size, room, True) for line in lines):
            return size, lines
    lines = content.wrapped(title, size, room, True, count - 1)
    return size, [content.fitted(line, size, room, True) for line in lines]


def cut_title(plan: Layout, content: Content, lines: list[str]) -> None:
    """Remember that not all of the title is shown."""
    if any(line.endswith("…") for line in lines):
        title = clean(content.scene.title or "")
        plan.cut("the title", title, " ".join(lines))


def middle(content: Content) -> int:
    """Letters between the large and the small."""
    return round(0.62 * content.em + 0.38 * content.tick)


def common(content: Content) -> str:
    """The settings that every run of every panel shares; "" where runs differ and the legend says how."""
    every = [settings(run.optimizer) for panel in content.panels for run in panel.runs]
    if not every or (len(set(every)) > 1 and content.named):
        return ""
    return shared(every)


def signs(content: Content) -> list[tuple[str, str]]:
    """The signs that a film uses, with what they mean."""
    signs = [("start", "start")] if any(panel.runs for panel in content.panels) else []
    panels = content.recording.panels
    for sign, name in (("minimum", _lowest(panels)), ("maximum", _highest(panels)), ("decayed", _resting(panels))):
        if name:
            signs.append((sign, name))
    if not content.scene.heatmaps:
        return []
    if isinstance(content.scene.ghost, Run):
        signs.append(("ghost", clean(content.scene.ghost.label)))
    return [*signs, *content.parts.legend]


def _lowest(panels: tuple[PanelRecording, ...]) -> str:
    """What the crosses are: "the" minimum only where it is known that no other place is as low."""
    seen = [panel.minima for panel in panels if any(map(panel.shows, panel.minima))]
    if not all(place.proven for places in seen for place in places):
        return "lowest found"
    return "minima" if any(len(places) > 1 for places in seen) else "minimum" if seen else ""


def _highest(panels: tuple[PanelRecording, ...]) -> str:
    return "highest found" if any(panel.shows(place) for panel in panels for place in panel.maxima) else ""


def _resting(panels: tuple[PanelRecording, ...]) -> str:
    seen = [place for panel in panels for place in panel.decayed if place and panel.shows(place)]
    proven = all(place.proven for place in seen)
    return ("minimum of loss + decay" if proven else "where loss and decay balance") if seen else ""


def flowed(content: Content, signs: list[tuple[str, str]], room: int) -> SignLines:
    """The signs in lines that fit the room."""
    lines: SignLines = []
    left = 0.0
    for sign in signs:
        need = content.reach(sign[1], content.tick, room) + 2.6 * content.tick
        if not lines or need > left:
            lines.append([])
            left = room
        lines[-1].append(sign)
        left -= need
    return lines


def place_signs(plan: Layout, content: Content, lines: SignLines, room: int, x: int, top: int) -> None:
    """Put lines of signs into a plan, from a top edge down."""
    tick = plan.tick
    for i, line in enumerate(lines):
        at, y = x, top + i * round(1.35 * tick) + tick
        for sign, text in line:
            plan.marks.append(LegendMarker(sign, at + round(0.45 * tick), y - round(0.36 * tick)))
            shown = plan.cut("the label", text, content.fitted(text, tick, room - 1.25 * tick))
            plan.words.append(Label(shown, at + round(1.25 * tick), y, tick, muted=True))
            at += round(content.width(shown, tick) + 2.6 * tick)
