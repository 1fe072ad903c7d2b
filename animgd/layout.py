"""Where everything stands: words, panels, digits. Pixels, but nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from animgd.errors import UsageError
from animgd.frames import Box
from animgd.lettering import clean, width
from animgd.numeral import Notation, notation
from animgd.records import Recording
from animgd.scale import Scale, scale
from animgd.scene import FilledPanel, Scene
from animgd.theme import theme

# Ems, of the frame's height (of a tall frame's width): titles, counter and losses; tick labels.
LARGE, SMALL = 0.0385, 0.0225
READABLE = 9  # pixels: no em of title, counter or loss is smaller, nor a tick label's than 0.75 of it


@dataclass(frozen=True)
class Word:
    """A line of text. Units: pixels; `x` is where `align` says, `y` the baseline (of `upright` text: the middle)."""

    text: str
    x: int
    y: int
    size: int
    bold: bool = False
    muted: bool = False
    align: str = "left"
    upright: bool = False


@dataclass(frozen=True)
class Cells:
    """Where digits change: `count` cells of equal width from `x` on. Units: pixels; `y` is the baseline."""

    x: int
    y: int
    size: int
    count: int
    bold: bool = False

    @property
    def pitch(self) -> int:
        """The width of a cell."""
        return pitch(self.size, self.bold)

    @property
    def box(self) -> Box:
        """All pixels that the digits may touch."""
        return Box(
            self.x - 2,
            self.y - ceil(0.85 * self.size),
            self.x + self.count * self.pitch + 2,
            self.y + ceil(0.3 * self.size),
        )


@dataclass(frozen=True)
class Mark:
    """A sign in a legend: "start", "minimum", "decayed", or the number of a run. Units: pixels, its centre."""

    sign: str | int
    x: int
    y: int


@dataclass(frozen=True)
class PanelPlace:
    """One panel: its heatmap, its colour bar with labels, and the losses of its runs where they are shown."""

    box: Box
    bar: Box
    scale: Scale | None
    values: tuple[tuple[Cells, Notation], ...]


@dataclass
class Layout:
    """A frame's plan. Units: `em` and `tick` are letter sizes, `unit` a 720th of its shorter side; all in pixels."""

    size: tuple[int, int]
    em: int
    tick: int
    unit: float
    panels: tuple[PanelPlace, ...] = ()
    counter: Cells = Cells(0, 0, 1, 1)
    words: list[Word] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)  # tick marks, filled with the frame's colour

    @property
    def worth(self) -> float:
        """How good a plan is: large panels, and losses that are shown."""
        box = self.panels[0].box
        return min(box.right - box.left, box.bottom - box.top) * (1.0 if self.panels[0].values else 0.8)


@dataclass(frozen=True)
class Content:
    """What a plan has to place, measured."""

    scene: Scene
    recording: Recording
    size: tuple[int, int]
    panels: tuple[FilledPanel, ...]
    titles: tuple[str, ...]
    scales: tuple[Scale | None, ...]

    @property
    def em(self) -> int:
        """Letters of titles, counter and losses. Units: pixels."""
        return max(READABLE, ceil(LARGE * min(self.size)))

    @property
    def tick(self) -> int:
        """Letters of tick labels. Units: pixels."""
        return max(ceil(0.75 * READABLE), ceil(SMALL * min(self.size)))

    @property
    def runs(self) -> int:
        """The most runs that a panel has."""
        return max(len(panel.runs) for panel in self.panels)

    def blank(self) -> Layout:
        """A plan with nothing in its place yet."""
        return Layout(self.size, self.em, self.tick, min(self.size) / 720)

    def notations(self, decimals: int) -> list[list[Notation]]:
        """How the losses of each panel's runs are written."""
        return [[notation(t.loss.tolist(), decimals) for t in p.runs] for p in self.recording.panels]


def content(scene: Scene, recording: Recording, size: tuple[int, int]) -> Content:
    """Measure what is to be placed."""
    kind = scene.style.scale or theme(scene.style).scale
    scales = tuple(scale(panel.landscape.loss, kind) for panel in recording.panels)
    panels = scene.grid
    return Content(scene, recording, size, panels, tuple(clean(panel.title) for panel in panels), scales)


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
    from animgd.words import above, beside

    plans = [plan for plan in (beside(content), above(content)) if plan]
    return max(plans, key=lambda plan: plan.worth, default=None)


def pitch(size: int, bold: bool = False) -> int:
    """The width of a cell for one digit."""
    return ceil(width("0", size, bold))
