"""Where a run is now: a disc (or its run's own shape) in a ring; an arrow at the edge while it is outside."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from animgd.canvas import Planes, blend
from animgd.frames import Box
from animgd.ink import Stamp
from animgd.signs import POINT, RIM, arrow, point
from animgd.theme import Theme, run_colors
from animgd.track import Track


class Point:
    """The current point of one run."""

    def __init__(self, track: Track, theme: Theme, run: int, runs: int, unit: float) -> None:
        self._track, self._theme, self._run = track, theme, run
        self._fill = run_colors(theme, run, runs)[1]
        size = min(1.0, track.room / unit / 150) * unit * (1.0 if runs == 1 else 0.85)
        self._radius, self._rim = POINT * size, RIM * size
        self._stamps: list[Stamp] = []
        self._now: tuple[object, ...] = ()

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move to where the run is."""
        centre = self._track.at(moment)
        now = (centre, self._track.inside(moment))
        if now == self._now:
            return
        before, self._now = self._stamps, now
        self._stamps = self._shape(centre, now[1])
        for stamps in (before, self._stamps):
            if stamps:
                yield stamps[0].box

    def _shape(self, centre: tuple[float, float], inside: bool) -> list[Stamp]:
        box = self._track.box
        if inside:
            return point(self._run, centre, self._radius, self._rim, box)
        edge = 1.9 * self._radius + self._rim
        x = min(max(centre[0], box.left + edge), box.right - edge)
        y = min(max(centre[1], box.top + edge), box.bottom - edge)
        return arrow((x, y), centre, self._radius, self._rim, box)

    def paint(self, box: Box, planes: Planes) -> None:
        """The ring, and on it the point."""
        for stamp, color in zip(self._stamps, (self._theme.ring, self._fill), strict=False):
            blend(planes, box, stamp, color)
