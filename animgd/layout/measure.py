"""Measure the content of a frame before its layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box
from animgd.graphics.color_scale import Scale, scale
from animgd.graphics.fonts import Face, face
from animgd.graphics.numbers import BOUND, MOST, PARTS, Notation, notation, run_settings, under
from animgd.graphics.text import clean, fits, fitted, width, wrapped
from animgd.graphics.theme import theme_of
from animgd.layout.elements import ALONE, InLecture, Layout, Series, State
from animgd.layout.legend import Entry, entries, labels, numbers, shared
from animgd.recording.model import Recording
from animgd.scene.scene import MOST_RUNS, FilledPanel, Scene
from animgd.scene.sequence import ranks

if TYPE_CHECKING:
    from animgd.layout.companions import Companion

MOST_SERIES = 100  # in a companion
LARGE, SMALL = 22 / 720, 15 / 720  # em / shorter side of the frame: panel names and losses; tick labels
SMALL_FRAME = 400  # pixels: smaller frames have bars below the rows of a table, and no names of axes that need room
RULED = 540  # pixels: smaller frames have no room for the update rule, and none for names on their maps
READABLE, LEAST = 12, 10  # pixels: the least em of panel names and losses, and the least of all texts


@dataclass(frozen=True)
class Parts:
    """What is drawn beside the panels' maps: legend entries (marker, text) of overlays, and companions by name.

    `states` are the texts that may stand beside a panel's name, from its number and box; `leaves` tells whether a run
    leaves its map. `rule` is the update rule, if it is shown; `small_maps` counts the small maps of a layout.
    `stability` is the name of a loss, and which learning rates are stable on it, in forms from long to short.
    """

    legend: tuple[tuple[str, str], ...] = ()
    companions: Mapping[str, Companion] = field(default_factory=dict)
    states: Callable[[int, Box], tuple[State, ...]] = lambda panel, box: ()
    leaves: bool = False
    rule: Rule | None = None
    small_maps: Callable[[Layout], int] = lambda plan: 0
    stability: tuple[str, tuple[str, ...]] | None = None
    lecture: InLecture = ALONE


@dataclass(frozen=True)
class Rule:
    """The update rule: the step of a panel as the sum of its terms."""

    panel: int
    terms: tuple[tuple[str, str], ...]  # (name, what it is made of), in the order of their arrows
    axes: tuple[str, str]
    first: dict[str, str] = field(default_factory=dict)  # what terms are made of in the first step, if it differs
    power: int = 0  # of the ten by which its numbers are divided


@dataclass(frozen=True)
class Content:
    """The content of a frame, with its font sizes and widths."""

    scene: Scene
    recording: Recording
    size: tuple[int, int]
    panels: tuple[FilledPanel, ...]
    titles: tuple[str, ...]
    scales: tuple[Scale | None, ...]
    face: Face
    parts: Parts
    least: int = READABLE  # of `em`

    @property
    def em(self) -> int:
        """The font size of panel names and losses. Units: pixels."""
        return max(self.least, ceil(LARGE * min(self.size)))

    @property
    def tick(self) -> int:
        """The font size of tick labels. Units: pixels."""
        return max(LEAST, ceil(SMALL * min(self.size)))

    @property
    def medium(self) -> int:
        """The font size between these two. Units: pixels."""
        return round(0.62 * self.em + 0.38 * self.tick)

    @property
    def of_losses(self) -> int:
        """The font size of losses beside each other: 3 % of the frame at least, to be read from the last row."""
        return max(self.medium, ceil(0.03 * min(self.size)))

    @property
    def shares_scale(self) -> bool:
        """Whether all panels, more than one, have the same colour scale."""
        return len(self.scales) > 1 and self.scales[0] is not None and len(set(self.scales)) == 1

    def width(self, text: str, size: int, bold: bool = False) -> float:
        """The width of a text in the film's font. Units: pixels."""
        return width(text, size, bold, self.face)

    def fitted(self, text: str, size: int, room: float, bold: bool = False) -> str:
        """The text, truncated with an ellipsis if it is wider than the room."""
        return fitted(text, size, room, bold, self.face)

    def fits(self, text: str, size: int, room: float, bold: bool = False) -> bool:
        """Whether a text fits the room."""
        return fits(text, size, room, bold, self.face)

    def reach(self, text: str, size: int, room: float, bold: bool = False) -> float:
        """The width of a text, at most the room. Units: pixels."""
        return self.width(text, size, bold) if self.fits(text, size, room, bold) else room

    def wrapped(self, text: str, size: int, room: float, bold: bool = False, most: int | None = None) -> list[str]:
        """The text wrapped to the room; after `most` lines, one more with the rest."""
        return wrapped(text, size, room, bold, self.face, most)

    @cached_property
    def axes(self) -> tuple[str, str]:
        """The names of the axes, x and y; "" in small frames, unless they are as short as the labels beside them."""
        right, up = map(clean, self.recording.axes)
        short = all(self.fits(name, self.tick, 1.2 * self.tick) for name in (right, up))
        return (right, up) if short or min(self.size) >= SMALL_FRAME else ("", "")

    @property
    def runs(self) -> int:
        """The greatest number of labelled runs on a panel, at least 1."""
        return max(1, *(len(panel.runs) for panel in self.panels if any(run.label for run in panel.runs)), 1)

    @property
    def moves(self) -> bool:
        """Whether the scene has runs."""
        return any(panel.runs for panel in self.panels)

    @cached_property
    def named(self) -> bool:
        """Whether runs have labels."""
        return bool(labels(self.panels))

    @property
    def marked(self) -> bool:
        """Whether markers distinguish panels instead of runs."""
        return bool(self.scene.companions) and not self.named and len(self.panels) > 1

    @cached_property
    def markers(self) -> tuple[tuple[int, ...], ...]:
        """The marker index of each run, per panel."""
        if self.named:
            return numbers(self.panels, self.parts.lecture.looks)
        own = [i if self.marked and i < MOST_RUNS else 0 for i in range(len(self.panels))]
        return tuple((marker,) * len(panel.runs) for marker, panel in zip(own, self.panels, strict=True))

    @cached_property
    def legend(self) -> tuple[Entry, ...]:
        """The legend of the runs, with the settings that not all of them share; empty if they have no labels."""
        common = self.settings.split(PARTS)
        return tuple(
            entry._replace(settings=PARTS.join(part for part in entry.settings.split(PARTS) if part not in common))
            for entry in entries(self.panels, self.titles, self.parts.lecture.looks)
        )

    def own(self, panel: int) -> list[str]:
        """The settings that a panel's runs share, but not with all panels, and that its title does not contain."""
        return self._own[panel]

    @cached_property
    def _own(self) -> list[list[str]]:
        """Those of each panel; layouts that are tried ask again and again."""
        return [[] if self.named else self._of_panel(panel) for panel in range(len(self.panels))]

    def _of_panel(self, panel: int) -> list[str]:
        here = [run_settings(run) for run in self.panels[panel].runs]
        common, title = self.settings.split(PARTS) if self.settings else [], self.titles[panel].casefold()
        parts = shared(here).split(PARTS) if here else []
        other = [part.casefold() for part in parts if part not in common]
        told = [part for part in other if part.split(BOUND)[-1] in title or title in part]  # by the title
        return [part for part in parts if part not in common and part.casefold() not in told]

    @cached_property
    def settings(self) -> str:
        """The settings that all runs share, and behind their optimizer the loss, if no title names it."""
        every = [run for panel in self.panels for run in panel.runs]
        parts = shared([run_settings(run) for run in every]).split(PARTS) if every else []
        same = len({run.optimizer.name for run in every}) == 1
        return PARTS.join(filter(None, [*parts[:same], self._unnamed_loss, *parts[same:]])) if every else ""

    @property
    def _unnamed_loss(self) -> str:
        """The loss of torch that all panels share; "" where a title names it."""
        loss = self.panels[0].loss
        if loss is None or not isinstance(loss.factory, str) or any(panel.loss != loss for panel in self.panels):
            return ""
        name = in_words(loss.name)
        return "" if any(name in title for title in (*map(in_words, self.titles), self.scene.title or "")) else name

    @property
    def short(self) -> list[str]:
        """The panel titles without torch's suffix "Loss"."""
        return [title.removesuffix("Loss") or title for title in self.titles]

    @cached_property
    def plotted(self) -> tuple[int, ...]:
        """The panels whose runs the companions show: all, unless two runs would have the same marker."""
        moving = [i for i, panel in enumerate(self.panels) if panel.runs]
        if self.marked:
            return tuple(moving[:MOST_RUNS])
        every = [marker for markers in self.markers for marker in markers]
        if not self.named or len(set(every)) == len(every):
            return tuple(moving)
        return (max(moving, key=lambda i: len(self.panels[i].runs)),)

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """The runs that companions show."""
        found = []
        for i in self.plotted:
            for j, run in enumerate(self.panels[i].runs):
                found.append(Series(i, j, self.markers[i][j], clean(run.label) if self.named else self.short[i]))
        return tuple(found[:MOST_SERIES])

    @property
    def part(self) -> str:
        """Which runs the companions show; "" if it is all."""
        moving, every = sum(bool(panel.runs) for panel in self.panels), sum(len(panel.runs) for panel in self.panels)
        if self.named and len(self.plotted) < moving:
            return self.titles[self.plotted[0]]
        if len(self.series) == every:
            return ""
        if len(self.series) == MOST_SERIES:
            return f"{MOST_SERIES} of {every} runs"
        return f"{len(self.plotted)} of {moving} panels"

    def blank(self) -> Layout:
        """An empty layout."""
        alone = not self.parts.lecture.looks  # else a label would have another colour in another scene
        unit, order = min(self.size) / 720, ranks(self.panels, self.markers) if alone else ()
        return Layout(self.size, self.em, self.tick, unit, self.face, self.markers, ranks=order, marked=self.marked)

    def notations(self, decimals: int) -> list[list[Notation]]:
        """The notations of each panel's losses."""
        rows = [[notation(losses, decimals) for losses in row] for row in self._extremes]
        return [row if len(row) == 1 or self.runs > 1 else [] for row in rows]

    def above_minimum(self, decimals: int) -> list[list[Notation]]:
        """The notations of each panel's losses above the minimum; where decimals are 0 it is `under` them."""
        least = 10.0**-decimals
        rows = [
            [np.maximum(panel.above_minimum(r)[: run.last + 1], least) for r, run in enumerate(panel.runs)]
            for panel in self.recording.panels
        ]
        short = len(under(decimals))
        return [[notation(_extremes(above), decimals, short) for above in row] for row in rows]

    @cached_property
    def _extremes(self) -> list[list[list[float]]]:
        return [[_extremes(path.loss) for path in panel.runs] for panel in self.recording.panels]


