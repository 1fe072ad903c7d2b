"""The elements of a frame's layout: labels, panels, digits. Units: pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from math import ceil
from typing import NamedTuple

from animgd.frame import Box
from animgd.graphics.color_scale import Scale
from animgd.graphics.fonts import PLAIN, Face
from animgd.graphics.numbers import Notation
from animgd.graphics.text import Label, mask, width
from animgd.graphics.transform import AxesTransform

Looks = tuple[tuple[str, int], ...]  # of labels: the index of their marker

UNSET = "the settings of the runs"  # reported if a legend leaves them out


@dataclass(frozen=True)
class InLecture:
    """What a scene of a lecture is drawn with beside its own declarations; outside of lectures nothing is set.

    Units: `pause` in seconds.
    """

    looks: Looks = ()  # of its labels, where other scenes have them too
    scales: tuple[Scale | None, ...] = ()  # of its panels, shared with the scenes that have the same problem
    pause: int = 0  # how long each of its pauses is held


ALONE = InLecture()


@dataclass(frozen=True)
class DigitField:
    """Changing digits: `count` cells of equal width from `x` on. Units: pixels; `y` is the baseline."""

    x: int
    y: int
    size: int
    count: int
    bold: bool = False
    face: Face = PLAIN
    flush_left: bool = False  # numbers begin in the first cell, behind what names them; else they end in the last

    @property
    def pitch(self) -> int:
        """The width of a cell."""
        return pitch(self.size, self.bold, self.face)

    @property
    def box(self) -> Box:
        """The pixels that digits may cover."""
        return Box(
            self.x - 2,
            self.y - ceil(0.9 * self.size),
            self.x + self.count * self.pitch + 2,
            self.y + ceil(0.05 * self.size),  # no digit has a descender
        )


@dataclass(frozen=True)
class Counter:
    """The epoch in a sentence: one of its words stands still, `word` stands beside the number, however long that is.

    It is placed for the most digits: it follows the number where it is flush left, else the number follows it.
    """

    number: DigitField
    word: Label

    @property
    def follows(self) -> bool:
        """Whether the word stands behind the number, which then begins at a fixed place."""
        return self.word.align == "left"

    @property
    def box(self) -> Box:
        """The pixels that number and word may cover."""
        word, face = self.word, self.number.face
        left = 0 if self.follows else ceil(width(word.text, word.size, word.bold, face))
        letters = mask(word.text, word.size, word.bold, face).box.moved(word.x - left, word.y)
        return self.number.box.union(letters._replace(right=letters.right + 1))  # it may be rounded to the next pixel


@dataclass(frozen=True)
class LegendMarker:
    """A marker in a legend: "start", "minimum", "decayed", or a run's marker index. Units: pixels; its centre."""

    marker: str | int
    x: int
    y: int
    size: int = 0  # em of the text beside a run's marker, 0: that of the layout


class State(NamedTuple):
    """A text about a run; `first` if it comes before the settings of its panel, where there is room for one only."""

    text: str
    muted: bool
    first: bool = False


@dataclass(frozen=True)
class StateField:
    """The place of a text about a run that changes. Units: pixels; `right` is its end, `y` the baseline."""

    right: int
    y: int
    room: int
    size: int
    small: int  # size of what is muted
    face: Face

    @property
    def box(self) -> Box:
        """The pixels that the text may cover."""
        return Box(self.right - self.room, self.y - self.size, self.right + 1, self.y + ceil(0.3 * self.size))


@dataclass(frozen=True)
class PanelBox:
    """One panel: its heatmap, its colour bar with labels, and where its state is said, if there is room."""

    box: Box
    bar: Box
    scale: Scale | None
    state: StateField | None = None


@dataclass(frozen=True)
class Ticks:
    """Tick marks or tick labels of one axis, and the panels whose scale they show; a layout has them among its own."""

    panels: tuple[int, ...]
    marks: tuple[Box, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True)
class LossCell:
    """A run in the loss matrix: its loss above the minimum, and below it its state. `notation` is of all its losses."""

    panel: int
    run: int
    number: DigitField
    notation: Notation
    state: StateField


@dataclass(frozen=True)
class LossBar:
    """The row of a run in the loss table: a bar of its loss above the minimum, and when it settled, or its state."""

    panel: int
    run: int
    bar: Box | None  # None where the minimum is not known
    settled: DigitField | StateField | None  # a state where a run leaves its map; None if the bar is all there is


@dataclass(frozen=True)
class Rate:
    """The learning rate of a run, if it changes."""

    panel: int
    run: int
    number: DigitField
    notation: Notation


@dataclass(frozen=True)
class RuleTerm:
    """A vector of the update rule: its name, the places of its two numbers, their colour, and what it is made of."""

    name: str
    numbers: tuple[DigitField, DigitField]
    color: str = "ink"  # in the theme
    made: Label | None = None


Values = tuple[tuple[DigitField, Notation], ...]  # position and notation of the loss of each run of a panel


