"""Where a run is now: a disc (or its own shape) in a ring; outside the window, an arrow with its distance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from animgd.canvas import Planes, blend
from animgd.frames import Box, Color
from animgd.ink import Place, Stamp
from animgd.lettering import mask
from animgd.signs import POINT, RIM, arrow, point
from animgd.theme import Theme
from animgd.track import Line


@dataclass(frozen=True)
class Look:
    """What a point is drawn with. Units: `radius`, `rim` and `letters` in pixels."""

    sign: int
    radius: float
    rim: float
    letters: int  # of the distance at the edge, 0 for none
    fill: Color
    ring: Color
    ink: tuple[Color, Color]  # letters and their plate

    @classmethod
    def of(cls, theme: Theme, sign: int, fill: Color, unit: float, letters: int) -> Look:
        """The point of a theme. Units: `unit` is a 720th of the frame's height, or less on small panels."""
        return cls(sign, POINT * unit, RIM * unit, letters, fill, theme.ring, (theme.ink, theme.page))


class Point:
    """The current point of one run."""

    def __init__(self, track: Line, look: Look) -> None:
        self._track, self._look = track, look
        self._stamps: list[tuple[Stamp, Color]] = []
        self._now: tuple[object, ...] = ()

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Move to where the run is."""
        centre = self._track.at(moment)
        away = "" if self._track.inside(moment) else self._track.away(moment)
        if (centre, away) == self._now:
            return
        before, self._now = self._stamps, (centre, away)
        self._stamps = self._shapes(centre, away)
        for stamps in (before, self._stamps):
            yield from (stamp.box for stamp, _ in stamps[:1] + stamps[2:3])  # the others lie within these

    def _shapes(self, centre: Place, away: str) -> list[tuple[Stamp, Color]]:
        box, look = self._track.box, self._look
        if not away:
            stamps = point(look.sign, centre, look.radius, look.rim, box)
            return list(zip(stamps, (look.ring, look.fill), strict=False))
        edge = 1.9 * look.radius + look.rim
        x = min(max(centre[0], box.left + edge), box.right - edge)
        y = min(max(centre[1], box.top + edge), box.bottom - edge)
        stamps = arrow((x, y), centre, look.radius, look.rim, box)
        shapes = list(zip(stamps, (look.ring, look.fill), strict=False))
        return shapes + self._distance((x, y), away) if look.letters and shapes else shapes

    def _distance(self, at: Place, away: str) -> list[tuple[Stamp, Color]]:
        """The letters on a plate, on that side of the arrow where there is room."""
        import numpy as np

        box, size = self._track.box, self._look.letters
        letters = mask(away, size)
        high, wide = letters.coverage.shape[0] + round(0.3 * size), letters.coverage.shape[1] + round(0.5 * size)
        gap = round(1.9 * self._look.radius)
        left = round(at[0]) - gap - wide if at[0] > (box.left + box.right) / 2 else round(at[0]) + gap
        top = min(max(round(at[1] - high / 2), box.top), box.bottom - high)
        plate = Box(left, top, left + wide, top + high)
        if plate.left < box.left or plate.right > box.right or plate.top < box.top:
            return []
        x, y = left + round(0.25 * size), top + round(0.15 * size)
        text = Box(x, y, x + letters.coverage.shape[1], y + letters.coverage.shape[0])
        full = np.full((high, wide), 220, np.uint8)
        return [(Stamp(plate, full), self._look.ink[1]), (Stamp(text, letters.coverage), self._look.ink[0])]

    def paint(self, box: Box, planes: Planes) -> None:
        """The ring, on it the point; then the distance."""
        for stamp, color in self._stamps:
            blend(planes, box, stamp, color)
