"""What moves on a small map: the path, the window as a square, and the point; and which of the maps is shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.inset.frame import inner, square
from animgd.drawing.overlays.point import points
from animgd.drawing.overlays.small_map.picture import Far, picture
from animgd.drawing.overlays.trail import trails
from animgd.frame import Box
from animgd.graphics.canvas import Planes, blend
from animgd.graphics.raster import disc
from animgd.recording.model import Landscape
from animgd.recording.windows.wider import doublings

SIZE = 0.8  # of trail and point, to those on the big map
HOLLOW = 2.5  # the radius of the hole in the point of a run that diverged
# Units: 720ths of the frame's shorter side.


class SmallMap(Overlay):
    """The small map of a panel's only run, from the epoch on at which it is first outside.

    While a step is under way, the map is as wide as its end will need.
    """

    def __init__(self, context: Context, box: Box) -> None:
        self._context, self._box = context, box
        (path,) = context.recorded.runs
        self._times = doublings(path, context.recorded.landscape.window)
        self._path, self._since = path, path.epoch(int(np.argmax(self._times > 0)))
        found = np.unique(self._times[self._times > 0]).tolist()
        self._lands: dict[int, Landscape] = dict(zip(found, context.recorded.wider, strict=True))
        self._shown: _Map | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Show the map that the path needs by the end of the step under way."""
        if moment < self._since:
            if self._shown:
                self._shown = None
                yield self._box
            return
        step = min(math.ceil(moment * self._path.steps_per_epoch), len(self._times) - 1)
        times = int(self._times[step])
        if self._shown is None or self._shown.times != times:
            until = int(np.flatnonzero(self._times == times)[-1])
            self._shown = _Map(self._context, self._box, self._lands[times], times, until)
            for _ in self._shown.step(moment):
                pass
            yield self._box
        else:
            yield from self._shown.step(moment)

    def paint(self, box: Box, planes: Planes) -> None:
        """Cover the panel's corner."""
        shared = box.intersection(self._box) if self._shown else None
        if self._shown and shared:
            self._shown.paint(shared, planes[:, *shared.slices_in(box)])


class _Map:
    """One of the small maps of a run, with its path."""

    def __init__(self, context: Context, box: Box, land: Landscape, times: int, until: int) -> None:
        self.times, self._box, unit = times, box, SIZE * context.stroke()
        far = Far.of(context, inner(box, context.layout.unit), land, times)
        self._picture, self._map = picture(far, box, until), far.box
        (self._trail,), (self._point,) = trails(far.context, unit, beads=False), points(far.context, unit)
        self._window = list(square(far.context, far.near))
        self._hole = Hole(far.context, HOLLOW * unit)

    def step(self, moment: Fraction) -> Iterator[Box]:
        """Move path and point on."""
        yield from self._trail.step(moment)
        yield from self._point.step(moment)
        yield from self._hole.step(moment)

    def paint(self, box: Box, planes: Planes) -> None:
        """The picture, and what moves on it. Shapes: `planes` is (3, height, width) of the box."""
        planes[:] = self._picture[:, *box.slices_in(self._box)]
        seen = box.intersection(self._map)
        if seen is None:
            return
        part = planes[:, *seen.slices_in(box)]
        self._trail.paint(seen, part)
        for stamp in self._window:
            blend(part, seen, *stamp)
        self._point.paint(seen, part)
        self._hole.paint(seen, part)


class Hole(Overlay):
    """What makes a point hollow once its run has diverged."""

    def __init__(self, context: Context, radius: float) -> None:
        (path,), (run,) = context.paths, context.recorded.runs
        shape = disc(path.at(Fraction(path.end)), radius, context.box)
        self._stamps = [(shape.grown(radius), context.theme.ring)] if shape else []
        self._since = math.inf if run.diverged_at is None else run.epoch(run.diverged_at)

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Appear when the epoch is reached."""
        shown = self._stamps if moment >= self._since else []
        if len(shown) != len(self.stamps):
            self.stamps = shown
            yield from (stamp.box for stamp, *_ in self._stamps)
