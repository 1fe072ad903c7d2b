"""Everything that moves, one kind a file.

An overlay stands in one area of the frame. `step` moves it to a moment and says which pixels may have changed;
`paint` lays it over pixels that show what is below. What `paint` does to a pixel depends on the moment alone,
never on the box it is asked for or on the moments before: so a frame drawn piece by piece and one drawn from
nothing are equal, byte for byte. A new kind of overlay is one new file and one line in `areas`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays.divergence import notices
from animgd.drawing.overlays.epoch_cursor import Cursor
from animgd.drawing.overlays.fit_line import Fit
from animgd.drawing.overlays.ghost_distance import Gap
from animgd.drawing.overlays.link_function import link
from animgd.drawing.overlays.point import Look, Point
from animgd.drawing.overlays.readout import counter, losses
from animgd.drawing.overlays.trail import Layer, Pen, Trail
from animgd.drawing.overlays.vectors import Vectors
from animgd.drawing.screen_path import LossCurve, TrajectoryPath
from animgd.frame import Box
from animgd.graphics.canvas import Planes
from animgd.graphics.markers import dashes
from animgd.graphics.theme import Theme, line_color, run_colors, theme
from animgd.layout import CompanionBox, Layout, PanelBox
from animgd.recording.model import PanelRecording, Recording
from animgd.scene.optimizers import SGD
from animgd.scene.scene import FilledPanel, Scene

CROWDED = 0.85  # strokes of several runs on one panel are this much thinner
MANY = 6
SMALL_PANEL = 150  # in 720ths of the frame: on smaller panels strokes shrink along


class Overlay(Protocol):
    """One moving thing."""

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move on to a moment; the boxes in which something may look different now."""

    def paint(self, box: Box, planes: Planes) -> None:
        """Lay what is seen of it in the box over the planes. Shapes: (3, height, width) of the box."""


class Area(Protocol):
    """A part of the frame that draws itself; areas do not overlap."""

    box: Box

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move on to a moment; the boxes that must be painted."""

    def paint(self, box: Box, still: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
        """Draw a box of it. Shapes: `still`, without anything that moves, and `picture`: (3, height, width)."""


class Stack:
    """Overlays over each other, from below to above."""

    def __init__(self, box: Box, overlays: list[Overlay]) -> None:
        self.box, self._overlays = box, overlays

    def step(self, moment: Fraction) -> list[Box]:
        """Move all overlays; their boxes."""
        return [box for overlay in self._overlays for box in overlay.step(moment)]

    def paint(self, box: Box, still: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
        """Lay the overlays over the still picture."""
        rows, columns = box.slices
        planes = still[:, rows, columns].astype(np.float32)
        for overlay in self._overlays:
            overlay.paint(box, planes)
        np.rint(planes, out=planes)
        picture[:, rows, columns] = planes


def areas(scene: Scene, recording: Recording, layout: Layout) -> list[Area]:
    """All that moves in a film."""
    look = theme(scene.style)
    found: list[Area] = []
    if layout.counter is not None:
        found.append(counter(layout.counter, look))
    for i, (place, recorded, filled) in enumerate(zip(layout.panels, recording.panels, scene.grid, strict=False)):
        stack = [
            *_trails(i, place, recorded, filled, layout, look),
            *_extras(place, recorded, filled, scene, layout, look),
        ]
        stack += notices(recorded, filled, place, layout, look)
        found.append(Stack(place.box, stack))
    for values, recorded in zip(layout.values, recording.panels, strict=False):
        for (cells, notation), path in zip(values, recorded.runs, strict=False):
            found.append(losses(cells, notation, path, look))
    return found + [_companion(plot, scene.grid, recording, layout, look) for plot in layout.plots]


def _trails(panel: int, place: PanelBox, recorded: PanelRecording, filled: FilledPanel, layout: Layout,
            look: Theme) -> Iterator[Overlay]:  # fmt: skip
    tracks = [TrajectoryPath(path, recorded.landscape.window, place.box) for path in recorded.runs]
    told_apart = any(run.label for run in filled.runs)
    unit = strokes(layout, place, len(tracks))
    small = unit * (1.0 if len(tracks) == 1 else 0.9 if len(tracks) > MANY else 0.7)
    if told_apart:  # by signs and patterns, which must be seen
        small = strokes(layout, place, min(len(tracks), MANY))
        unit = max(unit, CROWDED * small) if len(tracks) > MANY else unit
    for track, sign in zip(tracks, layout.signs[panel], strict=True):
        yield Trail(track, Pen.of(look, run_colors(look, sign, told_apart)[0], unit, sign if told_apart else 0))
    for track, sign in zip(tracks, layout.signs[panel], strict=True):
        yield Point(track, Look.of(look, sign, run_colors(look, sign, told_apart)[1], small, layout.tick, layout.face))


def strokes(layout: Layout, place: PanelBox, runs: int) -> float:
    """What a panel's strokes count in. Units: pixels."""
    crowded = 1.0 if runs == 1 else CROWDED if runs <= MANY else CROWDED**3
    return min(1.0, place.box.shorter / layout.unit / SMALL_PANEL) * layout.unit * crowded


def _extras(place: PanelBox, recorded: PanelRecording, filled: FilledPanel, scene: Scene, layout: Layout,
            look: Theme) -> Iterator[Overlay]:  # fmt: skip
    window = recorded.landscape.window
    if scene.anatomy:
        for run, path in zip(filled.runs, recorded.runs, strict=True):
            if isinstance(run.optimizer, SGD):
                yield Vectors(path, run.optimizer, window, place.box, strokes(layout, place, 1), look)
    if recorded.ghost is not None and recorded.runs:
        yield Gap(recorded.runs[0], recorded.ghost, place.box, round(1.1 * layout.tick), look.ink, look.page,
                  layout.face)  # fmt: skip


def _companion(plot: CompanionBox, grid: tuple[FilledPanel, ...], recording: Recording, layout: Layout,
               look: Theme) -> Area:  # fmt: skip
    paths = [recording.panels[series.panel].runs[series.run] for series in plot.series]
    colors = [line_color(look, series.sign) for series in plot.series]
    if plot.kind == "fit":
        assert recording.points is not None  # a scene with this companion has data
        signs, links = [s.sign for s in plot.series], [link(grid[s.panel].loss) for s in plot.series]
        return Fit(plot, paths, links, recording.points, colors, layout.unit, signs)
    stack: list[Overlay] = [Cursor(plot, look.muted, max(1.0, 1.5 * layout.unit))]
    curves = [LossCurve(path, plot) for path in paths]
    unit = 0.8 * layout.unit
    for curve, color, series in reversed(list(zip(curves, colors, plot.series, strict=True))):
        stack.append(Trail(curve, Pen((Layer(2.0 * unit, 0.0, color),), dashes=dashes(series.sign, 4.0 * unit))))
    ink = (look.ink, look.page)
    for curve, color, series in zip(curves, colors, plot.series, strict=True):
        stack.append(Point(curve, Look(series.sign, 6.0 * unit, 1.6 * unit, 0, color, look.plot, ink, look.ring)))
    return Stack(plot.box, stack)
