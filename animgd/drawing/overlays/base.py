"""What an overlay is, and what it is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.screen_path import TrajectoryPath, nearness
from animgd.drawing.timeline import Timeline
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend
from animgd.graphics.color_scale import Scale
from animgd.graphics.raster import Mask
from animgd.graphics.resample import view
from animgd.graphics.theme import Theme, colors, luminance
from animgd.graphics.transform import AxesTransform
from animgd.layout import Layout, PanelBox
from animgd.recording.model import Landscape, PanelRecording, Recording
from animgd.recording.windows.nearer import Rest
from animgd.scene.scene import FilledPanel, Scene

MANY, CROWDED = 6, 0.8  # with more runs on one panel, strokes are this much thinner
SMALL_PANEL = 110  # units: on smaller panels strokes shrink along
LEAST_UNIT = 0.66  # pixels: on small frames strokes stay thicker than words
BLOCK = 1 << 18  # pixels that are painted at once, so that memory stays flat at 8K
MAGNIFIED = 0.62  # of a point that is also seen in a lens, to its usual size
BEADS = 540  # pixels: on smaller frames a bead at each epoch would be a blot


class Overlay(Protocol):
    """One moving thing over a panel: masks with their colours, from below to above, unless it has its own `paint`.

    What `paint` does to a pixel depends on the moment alone, never on the box it is asked for or on earlier moments:
    so a frame drawn piece by piece equals one drawn from nothing, byte for byte.
    """

    stamps: Sequence[tuple[Mask, Color] | tuple[Mask, Color, float]] = ()  # the third is the strength

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move on to a moment; the boxes in which something may look different now."""

    def paint(self, box: Box, planes: Planes) -> None:
        """Blend what is seen of it in the box into the planes. Shapes: (3, height, width) of the box."""
        for stamp in self.stamps:
            blend(planes, box, *stamp)


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
        for part in box.bands(BLOCK):
            planes = still[:, *part.slices].astype(np.float32)
            for overlay in self._overlays:
                overlay.paint(part, planes)
            np.rint(planes, out=planes)
            picture[:, *part.slices] = planes


@dataclass(frozen=True)
class LensPlace:
    """Where the lens of a panel stands, what it magnifies, and when."""

    box: Box  # with its frame
    footprint: Box  # what is magnified, on the map
    rest: Rest  # of the path, which is seen in it
    opening: tuple[Fraction, ...]  # the moments of the frames in which it does
    opened: Fraction  # the moment from which on it is there

    @property
    def epoch(self) -> Fraction:
        """The epoch from which on its frame grows."""
        return self.rest.epoch


@dataclass(frozen=True)
class Context:
    """One panel of a film, for the overlays that stand on it."""

    scene: Scene
    panel: FilledPanel
    recorded: PanelRecording
    place: PanelBox
    layout: Layout
    theme: Theme
    markers: tuple[int, ...]  # the marker index of each run
    number: int  # of the panel, from 0 on
    recording: Recording
    timeline: Timeline
    lens: LensPlace | None = None

    @property
    def box(self) -> Box:
        """The panel's map."""
        return self.place.box

    @property
    def transform(self) -> AxesTransform:
        """From parameters (x: bias, y: weight) to pixels."""
        return AxesTransform(self.box, self.recorded.landscape.window.x, self.recorded.landscape.window.y)

    @cached_property
    def paths(self) -> list[TrajectoryPath]:
        """The runs' paths over the map."""
        found = [TrajectoryPath(path, self.recorded.landscape.window, self.box) for path in self.recorded.runs]
        if self.recorded.plane is not None:
            for track, path in zip(found, self.recorded.runs, strict=True):
                track.nearness = nearness(path, self.recorded.plane.spread)
        return found

    def inset(self, box: Box, land: Landscape, scale: Scale | None) -> Context:
        """The same panel over another window, in a box of its own."""
        recorded = replace(self.recorded, landscape=land)
        return replace(self, recorded=recorded, place=PanelBox(box, box, scale), lens=None)

    def ground(self, box: Box) -> NDArray[np.uint8]:
        """The colours of the map in a box of the panel, without contours. Shapes: (height, width, 3)."""
        if self.place.scale is None:
            return np.full((box.height, box.width, 3), self.theme.undefined, np.uint8)
        table, unit = colors(self.scene.style), self.place.scale.unit(self.recorded.landscape.loss)
        shown = np.nan_to_num(view(unit, self.box, box, self.theme.smooth))
        return table[np.rint(shown * (len(table) - 1)).astype(np.intp)]

    def lettering(self, box: Box) -> tuple[Color, Color]:
        """The colours of letters in a box of the panel, and of their halo: whichever can be read better there."""
        ground, theme = luminance(self.ground(box)), self.theme
        light, dark = (float(luminance(np.array(color))) for color in (theme.mark, theme.dark))
        on_dark, on_light = (light + 0.05) / (ground.max() + 0.05), (ground.min() + 0.05) / (dark + 0.05)
        return (theme.mark, theme.dark) if on_dark >= on_light else (theme.dark, theme.mark)

    @property
    def labelled(self) -> bool:
        """Whether runs are distinguished by their markers."""
        return any(run.label for run in self.panel.runs)

    @property
    def has_beads(self) -> bool:
        """Whether the frame is large enough for a bead at each epoch."""
        return min(self.layout.size) >= BEADS or self.theme.bead == "plus"

    def stroke(self, runs: int = 1) -> float:
        """The unit of strokes on a panel with so many runs: a 720th of the frame, or less. Units: pixels."""
        unit = max(LEAST_UNIT, self.layout.unit)
        return min(1.0, self.box.shorter / unit / SMALL_PANEL) * unit * (CROWDED if runs > MANY else 1.0)
