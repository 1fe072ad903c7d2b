"""Where everything stands in a frame, planned from what it has to show and from its size."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from animgd.errors import UsageError
from animgd.layout.elements import CompanionBox, DigitField, Layout, LegendMarker, PanelBox, Series
from animgd.layout.header import above
from animgd.layout.measure import LEAST, Content, Parts, content
from animgd.layout.sidebar import beside, beside_companions
from animgd.layout.text_block import place_in_gap
from animgd.recording.model import Recording
from animgd.scene.scene import Scene
from animgd.scene.video import LONGEST_SIDE

WIDE = 1.4  # width / height of frames whose text usually stands beside the panels, from film to film
USUAL = 0.7  # of the worth of the layout with the text above, if that is enough for them
__all__ = ["CompanionBox", "DigitField", "Layout", "LegendMarker", "PanelBox", "Parts", "Series", "fits", "layout"]


def fits(scene: Scene, recording: Recording, size: tuple[int, int], parts: Parts) -> bool:
    """Whether a frame of that size can hold what it has to show."""
    return _best(content(scene, recording, size, parts)) is not None


def layout(scene: Scene, recording: Recording, size: tuple[int, int], parts: Parts) -> Layout:
    """Plan a frame; words stand beside the panels or above them, whichever leaves more to see.

    Raises: UsageError, naming the smallest size of the same shape that works.
    """
    measured = content(scene, recording, size, parts)
    best = _best(measured)
    if best is None:
        need = _smallest(measured)
        works = f"the smallest of this shape that works is {need[0]}x{need[1]}" if need else "show fewer panels"
        panels = len(scene.grid)
        small = f"{size[0]}x{size[1]} is too small for {panels} panel{'s' * (panels > 1)}"
        small += ' with Style(aspect="equal")' if scene.style.aspect == "equal" else ""
        raise UsageError(f"{small}; {works}", "size")
    if _misses_losses(best, measured):
        best.lost.append("the losses as numbers")
    best.lost += best.asides
    if parts.stability and not place_in_gap(best, measured, *parts.stability):
        best.lost.append("which lr is stable")
    return best


def _misses_losses(plan: Layout, content: Content) -> bool:
    """Whether losses that a film should show are seen nowhere."""
    if any(plan.values) or plan.cells or not content.scene.heatmaps or not any(content.notations(3)):
        return False
    return bool(content.part) or all(plot.kind != "loss" for plot in plan.plots)


def _smallest(content: Content) -> tuple[int, int] | None:
    """The smallest even size of that shape that works, to two hundredths of what was asked for; None without one."""
    size = content.size
    low, high = 100, 100 * LONGEST_SIDE // max(size)  # in hundredths; the first is too small

    def works(hundredths: int) -> tuple[int, int] | None:
        grown = (ceil(size[0] * hundredths / 200) * 2, ceil(size[1] * hundredths / 200) * 2)
        return grown if _best(replace(content, size=grown)) else None

    while high > low + 1 and works(min(2 * low, high)) is None and 2 * low < high:
        low *= 2
    high = min(2 * low, high)
    while high - low > 2:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle, high)
    return works(high)


def _best_of_size(content: Content) -> Layout | None:
    """The best layout with letters of one size; in wide frames, one with the text beside the panels, if it is good."""
    wide, high = content.size
    header = above(content)
    plans = [beside(content), beside_companions(content)] if wide >= high or header is None else []
    side = max(filter(None, plans), key=lambda plan: plan.worth, default=None)
    if side is None or header is None:
        return side or header
    return side if side.worth >= (USUAL if wide >= WIDE * high else 1.0) * header.worth else header


def _best(content: Content) -> Layout | None:
    best = _best_of_size(content)
    if content.least == LEAST or (best is not None and not best.lost and not _misses_losses(best, content)):
        return best
    for least in range(content.least - 1, LEAST - 1, -1):  # smaller texts, where they are
        smaller = replace(content, least=least)
        if (smaller.em, smaller.tick) != (content.em, content.tick):
            found = [plan for plan in (best, _best(smaller)) if plan]
            lost = [len(plan.lost) + _misses_losses(plan, content) for plan in found]
            least_lost = [plan for plan, count in zip(found, lost, strict=True) if count == min(lost)]
            return max(least_lost, key=lambda plan: plan.worth * plan.em, default=None)
    return best
