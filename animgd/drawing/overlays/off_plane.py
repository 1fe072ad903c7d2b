"""How far from the plane that is drawn a point really is: a number beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays import arrows, marks
from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.marks import HALO, HALO_STRENGTH, grown
from animgd.drawing.overlays.point import reach
from animgd.frame import Box
from animgd.graphics.raster import Mask
from animgd.graphics.text import mask
from animgd.recording.model import Series
from animgd.scene.scene import Scene

SIGN = "\u22a5"  # a line that stands on another
SWEEPS = 3
MOST = 6  # runs: with more, numbers would cover the map, and only trails fade
NONE = "0.00"
ASIDE, FREE = 13.0, 5.0  # from the middle of a point to its number, and at least from its edge
# Units: 720ths of the frame's shorter side.
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.8), (0.7, -0.8), (-0.7, 0.8), (-0.7, -0.8))  # right and down
SAMPLES = 60  # moments at which the sides are compared
ROUGH = 4.2, 1.5  # width and height of a number, in ems, to compare them
Side = tuple[float, float]


def legend(scene: Scene) -> list[tuple[str, str]]:
    """What the numbers are."""
    shown = scene.problem.plane is not None and any(len(panel.runs) <= MOST for panel in scene.grid)
    return [("off_plane", "distance from the plane")] if shown else []


def overlays(context: Context) -> Iterator[Distance]:
    """One number a run, each on a side of its point on which it meets the others least."""
    paths = context.recorded.runs
    if context.recorded.plane is None or len(paths) > MOST:
        return
    made: list[Distance] = []
    for run, side in enumerate(_sides(context)):
        made.append(Distance(context, run, side, tuple(made)))
        yield made[-1]


class Distance(Overlay):
    """The distance of one run from the plane, after the last step made.

    A point in the plane has no number, and where another one has the same place and number, it is written once.
    """

    def __init__(self, context: Context, run: int, side: Side, others: tuple[Distance, ...]) -> None:
        self._context, self._run, self._side, self._others = context, run, side, others
        self._track, self._path = context.paths[run], context.recorded.runs[run]
        self._now: tuple[str, int, int, int] | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Go along with the point, in whole pixels."""
        said = self._said(moment)
        again = any(other._said(moment) == said for other in self._others)
        now = (*said, self._aside(moment)) if said and not again else None
        if now == self._now:
            return
        before, self._now = self.stamps, now
        self.stamps = self._drawn(*now) if now else []
        yield from (stamp.box for stamp, *_ in (*before[:1], *self.stamps[:1]))  # the first is the largest

    def _said(self, moment: Fraction) -> tuple[str, int, int] | None:
        """The number and the pixel of its point."""
        (x, y), text = self._track.at(moment), self._text(moment)
        return (text, round(x), round(y)) if text and self._track.inside(moment) else None

    def _text(self, moment: Fraction) -> str:
        path = self._path
        assert path.off_plane is not None
        step = min(path.step(moment), path.last)
        written = _written(float(path.off_plane[step]))
        return f"{SIGN}\u2009{written}" if written != NONE else ""

    def _aside(self, moment: Fraction) -> int:
        """From the middle of the point to the number, which is outside of all points that nest there."""
        unit, part = self._context.stroke(), max(map(abs, self._side))
        return round(max(ASIDE * unit, reach(self._context, self._run, moment) / part + FREE * unit))

    def _drawn(self, text: str, x: int, y: int, aside: int) -> list[tuple[Mask, tuple[int, int, int], float]]:
        context, theme = self._context, self._context.theme
        letters = mask(text, context.layout.tick, face=context.layout.face)
        wide, high = letters.box.width, letters.box.height
        right, down = self._side
        left = x + round(right * (aside + wide / 2) - wide / 2)
        top = y + round(down * (aside + high / 2) - high / 2)
        halo, box = max(1, round(HALO * context.layout.unit)), context.box
        left = min(max(left, box.left + halo), box.right - halo - wide)
        top = min(max(top, box.top + halo), box.bottom - halo - high)
        placed = letters.moved(left - letters.box.left, top - letters.box.top)
        around = grown(placed, halo)
        if not box.holds(around.box):  # a panel that is smaller than the number
            return []
        return [(around, theme.dark, HALO_STRENGTH), (placed, theme.mark, 1.0)]


def _written(distance: float) -> str:
    if not math.isfinite(distance):
        return "?"
    return f"{distance:.2f}" if distance < 9.995 else f"{distance:.1f}" if distance < 99.95 else f"{distance:.3g}"


def _sides(context: Context) -> Sequence[Side]:
    """The side of each run, so that numbers cover other numbers, points and trails least over the whole film."""
    paths, em = context.paths, context.layout.tick
    size = np.array([part * em for part in ROUGH])
    aside, end = ASIDE * context.stroke(), max(path.moment(path.end) for path in paths)
    moments = [end * k / SAMPLES for k in range(SAMPLES + 1)]
    places = np.array([[path.at(moment) for path in paths] for moment in moments])  # moments, runs, 2
    tips, names = (
        _tips(context, moments),
        [name.box for name in marks.overlays(context) if isinstance(name, marks.Name)],
    )
    words = [(np.array([box.left + box.right, box.top + box.bottom]) / 2, (box.width, box.height)) for box in names]
    middles = [places + np.array(side) * (aside + size / 2) for side in SIDES]

    def crowd(i: int, side: int) -> float:
        """How often a number is over trails and other points."""
        trail = np.abs(middles[side][:, i, None, None] - places[None])  # from all places until then
        met: Series = (trail < size / 2).all(3) & np.tri(len(moments), dtype=bool)[..., None]
        pointed = (np.abs(middles[side][:, i, None] - tips) < (size + aside) / 2).all(2)
        points = (np.abs(middles[side][:, i, None] - places) < (size + aside) / 2).all(2)
        named = [(np.abs(middles[side][:, i] - middle) < (size + word) / 2).all(1).sum() for middle, word in words]
        over = np.delete(points, i, 1).sum() + np.asarray(pointed).any(1).sum() + sum(named)
        return 0.5 * float(met.any(1).sum()) + 2.0 * float(over)

    def clash(i: int, side: int, j: int, other: int) -> float:
        """How often two numbers are over each other."""
        return 2.0 * float((np.abs(middles[side][:, i] - middles[other][:, j]) < size).all(1).sum())

    chosen: dict[int, int] = {}
    for run in [*range(len(paths))] * SWEEPS:  # each gives way to the others, again and again
        others = {other: side for other, side in chosen.items() if other != run}
        costs = [
            crowd(run, side) + sum(clash(run, side, *other) for other in others.items()) for side in range(len(SIDES))
        ]
        chosen[run] = costs.index(min(costs))
    return [SIDES[chosen[run]] for run in range(len(paths))]


def _tips(context: Context, moments: list[Fraction]) -> Series:
    """Places along the arrows at some moments, nan where there are none. Shapes: (moments, places, 2)."""
    path, found = context.paths[0], []
    for starts, ends in arrows.reach(context):
        steps = [path.step(moment) for moment in moments]
        inside = np.array([step < len(starts) for step in steps])
        at = np.minimum(steps, len(starts) - 1)
        parts = np.linspace(0.3, 1.0, 4)[:, None, None]
        some = starts[at] + parts * (ends[at] - starts[at])
        found.append(np.where(inside[:, None], some, np.nan).transpose(1, 0, 2))
    return np.concatenate(found, 1) if found else np.full((len(moments), 1, 2), np.nan)
