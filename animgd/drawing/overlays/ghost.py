"""Where the ghost is at the same epoch, and how far the run is from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays import arrows
from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.inset.frame import shrunk
from animgd.drawing.overlays.leader import nearest
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
CLEAR = 6.0  # around the number
SAMPLES = (0.25, 0.5, 0.75, 1.0, 1.2)  # parts of an arrow that it keeps clear of
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
        self._start, self._steps = context.paths[0].at(Fraction(0)), path.steps_per_epoch
        self._arrows = [(starts.tolist(), ends.tolist()) for starts, ends in arrows.reach(context)]
        self._now: tuple[Place, Place] | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Go along with both; the number is that of the epoch last reached."""
        now = self._run.at(moment), self._track.at(moment)
        if now == self._now:
            return
        before, self._now = self.stamps, now
        epoch, step = moment.numerator // moment.denominator, self._steps * moment.numerator // moment.denominator
        self.stamps = list(self._drawn(*now, self.gap(epoch), step))
        yield from dict.fromkeys(stamp.box for stamp, *_ in (*before, *self.stamps))

    def gap(self, epoch: int) -> str:
        """How far apart the two are at an epoch, in words."""
        (w1, b1), (w2, b2) = (parameters(path, epoch) for path in self._paths)
        return f"{_written(math.hypot(w1 - w2, b1 - b2))} apart"

    def _drawn(self, run: Place, ghost: Place, gap: str, step: int) -> Iterator[tuple[Mask, Color, float]]:
        unit, box = self._unit, self._track.box
        shapes = list(segment(run, ghost, (LINE + 1) * unit, box))
        yield from ((shape.grown((LINE + 1) * unit), self._dark, 0.35) for shape in shapes)
        yield from ((shape.grown(LINE * unit), self._ink, 0.75) for shape in shapes)
        ring = disc(ghost, (RING + 1) * unit, box)
        if ring:
            yield self._hollow(ring.grown((RING + 1) * unit), ring.grown((HOLE - 1) * unit)), self._dark, 0.85
            yield self._hollow(ring.grown(RING * unit), ring.grown(HOLE * unit)), self._ink, 1.0
        if math.dist(run, ghost) >= APART * unit and self._paths[0].off_plane is None:  # else it is not the distance
            yield from self._number(run, ghost, gap, step)

    @staticmethod
    def _hollow(whole: Mask, hole: Mask) -> Mask:
        return Mask(whole.box, whole.coverage - hole.coverage)

    def _number(self, run: Place, ghost: Place, gap: str, step: int) -> Iterator[tuple[Mask, Color, float]]:
        """The number beside the ring, on the side away from the run, or elsewhere around it if that is free."""
        letters, unit, box = mask(gap, self._size, face=self._face), self._unit, self._track.box
        wide, high, aside = letters.box.width, letters.box.height, (RING + 5) * self._unit
        beside = [ghost[0] - aside - wide, ghost[0] + aside]  # the side away from the run first
        rows = [ghost[1] - aside - high, ghost[1] + aside]
        beside, rows = beside[:: 1 if ghost[0] < run[0] else -1], rows[:: 1 if ghost[1] < run[1] else -1]
        halo = max(1, round(HALO * unit))
        middle = min(max(ghost[0] - wide / 2, box.left + aside), box.right - aside - wide)
        flush = min(max(beside[0], box.left + halo + 1), box.right - halo - 1 - wide)
        tried = [
            (beside[0], ghost[1] - high / 2),
            *((x, y) for y in rows for x in (middle, flush)),
            (beside[1], rows[0]),
        ]
        placed = [letters.moved(round(x) - letters.box.left, round(y) - letters.box.top) for x, y in tried]
        inside = [each for each in placed if box.holds(shrunk(each.box, -halo))]
        taken = [run, self._start, *self._along(step)]

        def clear(letters: Mask) -> float:
            return min(CLEAR * unit, *(math.dist(nearest(letters.box, at), at) for at in taken))

        if inside:
            found = max(inside, key=clear)
            yield grown(found, halo), self._dark, HALO_STRENGTH
            yield found, self._ink, 1.0

    def _along(self, step: int) -> Iterator[Place]:
        """Places along the arrows of a step."""
        for starts, ends in self._arrows:
            if step < len(starts):
                (x, y), (right, down) = starts[step], ends[step]
                yield from ((x + part * (right - x), y + part * (down - y)) for part in SAMPLES)


def _written(gap: float) -> str:
    return f"{gap:.2f}" if gap < 99.995 else f"{gap:.0f}" if gap < 999.5 else "> 999"
