"""The trail of the only run on a panel: thin, with a bead at each step; the last ones are brighter and thicker."""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays.base import Overlay
from animgd.drawing.overlays.trail.fading import faded
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend_alpha
from animgd.graphics.raster import (
    Depth,
    Mask,
    Place,
    Shape,
    along,
    around,
    disc,
    max_blend,
    segment,
)
from animgd.graphics.theme import Theme, casing, mixed, run_colors

AGES = 8  # steps until one is dry
EVERY = 4  # steps: these age together, because drawing them again would be most of what a frame costs
SHORT = 0.75  # shorter steps are drawn together with the next
JOINED = 4.0  # of earlier steps are drawn again on a stroke's casing, so that it does not cut them
MOST_JOINED = 3  # steps of that: shorter ones lie on each other
THIN, THIN_FROM = (1.3, 0.30), 3  # what a thin casing is wider than its core, its strength, and the age of such steps
HIDDEN = 4.5  # a shorter step under way lies below the point
APART = 5.0  # of a bead to both neighbours
WIDEST = 5.0  # half of what is drawn at a corner, at most
# Units: 720ths of the frame's shorter side, like `JOINED` and `APART`.


@dataclass(frozen=True)
class Pen:
    """What an ageing trail is drawn with. Units: `unit` is a 720th of the frame's shorter side, in pixels."""

    unit: float
    core: tuple[float, float]  # widths of a dry core, and what a fresh one has more
    casing: tuple[float, float]  # what the casing of a dry step is wider, and that of a fresh one more
    strength: tuple[float, float]  # of the casing of a dry step, and what a fresh one has more
    colors: tuple[Color, ...]  # of the core, by age
    dark: Color
    bead: str
    thin: bool = False  # whether casings are soon thin and faint: steps to and fro would make slabs of dark ones

    @classmethod
    def of(cls, theme: Theme, unit: float, thin: bool = False, marker: int = 0) -> Pen:
        """The pen of a theme, for a run with a marker."""
        if theme.bead == "plus":
            core = run_colors(theme, marker, False)[0]
            return cls(unit, (1.6, 0.0), (2.0, 0.0), (0.95, 0.0), (core,) * (AGES + 1), casing(theme, core), "plus")
        colors = tuple(mixed(theme.fresh, theme.dry, age / AGES) for age in range(AGES + 1))
        return cls(unit, (1.5, 1.1), (1.8, 0.2), (0.70, 0.15), colors, theme.casing, "bead", thin)

    def radius(self, fresh: float) -> float:
        """Half the width of a core. Units: pixels; `fresh` from 0 (dry) to 1."""
        return self.unit * (self.core[0] + self.core[1] * fresh) / 2

    def cased(self, fresh: float) -> tuple[float, float]:
        """Half the width of a step with its casing, and the casing's strength."""
        if self.thin and fresh < 1 - THIN_FROM / AGES:
            return self.radius(fresh) + self.unit * THIN[0] / 2, THIN[1]
        more, strength = (low + rest * fresh for low, rest in (self.casing, self.strength))
        return self.radius(fresh) + self.unit * more / 2, strength


class _Layer:
    """Strokes over each other, to be laid over a picture: their light (3 planes), and the part of it that they cover.

    Both are 0 where nothing is drawn, so that memory is used only where something is.
    """

    def __init__(self, box: Box) -> None:
        self.box, self.planes = box, np.zeros((4, box.height, box.width), np.float32)

    def copy(self, other: _Layer, box: Box) -> None:
        """Copy a box of another layer."""
        at = box.slices_in(self.box)
        self.planes[:, *at] = other.planes[:, *at]


Stamp = tuple[slice, Mask]  # which layers of a stroke's coverage it belongs to
BOTH, CORE, BEAD, ARM = slice(0, 2), slice(1, 2), slice(2, 4), slice(3, 4)