@dataclass(frozen=True)
class Series:
    """One run in a companion: its panel, its index there, and its marker index."""

    panel: int
    run: int
    marker: int
    label: str


@dataclass(frozen=True)
class CompanionBox:
    """A companion: its box, the ranges of its axes, and its runs. Units: `box` in pixels."""

    kind: str  # "fit" or "loss"
    box: Box
    across: tuple[float, float]
    up: tuple[float, float]
    log: bool
    series: tuple[Series, ...]
    aside: int = 0  # the room to its right for the names of curves. Units: pixels

    @property
    def room(self) -> Box:
        """Its box with the names."""
        return self.box._replace(right=self.box.right + self.aside)

    @property
    def transform(self) -> AxesTransform:
        """From data to pixels."""
        return AxesTransform(self.box, self.across, self.up, self.log)


@dataclass
class Layout:
    """The layout of a frame. Units: pixels; `em` and `tick` are font sizes, `unit` is a 720th of the shorter side."""

    size: tuple[int, int]
    em: int
    tick: int
    unit: float
    face: Face
    markers: tuple[tuple[int, ...], ...]  # the marker index of each run, per panel
    panels: tuple[PanelBox, ...] = ()
    values: tuple[Values, ...] = ()  # per panel
    plots: tuple[CompanionBox, ...] = ()
    shortened: int = 0  # number of texts that distinguish panels or runs and are truncated or left out
    fewer: int = 0  # decimals that the losses lack
    ranks: tuple[int, ...] = ()  # of each marker index, if all runs differ in one number
    marked: bool = False  # whether colour and shape distinguish panels instead of runs
    counter: Counter | None = None  # None without runs
    rates: tuple[Rate, ...] = ()  # learning rates that change, where runs are told apart
    progress: Box | None = None  # the line that fills with the epochs
    bars: tuple[LossBar, ...] = ()
    cells: tuple[LossCell, ...] = ()
    rule: tuple[RuleTerm, ...] = ()
    words: list[Label] = field(default_factory=list)
    marks: list[LegendMarker] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)  # tick marks, filled with the frame's colour
    ticks: list[Ticks] = field(default_factory=list)  # of the panels
    strokes: list[tuple[Box, str]] = field(default_factory=list)  # other lines, and the names of their theme colours
    names: tuple[tuple[str, str], ...] = ()  # of marks on the first panel, (marker, text), where no legend has them
    spans: list[tuple[int, int]] = field(default_factory=list)  # top and bottom of each block of the left column
    lost: list[str] = field(default_factory=list)  # descriptions of what does not fit
    asides: list[str] = field(default_factory=list)  # the same of what explains arrows: it decides nothing

    def cut(self, what: str, full: str, shown: str) -> str:
        """Return the shown part of a text; if it is not all, add that to `lost`."""
        if shown != full:
            self.lost.append(f"{'part of ' * bool(shown)}{what} {quoted(full)}")
        return shown

    def copied(self) -> Layout:
        """A copy to which more can be added."""
        made = replace(self, words=[*self.words], marks=[*self.marks], lines=[*self.lines], ticks=[*self.ticks])
        return replace(made, strokes=[*self.strokes], spans=[*self.spans], lost=[*self.lost], asides=[*self.asides])

    @property
    def pictures(self) -> list[PanelBox | CompanionBox]:
        """Panels and companions."""
        return [*self.panels, *self.plots]

    @property
    def thin(self) -> int:
        """The width of the thinnest lines. Units: pixels."""
        return max(1, round(self.unit))

    @property
    def worth(self) -> float:
        """The quality of a layout: size of panels and companions, losses and update rule shown, texts complete."""
        curves = any(plot.kind == "loss" for plot in self.plots)  # they show losses, but not as numbers
        shown = (
            (1.0 if any(self.values) or self.cells else 0.9 if curves else 0.8) * 0.8**self.shortened * 0.85**self.fewer
        )
        shown *= 1.2 if self.rule else 1.0
        if not self.plots:
            return self.panels[0].box.shorter * shown
        grid = math.sqrt(sum(panel.box.area for panel in self.panels))
        plots = math.sqrt(sum(_useful_area(plot.box) for plot in self.plots))
        return (grid**0.7 * plots**0.3 if self.panels else plots) * shown


def _useful_area(box: Box) -> float:
    """The area of a companion without excess width or height."""
    wide, high = box.width, box.height
    return min(wide, 2.2 * high) * min(high, 1.2 * wide)


def pitch(size: int, bold: bool = False, face: Face = PLAIN) -> int:
    """The width of a cell for one digit: as near to that of the widest as whole pixels allow."""
    return round(max(width(digit, size, bold, face) for digit in "0123456789"))


def quoted(text: str) -> str:
    """A text as quoted in a warning, truncated to 60 characters."""
    text = " ".join(text.split())
    return f"'{text}'" if len(text) <= 60 else f"'{text[:59]}…'"
