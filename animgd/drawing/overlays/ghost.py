"""Where the ghost is at the same epoch, and how far the run is from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.marks import HALO, HALO_STRENGTH, grown
from animgd.drawing.screen_path import TrajectoryPath, parameters
from animgd.frame import Box, Color
from animgd.graphics.fonts import Face
from animgd.graphics.raster import Mask, Place, disc, segment
from animgd.graphics.text import mask
from animgd.recording.model import Trajectory

RING, HOLE = 6.0, 3.8  # radii of the ring
LINE = 0.75  # half the width of the line between the two
APART = 16.0  # the distance from which on the number is shown
# Units: 720ths of the frame's shorter side.


def overlays(context: Context) -> Iterator[Ghost]:
    """The ghost of the first run."""
    ghost, runs = context.recorded.ghost, context.recorded.runs
    if ghost is not None and runs:
        yield Ghost(context, runs[0], ghost)


class Ghost(Overlay):
    """A ring on the ghost's path, a line to the run's point, and their distance in the parameters' units."""

    def __init__(self, context: Context, path: Trajectory, ghost: Trajectory) -> None:
        self._paths, self._run, theme = (path, ghost), context.paths[0], context.theme
        self._track = TrajectoryPath(ghost, context.recorded.landscape.window, context.box)
        self._unit, self._size = context.stroke(), context.layout.tick
        self._face: Face = context.layout.face
        self._ink, self._dark = theme.mark, theme.dark
        self._now: tuple[Place, Place] | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Go along with both; the number is that of the epoch last reached."""
        now = self._run.at(moment), self._track.at(moment)
        if now == self._now:
            return
        before, self._now = self.stamps, now
        self.stamps = list(self._drawn(*now, self.gap(moment.numerator // moment.denominator)))
        yield from dict.fromkeys(stamp.box for stamp, *_ in (*before, *self.stamps))

    def gap(self, epoch: int) -> str:
        """How far apart the two are at an epoch, in words."""
        (w1, b1), (w2, b2) = (parameters(path, epoch) for path in self._paths)
        return f"{_written(math.hypot(w1 - w2, b1 - b2))} apart"

    def _drawn(self, run: Place, ghost: Place, gap: str) -> Iterator[tuple[Mask, Color, float]]:
        unit, box = self._unit, self._track.box
        shapes = list(segment(run, ghost, (LINE + 1) * unit, box))
        yield from ((shape.grown((LINE + 1) * unit), self._dark, 0.35) for shape in shapes)
        yield from ((shape.grown(LINE * unit), self._ink, 0.75) for shape in shapes)
        ring = disc(ghost, (RING + 1) * unit, box)
        if ring:
            yield self._hollow(ring.grown((RING + 1) * unit), ring.grown((HOLE - 1) * unit)), self._dark, 0.85
            yield self._hollow(ring.grown(RING * unit), ring.grown(HOLE * unit)), self._ink, 1.0
        if math.dist(run, ghost) >= APART * unit and self._paths[0].off_plane is None:  # else it is not the distance
            yield from self._number(run, ghost, gap)

    @staticmethod
    def _hollow(whole: Mask, hole: Mask) -> Mask:
        return Mask(whole.box, whole.coverage - hole.coverage)

    def _number(self, run: Place, ghost: Place, gap: str) -> Iterator[tuple[Mask, Color, float]]:
        """The number beside the ring, on the side away from the run; above or below it where there is no room."""
        letters, unit, box = mask(gap, self._size, face=self._face), self._unit, self._track.box
        wide, high, aside = letters.box.width, letters.box.height, (RING + 5) * self._unit
        beside = ghost[0] - aside - wide if ghost[0] < run[0] else ghost[0] + aside
        above, below = ghost[1] - aside - high, ghost[1] + aside
        middle = min(max(ghost[0] - wide / 2, box.left + aside), box.right - aside - wide)
        rows = (above, below) if ghost[1] < run[1] else (below, above)
        for x, y in ((beside, ghost[1] - high / 2), *((middle, row) for row in rows)):
            placed = letters.moved(round(x) - letters.box.left, round(y) - letters.box.top)
            around = grown(placed, max(1, round(HALO * unit)))
            if box.holds(around.box):
                yield around, self._dark, HALO_STRENGTH
                yield placed, self._ink, 1.0
                return


def _written(gap: float) -> str:
    return f"{gap:.2f}" if gap < 99.995 else f"{gap:.0f}" if gap < 999.5 else "> 999"