class AgeingTrail(Overlay):
    """The trail of the only run on a panel: `EVERY` steps are one stroke, drawn over all before it.

    A stroke is four layers of coverage in which the greater one wins, so that its steps join without a notch: casing,
    core, rims of beads, beads. `dry` holds the strokes that change no more, and `all` every complete one; the newest
    lies above them, and grows with the point.
    """

    def __init__(self, track: ScreenPath, pen: Pen, beads: bool = True) -> None:
        self._track, self._pen = track, pen
        self._corners, self._ends = track.simplified(SHORT * pen.unit)  # a corner is where so many steps end
        x, y = zip(*self._corners, strict=True)
        box = around((min(x), min(y)), (max(x), max(y)), WIDEST * pen.unit, track.box) or track.box
        self._box = box  # all that the trail can cover, so that the layers take no more memory
        self._lengths = [math.dist(a, b) for a, b in pairwise(self._corners)]
        self._beads = self._spread() if beads else {}
        self._dry, self._all = _Layer(box), _Layer(box)
        self._dried = self._complete = 0  # strokes
        self._fresh: list[Box] = []  # of the complete strokes that are not dry
        self._newest = np.zeros((4, box.height, box.width), np.uint8)
        self._added: list[Box] = []  # of the newest stroke
        self._around: Box | None = None  # all of these
        self._used: set[int] = set()  # its layers of coverage that are not empty
        self._taken, self._way = 0, 0.0  # steps, and how far the one under way is drawn. Units: pixels
        self._under_way: list[tuple[Mask, Depth]] = []  # its pieces, and how far along it each pixel is
        self._shapes: dict[int, list[Shape]] = {}  # of the steps that were drawn last
        self._joints: dict[int, list[tuple[int, Shape]]] = {}

    def _spread(self) -> dict[int, float]:
        """The corners with a bead, and the room that each has. Units: pixels."""
        room = {i: min(a, b) for i, (a, b) in enumerate(pairwise(self._lengths), 1)}
        least = 0.0 if self._pen.bead == "plus" else APART * self._pen.unit
        return {corner: free for corner, free in room.items() if free >= least}

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Take all steps made, and let the one under way follow the point."""
        made = self._track.step(moment)
        complete = made // EVERY
        if made == self._track.end and self._track.diverges:
            complete += 1 + AGES // EVERY  # nothing follows: all of it is dry
        if complete != self._complete:
            yield from self._age(complete)
        while self._taken + 1 < len(self._ends) and self._ends[self._taken + 1] <= made:
            yield from self._follow(math.inf)
            self._taken, self._way = self._taken + 1, 0.0
        if self._taken + 1 < len(self._ends):
            yield from self._follow(math.dist(self._corners[self._taken], self._track.at(moment)))

    def _follow(self, way: float) -> Iterator[Box]:
        """Draw the step under way so far: it is cut there, below the point. Units: pixels, inf for all of it."""
        if way <= max(self._way, HIDDEN * self._pen.unit):
            return
        if not self._way:
            yield from self._begin()
        a, b, box = self._corners[self._taken], self._corners[self._taken + 1], self._box
        from_, to = (_at(a, b, length) for length in (self._way, way))
        low, high = (min(from_[0], to[0]), min(from_[1], to[1])), (max(from_[0], to[0]), max(from_[1], to[1]))
        new, self._way = around(low, high, self._pen.cased(1.0)[0], box), way
        for mask, places in self._under_way:
            near = mask.within(new) if new else None
            if near:
                done = places[near.box.slices_in(mask.box)] <= way
                max_blend(self._newest[BOTH], box, Mask(near.box, near.coverage * done))
                yield near.box

    def _begin(self) -> Iterator[Box]:
        """Draw what lies where the step under way starts."""
        stamps = self._stamps(self._taken, self._complete)
        ends = self._corners[self._taken], self._corners[self._taken + 1]
        self._under_way = [(mask, along(*ends, mask.box)) for layers, mask in stamps if layers == BOTH]
        yield from _cover(self._newest, self._box, [stamp for stamp in stamps if stamp[0] != BOTH])
        self._added += [mask.box for _, mask in stamps]
        self._used |= _used(stamps)
        self._around = functools.reduce(Box.union, self._added) if self._added else None

    def _age(self, complete: int) -> Iterator[Box]:
        """Draw the fresh strokes anew, as they are when so many are complete, and begin the next."""
        changed, self._fresh, self._complete = [*self._fresh, *self._added], [], complete
        for box in self._added:
            self._newest[:, *box.slices_in(self._box)] = 0
        self._added, self._around, self._used = [], None, set()
        self._taken, self._way = self._steps(complete).start, 0.0
        for stroke in range(self._dried, max(self._dried, complete - AGES // EVERY)):
            changed += self._lay(self._dry, stroke)
            self._dried = stroke + 1
        for box in changed:
            self._all.copy(self._dry, box)
        for stroke in range(self._dried, complete):
            self._fresh += self._lay(self._all, stroke)
        kept = self._steps(self._dried - 1).start
        self._shapes = {step: shapes for step, shapes in self._shapes.items() if step >= kept}
        self._joints = {step: shapes for step, shapes in self._joints.items() if step >= kept}
        yield from dict.fromkeys((*changed, *self._fresh))

    def _steps(self, stroke: int) -> range:
        """The pieces that end within a stroke."""
        first, last = (bisect.bisect(self._ends, EVERY * each) - 1 for each in (stroke, stroke + 1))
        return range(max(0, first), last)

    def _lay(self, layer: _Layer, stroke: int) -> list[Box]:
        """Draw a complete stroke on a layer; the boxes that change."""
        steps = self._steps(stroke)
        stamps = [stamp for step in steps for stamp in self._stamps(step, stroke)]
        if not stamps:
            return []
        around = functools.reduce(Box.union, (mask.box for _, mask in stamps))
        coverage = np.zeros((4, around.height, around.width), np.uint8)
        boxes, used, fresh = _cover(coverage, around, stamps), _used(stamps), self._freshness(steps.stop)
        for box in [around] if 2 * around.area <= 3 * sum(box.area for box in boxes) else boxes:
            part = coverage[:, *box.slices_in(around)]
            self._blend(layer.planes[:, *box.slices_in(layer.box)], part, used, fresh)
            part[:] = 0  # so that it is not drawn twice where boxes overlap
        return boxes

    def _blend(self, planes: Planes, coverage: NDArray[np.uint8], used: set[int], fresh: float) -> None:
        """Blend layers of a stroke into planes that may have a fourth, the part that is covered."""
        pen = self._pen
        core = pen.colors[round(AGES * (1 - fresh))]
        strengths, colors = (pen.cased(fresh)[1], 1.0, 1.0, 1.0), (pen.dark, core, pen.dark, core)
        for layer in sorted(used):
            alpha = coverage[layer] * np.float32(strengths[layer] / 255)
            blend_alpha(planes, alpha, (*colors[layer], 1)[: len(planes)])

    def _shape(self, step: int) -> list[Shape]:
        """The pieces of a whole step."""
        if step not in self._shapes:
            ends = self._corners[step], self._corners[step + 1]
            self._shapes[step] = list(segment(*ends, self._pen.cased(1.0)[0], self._box))
        return self._shapes[step]

    def _stamps(self, step: int, stroke: int) -> list[Stamp]:
        """A step of a stroke, with the bead that it starts from."""
        pen, fresh, shapes = self._pen, self._freshness(step + 1), self._shape(step)
        radii = pen.cased(fresh)[0], pen.radius(fresh)
        stamps = [(BOTH, shape.strokes_of(radii)) for shape in shapes]
        if step == self._steps(stroke).start and shapes:
            stamps += self._joint(step, functools.reduce(Box.union, (shape.box for shape in shapes)))
        stamps += self._bead(step, self._freshness(step)) if shapes and step in self._beads else []
        masks = faded([mask for _, mask in stamps], self._track, self._ends[step + 1])
        return [(layers, mask) for (layers, _), mask in zip(stamps, masks, strict=True)]

    def _joint(self, step: int, around: Box) -> Iterator[Stamp]:
        """The ends of the cores just before, as far as the casing of this step would cut them."""
        if step not in self._joints:
            self._joints[step] = list(self._before(step, around))
        yield from ((CORE, shape.grown(self._pen.radius(self._freshness(k + 1)))) for k, shape in self._joints[step])

    def _before(self, step: int, around: Box) -> Iterator[tuple[int, Shape]]:
        """The ends of the steps just before, and which these are."""
        left, radius = JOINED * self._pen.unit, self._pen.radius(1.0)
        for earlier in range(step - 1, max(-1, step - 1 - MOST_JOINED), -1):
            end = self._corners[earlier + 1]
            for shape in segment(end, _at(end, self._corners[earlier], left), radius, self._box):
                near = shape.within(around)
                if near:
                    yield earlier, near
            left -= self._lengths[earlier]
            if left <= 0:
                return

    def _freshness(self, corner: int) -> float:
        """How fresh a step that ends at a corner is, from 0 (dry) to 1; that of the step under way is 1."""
        ends, aged = self._ends, EVERY * self._complete
        return 1.0 if corner >= len(ends) else max(0.0, 1 - max(0, aged - ends[corner]) / AGES)

    def _bead(self, corner: int, fresh: float) -> list[Stamp]:
        (x, y), pen, box = self._corners[corner], self._pen, self._box
        if pen.bead == "plus":
            arm = min(9 * pen.unit, max(3 * pen.unit, 1.2 * self._beads[corner])) / 2
            ends = (((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm)))
            return [(ARM, shape.grown(0.75 * pen.unit)) for a, b in ends for shape in segment(a, b, pen.unit, box)]
        radius = (1.4 + 0.5 * fresh) * pen.unit
        rim = radius + 0.8 * pen.unit
        dot = disc((x, y), rim, box)
        return [(BEAD, dot.strokes_of((rim, radius)))] if dot else []

    def paint(self, box: Box, planes: Planes) -> None:
        """All complete strokes, and over them the newest one."""
        near = self._box.intersection(box)
        if near:
            part, light = planes[:, *near.slices_in(box)], self._all.planes[:, *near.slices_in(self._box)]
            part *= 1 - light[3]
            part += light[:3]
        near = self._around.intersection(box) if self._around else None
        if near:
            newest = self._newest[:, *near.slices_in(self._box)]
            self._blend(planes[:, *near.slices_in(box)], newest, self._used, 1.0)


def _used(stamps: list[Stamp]) -> set[int]:
    """The layers of coverage to which stamps belong."""
    return {layer for layers, _ in stamps for layer in range(layers.start, layers.stop)}


def _cover(coverage: NDArray[np.uint8], origin: Box, stamps: list[Stamp]) -> list[Box]:
    """Add stamps to the coverage of a stroke; their boxes."""
    for layers, mask in stamps:
        max_blend(coverage[layers], origin, mask)
    return [mask.box for _, mask in stamps]


def _at(a: Place, b: Place, way: float) -> Place:
    """The place on a segment after so much of its length, at most its end."""
    part = min(1.0, way / math.dist(a, b))
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])