def _extremes(losses: NDArray[np.float64]) -> list[float]:
    """The greatest and least losses of each sign and way of writing: no loss between them is longer."""
    finite = losses[np.isfinite(losses)]
    ways = np.sign(finite) * (1 + np.digitize(np.abs(finite), (0.5e-3, 0.5e-2, 0.5e-1, 999.5, MOST - 0.5)))
    parts = [finite[ways == way] for way in np.unique(ways)]
    return [float(v) for part in parts for v in (part.min(), part.max())]


def shown_title(panel: FilledPanel) -> str:
    """A panel's title; that of a loss of torch in words."""
    if panel.loss is None or panel.title != panel.loss.name or not isinstance(panel.loss.factory, str):
        return panel.title
    return in_words(panel.title)


def in_words(name: str) -> str:
    """The name of a loss of torch: "SmoothL1Loss" is "Smooth L1"."""
    name = name.removesuffix("Loss")
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)


def content(scene: Scene, recording: Recording, size: tuple[int, int], parts: Parts) -> Content:
    """Measure the content of a frame. Raises: SceneError."""
    kind = scene.style.scale or theme_of(scene.style).scale
    scales = parts.lecture.scales or tuple(scale(panel.landscape.loss, kind) for panel in recording.panels)
    panels = scene.grid
    titles = tuple(clean(shown_title(panel)) for panel in panels)
    return Content(scene, recording, size, panels, titles, scales, face(scene.style), parts)
