"""Where everything stands: words, panels, digits. Pixels, but nothing is drawn here."""

from __future__ import annotations

import math
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
MOST_SERIES = 6
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
    """One panel: its heatmap, and its colour bar with labels."""

    box: Box
    bar: Box
    scale: Scale | None


Values = tuple[tuple[Cells, Notation], ...]  # where the loss of each run of a panel stands, and how it is written


@dataclass(frozen=True)
class Series:
    """One run in a companion: on which panel, which of its runs, and the sign that stands for it everywhere."""

    panel: int
    run: int
    sign: int
    label: str


@dataclass(frozen=True)
class PlotPlace:
    """A companion: what its edges mean, and what it shows. Units: `box` in pixels."""

    kind: str  # "fit" or "loss"
    box: Box
    across: tuple[float, float]
    up: tuple[float, float]
    log: bool
    series: tuple[Series, ...]


@dataclass
class Layout:
    """A frame's plan. Units: `em` and `tick` are letter sizes, `unit` a 720th of its shorter side; all in pixels."""

    size: tuple[int, int]
    em: int
    tick: int
    unit: float
    panels: tuple[PanelPlace, ...] = ()
    values: tuple[Values, ...] = ()  # per panel
    plots: tuple[PlotPlace, ...] = ()
    shortened: int = 0  # how many panel titles had to be cut
    signed: bool = False  # whether panels, not runs, are told apart by colour and shape
    counter: Cells | None = None  # None where no run moves
    words: list[Word] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)  # tick marks, filled with the frame's colour

    @property
    def pictures(self) -> list[PanelPlace | PlotPlace]:
        """Panels and companions."""
        return [*self.panels, *self.plots]

    @property
    def worth(self) -> float:
        """How good a plan is: large panels and companions, and losses that are shown."""
        shown = (1.0 if any(self.values) else 0.8) * 0.8**self.shortened
        if not self.plots:
            return self.panels[0].box.shorter * shown
        grid = math.sqrt(sum(panel.box.area for panel in self.panels))
        plots = math.sqrt(sum(_seen(plot.box) for plot in self.plots))
        return (grid**0.65 * plots**0.35 if self.panels else plots) * shown


def _seen(box: Box) -> float:
    """The area of a companion, as far as it is not too wide or too tall to be of use."""
    wide, high = box.right - box.left, box.bottom - box.top
    return min(wide, 2.2 * high) * min(high, 1.2 * wide)


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
        """The most runs that a panel tells apart; runs without labels are told apart by nothing but their place."""
        return max(1, *(len(panel.runs) for panel in self.panels if any(run.label for run in panel.runs)), 1)

    @property
    def moves(self) -> bool:
        """Whether there is any run."""
        return any(panel.runs for panel in self.panels)

    @property
    def series(self) -> tuple[Series, ...]:
        """What companions show: every panel's run, or the runs of the first panel where they race."""
        if self.runs == 1 and len(self.panels) > 1:
            short = [title.removesuffix("Loss") or title for title in self.titles]
            found = [Series(i, 0, i, short[i]) for i, panel in enumerate(self.panels) if panel.runs]
        else:
            found = [Series(0, i, i, clean(run.label)) for i, run in enumerate(self.panels[0].runs)]
        return tuple(found[:MOST_SERIES])

    @property
    def signed(self) -> bool:
        """Whether panels are told apart by the sign of their run."""
        return bool(self.scene.companions) and self.runs == 1 and len(self.panels) > 1

    def blank(self) -> Layout:
        """A plan with nothing in its place yet."""
        return Layout(self.size, self.em, self.tick, min(self.size) / 720, signed=self.signed)

    def notations(self, decimals: int) -> list[list[Notation]]:
        """How the losses of each panel's runs are written."""
        every = [[notation(t.loss.tolist(), decimals) for t in p.runs] for p in self.recording.panels]
        return [row if len(row) == 1 or self.runs > 1 else [] for row in every]


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
