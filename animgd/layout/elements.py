"""What a plan of a frame is made of: words, panels, digits. Pixels, but nothing is drawn here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from math import ceil

from animgd.frame import Box
from animgd.graphics.color_scale import Scale
from animgd.graphics.fonts import PLAIN, Face
from animgd.graphics.numbers import Notation
from animgd.graphics.text import Label, width
from animgd.graphics.transform import AxesTransform

UNSET = "the settings of the runs"  # what a legend without them does not show


@dataclass(frozen=True)
class DigitField:
    """Where digits change: `count` cells of equal width from `x` on. Units: pixels; `y` is the baseline."""

    x: int
    y: int
    size: int
    count: int
    bold: bool = False
    face: Face = PLAIN

    @property
    def pitch(self) -> int:
        """The width of a cell."""
        return pitch(self.size, self.bold, self.face)

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
class LegendMarker:
    """A sign in a legend: "start", "minimum", "decayed", or the number of a run's look. Units: pixels, its centre."""

    sign: str | int
    x: int
    y: int
    size: int = 0  # of the letters beside a run's sign, 0 for the plan's em


@dataclass(frozen=True)
class PanelBox:
    """One panel: its heatmap, and its colour bar with labels."""

    box: Box
    bar: Box
    scale: Scale | None


Values = tuple[tuple[DigitField, Notation], ...]  # where the loss of each run of a panel stands, and how it is written


@dataclass(frozen=True)
class Series:
    """One run in a companion: on which panel, which of its runs, and the sign that stands for it everywhere."""

    panel: int
    run: int
    sign: int
    label: str


@dataclass(frozen=True)
class CompanionBox:
    """A companion: what its edges mean, and what it shows. Units: `box` in pixels."""

    kind: str  # "fit" or "loss"
    box: Box
    across: tuple[float, float]
    up: tuple[float, float]
    log: bool
    series: tuple[Series, ...]

    @property
    def transform(self) -> AxesTransform:
        """From data to pixels."""
        return AxesTransform(self.box, self.across, self.up, self.log)


@dataclass
class Layout:
    """A frame's plan. Units: `em` and `tick` are letter sizes, `unit` a 720th of its shorter side; all in pixels."""

    size: tuple[int, int]
    em: int
    tick: int
    unit: float
    face: Face
    signs: tuple[tuple[int, ...], ...]  # the number of each run's look, per panel
    panels: tuple[PanelBox, ...] = ()
    values: tuple[Values, ...] = ()  # per panel
    plots: tuple[CompanionBox, ...] = ()
    shortened: int = 0  # how many texts that tell panels or runs apart are cut or left out
    signed: bool = False  # whether panels, not runs, are told apart by colour and shape
    counter: DigitField | None = None  # None where no run moves
    words: list[Label] = field(default_factory=list)
    marks: list[LegendMarker] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)  # tick marks, filled with the frame's colour
    lost: list[str] = field(default_factory=list)  # what there is no room for

    def cut(self, what: str, full: str, shown: str) -> str:
        """The part of a text that is shown; that there is more is remembered."""
        if shown != full:
            self.lost.append(f"{'part of ' * bool(shown)}{what} {quoted(full)}")
        return shown

    @property
    def pictures(self) -> list[PanelBox | CompanionBox]:
        """Panels and companions."""
        return [*self.panels, *self.plots]

    @property
    def worth(self) -> float:
        """How good a plan is: large panels and companions, and losses that are shown."""
        told = any(plot.kind == "loss" for plot in self.plots)  # the losses, though not as numbers
        shown = (1.0 if any(self.values) else 0.9 if told else 0.8) * 0.8**self.shortened
        if not self.plots:
            return self.panels[0].box.shorter * shown
        grid = math.sqrt(sum(panel.box.area for panel in self.panels))
        plots = math.sqrt(sum(_seen(plot.box) for plot in self.plots))
        return (grid**0.65 * plots**0.35 if self.panels else plots) * shown


def _seen(box: Box) -> float:
    """The area of a companion, as far as it is not too wide or too tall to be of use."""
    wide, high = box.width, box.height
    return min(wide, 2.2 * high) * min(high, 1.2 * wide)


def pitch(size: int, bold: bool = False, face: Face = PLAIN) -> int:
    """The width of a cell for one digit."""
    return ceil(max(width(digit, size, bold, face) for digit in "0123456789"))


def quoted(text: str) -> str:
    """A text as a warning shows it."""
    text = " ".join(text.split())
    return f"'{text}'" if len(text) <= 60 else f"'{text[:59]}…'"
