"""Where everything stands: a frame's plan, from what it has to show and how large it is."""

from __future__ import annotations

from math import ceil

from animgd.errors import UsageError
from animgd.layout.above import above
from animgd.layout.beside import beside
from animgd.layout.content import Content, content
from animgd.layout.plan import Cells, Layout, Mark, PanelPlace, PlotPlace, Series, Word
from animgd.records import Recording
from animgd.scene import Scene

__all__ = ["Cells", "Layout", "Mark", "PanelPlace", "PlotPlace", "Series", "Word", "layout"]


def layout(scene: Scene, recording: Recording, size: tuple[int, int]) -> Layout:
    """Plan a frame; words stand beside the panels or above them, whichever leaves more to see.

    Raises: UsageError, naming the smallest size of the same shape that works.
    """
    best = _best(content(scene, recording, size))
    if best is None:
        need = next((s for s in _larger(size) if _best(content(scene, recording, s))), None)
        works = f"the smallest of this shape that works is {need[0]}x{need[1]}" if need else "show fewer panels"
        panels = len(scene.grid)
        raise UsageError(f"{size[0]}x{size[1]} is too small for {panels} panel{'s' * (panels > 1)}; {works}")
    return best


def _larger(size: tuple[int, int]) -> list[tuple[int, int]]:
    grown = [(ceil(size[0] * k / 200) * 2, ceil(size[1] * k / 200) * 2) for k in range(101, 2000, 2)]
    return [s for s in grown if max(s) <= 16384]


def _best(content: Content) -> Layout | None:
    plans = [plan for plan in (beside(content), above(content)) if plan]
    return max(plans, key=lambda plan: plan.worth, default=None)
