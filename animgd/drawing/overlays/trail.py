"""The path that a run has left: thin, with a bead at each epoch; the last steps are brighter and thicker."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np

from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.screen_path import ScreenPath
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend_alpha
from animgd.graphics.markers import dashes
from animgd.graphics.raster import Dashes, Mask, Place, Shape, dashed, disc, max_blend, segment
from animgd.graphics.theme import Theme, mixed, run_colors

AGES = 8  # epochs until a step is dry
EVERY = 4  # epochs: the steps age together, because drawing them again is most of what a frame costs
SHORT = 0.75  # shorter steps are drawn together with the next
JOINED = 4.0  # of earlier steps are drawn again on a step's casing, so that it does not cut them
THIN, THIN_FROM = (1.3, 0.30), 3  # what a thin casing is wider than its core, its strength, and the age of such steps
HIDDEN = 4.5  # a shorter step under way lies below the point
APART = 5.0  # of a bead to both neighbours
PLUS = 5.3  # from a bead's middle to the end of its arms at most
FINEST = 1.6  # pixels: the pattern of a thinner line is that of one so wide
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
    def of(cls, theme: Theme, unit: float, thin: bool = False) -> Pen:
        """The pen of a theme."""
        colors = tuple(mixed(theme.fresh, theme.dry, age / AGES) for age in range(AGES + 1))
        if theme.bead == "plus":
            return cls(unit, (1.6, 0.0), (2.0, 0.0), (0.95, 0.0), colors, theme.casing, "plus")
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
    """Strokes over each other, to be laid over a picture: the part of it that they cover, and their light.

    Both are 0 where nothing is drawn, so that memory is used only where something is.
    """

    def __init__(self, box: Box) -> None:
        self.box = box
        self.covered = np.zeros((box.height, box.width), np.float32)
        self.light = np.zeros((3, box.height, box.width), np.float32)

    def draw(self, mask: Mask, color: Color, strength: float = 1.0) -> None:
        """Draw a mask over the strokes before it."""
        at = mask.box.slices_in(self.box)
        part = mask.coverage * np.float32(strength / 255)
        self.covered[at] += part * (1 - self.covered[at])
        blend_alpha(self.light[:, *at], part, color)

    def copy(self, other: _Layer, box: Box) -> None:
        """Copy a box of another layer."""
        at = box.slices_in(self.box)
        self.covered[at], self.light[:, *at] = other.covered[at], other.light[:, *at]


class AgeingTrail(Overlay):
    """The trail of the only run on a panel. A step is drawn over all before it, and dries within `AGES` epochs.

    `dry` holds the steps that change no more; `all` has the fresh ones too. Between epochs only the newest step grows.
    """

    def __init__(self, track: ScreenPath, pen: Pen, beads: bool = True) -> None:
        self._track, self._pen = track, pen
        self._corners, self._epochs = track.simplified(SHORT * pen.unit)
        self._dry, self._all = _Layer(track.box), _Layer(track.box)
        self._dried = self._taken = 0  # steps
        self._epoch = self._aged = -1
        self._fresh: list[Box] = []
        self._shapes: dict[int, list[Shape]] = {}  # of the steps that were drawn last
        self._ends: tuple[Place, Place] | None = None
        self._boxes: list[Box] = []  # of the step under way
        self._lengths = [math.dist(a, b) for a, b in pairwise(self._corners)]
        self._beads = self._spread() if beads else {}

    def _spread(self) -> dict[int, float]:
        """The corners with a bead, and the room that each has. Units: pixels."""
        room = {i: min(a, b) for i, (a, b) in enumerate(pairwise(self._lengths), 1)}
        least = 0.0 if self._pen.bead == "plus" else APART * self._pen.unit
        return {corner: free for corner, free in room.items() if free >= least}

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Take the steps of all epochs reached, and let the newest one follow the point."""
        epoch = min(moment.numerator // moment.denominator, self._track.end)  # a run that diverged ages no more
        if epoch != self._epoch:
            yield from self._age(epoch)
        ends = self._corners[self._taken], self._track.at(moment)
        if ends != self._ends:
            yield from self._boxes
            self._ends, shapes = ends, self._segment(*ends) if math.dist(*ends) > HIDDEN * self._pen.unit else []
            self.stamps = list(self._strokes(self._taken, shapes)) if shapes else []
            self._boxes = [shape.box for shape in shapes]
            yield from self._boxes

    def _age(self, epoch: int) -> Iterator[Box]:
        """Draw the steps taken since the last epoch, and each fourth epoch all fresh ones anew, as they are then."""
        epochs, aged, changed = self._epochs, epoch - epoch % EVERY, list[Box]()
        self._epoch, self._ends = epoch, None
        if aged != self._aged:
            self._aged, changed, self._fresh = aged, self._fresh, []
            while self._dried + 1 < len(epochs) and aged - epochs[self._dried + 1] >= AGES:
                changed += self._draw(self._dry, self._dried)
                self._dried += 1
            for box in changed:
                self._all.copy(self._dry, box)
            self._taken = self._dried
            self._shapes = {step: shapes for step, shapes in self._shapes.items() if step >= self._dried - AGES}
        before = len(self._fresh)
        while self._taken + 1 < len(epochs) and epochs[self._taken + 1] <= epoch:
            self._fresh += self._draw(self._all, self._taken)
            self._taken += 1
        yield from (*changed, *self._fresh[before:])

    def _draw(self, layer: _Layer, step: int) -> list[Box]:
        """Draw a whole step on a layer; the boxes that change."""
        for stroke in self._strokes(step, self._shape(step)):
            layer.draw(*stroke)
        return [shape.box for shape in self._shape(step)]

    def _shape(self, step: int) -> list[Shape]:
        """The pieces of a whole step."""
        if step not in self._shapes:
            self._shapes[step] = self._segment(self._corners[step], self._corners[step + 1])
        return self._shapes[step]

    def _segment(self, a: Place, b: Place) -> list[Shape]:
        reach = max(self._pen.cased(1.0)[0], PLUS * self._pen.unit if self._pen.bead == "plus" else 0.0)
        return list(segment(a, b, reach, self._track.box))

    def _strokes(self, step: int, shapes: list[Shape]) -> Iterator[tuple[Mask, Color, float]]:
        """A step as masks from below to above: its casing, then the cores and beads of it and of those just before."""
        if not shapes:
            return
        pen, fresh, around = self._pen, self._freshness(step + 1), functools.reduce(Box.union, (s.box for s in shapes))
        radius, strength = pen.cased(fresh)
        yield from ((shape.grown(radius), pen.dark, strength) for shape in shapes)
        first, length = step, 0.0
        while first > 0 and length < JOINED * pen.unit:
            first -= 1
            length += self._lengths[first]
        for each in range(first, step + 1):
            fresh = self._freshness(each + 1)
            core, color = pen.radius(fresh), pen.colors[round(AGES * (1 - fresh))]
            for shape in shapes if each == step else self._shape(each):
                near = shape.within(around)
                if near:
                    yield near.grown(core), color, 1.0
        for each in range(min(first + 1, step), step + 1):
            if each in self._beads:
                for mask, color in self._bead(each, self._freshness(each)):
                    part = mask.within(around)
                    if part:
                        yield part, color, 1.0

    def _freshness(self, corner: int) -> float:
        """How fresh a step that ends at a corner is, from 0 (dry) to 1; that of the step under way is 1."""
        epochs = self._epochs
        return 1.0 if corner >= len(epochs) else max(0.0, 1 - max(0, self._aged - epochs[corner]) / AGES)

    def _bead(self, corner: int, fresh: float) -> Iterator[tuple[Mask, Color]]:
        (x, y), pen, box = self._corners[corner], self._pen, self._track.box
        color = pen.colors[round(AGES * (1 - fresh))]
        if pen.bead == "plus":
            arm = min(9 * pen.unit, max(3 * pen.unit, 1.2 * self._beads[corner])) / 2
            for a, b in (((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))):
                for shape in segment(a, b, pen.unit, box):
                    yield shape.grown(0.75 * pen.unit), color
            return
        radius = (1.4 + 0.5 * fresh) * pen.unit
        dot = disc((x, y), radius + 0.8 * pen.unit, box)
        if dot:
            yield dot.grown(radius + 0.8 * pen.unit), pen.dark
            yield dot.grown(radius), color

    def paint(self, box: Box, planes: Planes) -> None:
        """All steps taken, and over them the newest one."""
        at = box.slices_in(self._track.box)
        planes *= 1 - self._all.covered[at]
        planes += self._all.light[:, *at]
        super().paint(box, planes)


class Trail(Overlay):
    """The trail of one of several runs, or a curve: its core over its casing, both of one width.

    Casing and core are two layers of coverage in which the greater coverage wins. So pieces join without a notch, the
    order in which they come does not matter, and a trail that grew piece by piece equals one drawn at once.
    """

    def __init__(
        self, track: ScreenPath, layers: tuple[tuple[float, Color, float], ...], pattern: Dashes | None
    ) -> None:
        """`layers` are (radius, color, strength), the lowest and widest first. Units: radii in pixels."""
        self._track, self._layers, self._dashes = track, layers, pattern
        self._radii = tuple(radius for radius, _, _ in layers)
        self._coverage = np.zeros((len(layers), track.box.height, track.box.width), np.uint8)
        self._pieces = 0  # committed corners behind the first
        self._along = [0.0, *accumulate(math.dist(a, b) for a, b in pairwise(track.corners))] if pattern else []
        self._passing: list[Mask] = []
        self._ends: tuple[Place, Place] | None = None

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Commit the pieces of all epochs reached, and let the unfinished one follow the point."""
        corners, epochs = self._track.corners, self._track.epochs
        reached = moment.numerator // moment.denominator
        while self._pieces + 1 < len(corners) and epochs[self._pieces + 1] <= reached:
            for stamp in self._stroke(corners[self._pieces], corners[self._pieces + 1], self._pieces):
                max_blend(self._coverage, self._track.box, stamp)
                yield stamp.box
            self._pieces += 1
        ends = corners[self._pieces], self._track.at(moment)
        if ends != self._ends:
            yield from (stamp.box for stamp in self._passing)
            self._ends = ends
            self._passing = self._stroke(*ends, self._pieces) if ends[0] != ends[1] else []
            yield from (stamp.box for stamp in self._passing)

    def _stroke(self, a: Place, b: Place, piece: int) -> list[Mask]:
        reach, box, pattern = self._radii[0], self._track.box, self._dashes
        parts = dashed(a, b, self._along[piece], pattern, reach, box) if pattern else [(a, b)]
        return [shape.strokes_of(self._radii) for part in parts for shape in segment(*part, reach, box)]

    def paint(self, box: Box, planes: Planes) -> None:
        """Layer by layer: all casing, then all cores."""
        coverage = self._coverage[:, *box.slices_in(self._track.box)]
        if self._passing:
            coverage = coverage.copy()
            for stamp in self._passing:
                max_blend(coverage, box, stamp)
        if coverage[0].any():  # the lowest layer is the widest
            for part, (_, color, strength) in zip(coverage, self._layers, strict=True):
                blend_alpha(planes, part * np.float32(strength / 255), color)


def overlays(context: Context) -> Iterator[AgeingTrail | Trail]:
    """One trail a run."""
    return trails(context, context.stroke(), context.has_beads)


def trails(context: Context, unit: float, beads: bool) -> Iterator[AgeingTrail | Trail]:
    """One trail a run: an ageing one for the only run of a panel, else those of the runs' own colours."""
    theme = context.theme
    if len(context.paths) == 1 and not context.labelled:
        leaves = bool(context.paths[0].outside.any())
        yield AgeingTrail(context.paths[0], Pen.of(theme, unit, leaves), beads)
        return
    for path, marker in zip(context.paths, context.markers, strict=True):
        core = run_colors(theme, marker, context.labelled)[0]
        layers = ((2.2 * unit, theme.dark, 0.85), (1.2 * unit, core, 1.0))
        yield Trail(path, layers, dashes(marker if context.labelled else 0, max(2.4 * unit, FINEST)))
