"""Plots beside the grid, on the same clock. A companion is one module here and its name in `scene.scene.COMPANIONS`.

The module offers a subclass `Companion` of the one here.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from animgd.drawing.overlays.base import Area
from animgd.frame import Color
from animgd.graphics.canvas import Canvas
from animgd.graphics.theme import Theme, line_colors
from animgd.layout import CompanionBox, Layout
from animgd.layout.companions import Companion as Planned
from animgd.recording.model import Recording, Trajectory
from animgd.scene.scene import Scene

OUTLINE = 0.8  # width of an outline. Units: 720ths of the frame's shorter side


@dataclass(frozen=True)
class Context:
    """What a companion needs to draw itself."""

    plot: CompanionBox
    scene: Scene
    recording: Recording
    layout: Layout
    theme: Theme

    @property
    def paths(self) -> list[Trajectory]:
        """The trajectories of its runs."""
        return [self.recording.panels[series.panel].runs[series.run] for series in self.plot.series]

    @property
    def colors(self) -> list[Color]:
        """The colours of its runs."""
        return [line_colors(self.theme, series.marker)[0] for series in self.plot.series]

    @property
    def outlines(self) -> list[Color | None]:
        """Those of their outlines, None where a line has none."""
        return [line_colors(self.theme, series.marker)[1] for series in self.plot.series]


class Companion(Planned, Protocol):
    """A plot that is planned by the layout and drawn here."""

    def draw_ground(self, canvas: Canvas, context: Context) -> None:
        """Draw what does not move, if anything."""

    def area(self, context: Context) -> Area:
        """What moves."""


def companion(name: str) -> Companion:
    """The companion of that name."""
    made: Companion = import_module(f"{__name__}.{name}").Companion()
    return made
