"""Everything that moves, one kind a file.

An overlay stands in one area of the frame. `step` moves it to a moment and says which pixels may have changed;
`paint` lays it over pixels that show what is below. What `paint` does to a pixel depends on the moment alone,
never on the box it is asked for or on the moments before: so a frame drawn piece by piece and one drawn from
nothing are equal, byte for byte. A new kind of overlay is one new file and one line in `areas`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple, Protocol

from animgd.canvas import Planes
from animgd.frames import Box
from animgd.layout import Layout
from animgd.records import Recording
from animgd.scene import Scene
from animgd.theme import theme


class Overlay(Protocol):
    """One moving thing."""

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move on to a moment; the boxes in which something may look different now."""

    def paint(self, box: Box, planes: Planes) -> None:
        """Lay what is seen of it in the box over the planes. Shapes: (3, height, width) of the box."""


class Area(NamedTuple):
    """A part of the frame with its overlays, from below to above; areas do not overlap."""

    box: Box
    overlays: tuple[Overlay, ...]


def areas(scene: Scene, recording: Recording, layout: Layout) -> list[Area]:
    """All that moves in a film."""
    from animgd.overlays.counter import counter
    from animgd.overlays.loss import losses
    from animgd.overlays.notice import notices
    from animgd.overlays.point import Point
    from animgd.overlays.trail import Trail
    from animgd.track import Track

    look = theme(scene.style)
    found = [Area(layout.counter.box, (counter(layout, look),))]
    for panel, recorded, filled in zip(layout.panels, recording.panels, scene.grid, strict=True):
        tracks = [Track(path, recorded.landscape.window, panel.box) for path in recorded.runs]
        runs = len(tracks)
        stack: list[Overlay] = [Trail(track, look, run, runs, layout.unit) for run, track in enumerate(tracks)]
        stack += [Point(track, look, run, runs, layout.unit) for run, track in enumerate(tracks)]
        stack += notices(recorded, filled, panel, layout, look)
        found.append(Area(panel.box, tuple(stack)))
        for (cells, notation), path in zip(panel.values, recorded.runs, strict=False):
            found.append(Area(cells.box, (losses(cells, notation, path, look),)))
    return found
