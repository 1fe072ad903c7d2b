"""The terms of the next step as arrows at the point: momentum, downhill and decay, whose sum is that step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import LEAST_UNIT, Context, Overlay
from animgd.drawing.overlays.leader import towards
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, Sprite
from animgd.graphics.raster import Mask, Place, Shape, arrow, clipped, segment
from animgd.graphics.theme import Theme
from animgd.graphics.transform import AxesTransform
from animgd.recording.model import PanelRecording, Recording, Series
from animgd.recording.settling import settled_step
from animgd.recording.step_terms import NAMES, term_names, terms
from animgd.scene.scene import AnyOptimizer, Scene

FACTORS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 100)  # by which all arrows of a panel are longer
LONGEST = 0.45  # of the panel's side
SHAFT, HEAD, CASING = 2.6, (9.5, 9.2), 1.4  # of an arrow
RIM = 8.5  # from the point's centre to its rim; where arrows are longer than the terms, they are seen from there on
EDGE, STROKE, GAP = 5.0, 5.0, 6.0  # of one that is cut: from the panel's edge to its tip; of its broken shaft
ALIKE, LANE = 0.98, 9.0  # arrows whose directions have this cosine, and whose heads would meet, lie so far apart
LEAST = 3.0  # shorter arrows are not drawn
FAR = 1e6  # pixels: nor longer ones
MOST_PANELS = 4
NOTE = "→ × "
SMALLEST = 100  # units: arrows need panels at least this large
# Units: 720ths of the frame's shorter side.


def overlays(context: Context) -> Iterator[Arrows]:
    """The arrows of the only run of a panel, where a scene shows them."""
    if shown(context.scene) and len(context.recorded.runs) == 1 and context.box.shorter >= SMALLEST * context.stroke():
        yield Arrows(context)


def reach(context: Context) -> Iterator[tuple[Series, Series]]:
    """Where the arrows of each term on a panel begin and end, before each step. Shapes: (steps, 2)."""
    for found in overlays(context):
        yield from found.reach()


def shown(scene: Scene) -> bool:
    """Whether a scene shows arrows."""
    return scene.shows("arrows") and suits(scene, "arrows")


def suits(scene: Scene, name: str) -> bool:
    """Whether "arrows" or "rule" suit a scene: with one run a panel, and unless asked for, up to four."""
    grid = scene.grid
    if not scene.heatmaps or (len(grid) > MOST_PANELS and name not in scene.show):
        return False
    return all(len(panel.runs) <= 1 for panel in grid) and any(panel.runs for panel in grid)


def legend(scene: Scene) -> list[tuple[str, str]]:
    """The terms that any run's steps have."""
    runs = [run for panel in scene.grid for run in panel.runs] if shown(scene) else []
    found = {name for run in runs for name in term_names(run, scene.problem.plane is not None)}
    return [(name, name) for name in NAMES if name in found]


def inks(scene: Scene, theme: Theme) -> Iterable[Color]:
    """The colours of the arrows."""
    return [*(getattr(theme, name) for name, _ in legend(scene)), theme.arrow_casing] if shown(scene) else ()


def factor(vectors: Iterable[Series], inside: Series, side: float) -> int:
    """By how much the arrows of a panel are longer than the terms: the same for the whole film.

    Shapes: each of `vectors` (steps, 2) in pixels; `inside` (steps,), whether the point is in the window.
    """
    longest = max((float(np.hypot(*each[inside].T).max(initial=0.0)) for each in vectors), default=0.0)
    fitting = [each for each in FACTORS if each * longest <= LONGEST * side]
    return fitting[-1] if fitting and longest else 1


def note(scene: Scene, recording: Recording, panel: int, box: Box) -> tuple[str, int]:
    """By how much the arrows of a panel are longer, in words ("" if they are not), and the steps with arrows."""
    if not shown(scene) or len(recording.panels[panel].runs) != 1:
        return "", 0
    times, vectors = panel_vectors(recording.panels[panel], scene.grid[panel].runs[0].optimizer, box)
    unit = max(LEAST_UNIT, min(scene.video.width, scene.video.height) / 720)
    seen = [np.flatnonzero(np.hypot(*each.T) >= LEAST * unit) for each in vectors.values()]
    return f"{NOTE}{times}" if times > 1 else "", max((int(each[-1]) + 1 for each in seen if each.size), default=0)


def panel_vectors(recorded: PanelRecording, optimizer: AnyOptimizer, box: Box) -> tuple[int, dict[str, Series]]:
    """The factor of a panel, and the arrows of each term before each step, multiplied by it.

    Shapes: (steps, 2). Units: pixels, x to the right and y downwards.
    """
    (path,), window = recorded.runs, recorded.landscape.window
    right, up = AxesTransform(box, window.x, window.y).units
    end = path.last
    found = {
        name: np.stack([term[: end + 1, 1] / right, -term[: end + 1, 0] / up], 1)
        for name, term in terms(optimizer, path).named.items()
    }
    bias, weight = path.bias[: end + 1], path.weight[: end + 1]
    inside = (window.bias[0] <= bias) & (bias <= window.bias[1])
    inside &= (window.weight[0] <= weight) & (weight <= window.weight[1])
    times = factor(found.values(), inside, box.shorter)
    return times, {name: times * vectors for name, vectors in found.items()}


def lanes(vectors: dict[str, Series], unit: float) -> dict[str, Series]:
    """How far from the point's centre each arrow begins: those that would hide each other lie side by side.

    Shapes: (steps, 2). Units: pixels, like `unit`.
    """
    every = np.stack([*vectors.values()]) if vectors else np.zeros((0, 0, 2))
    with np.errstate(all="ignore"):  # they may be infinite
        long = np.hypot(every[..., 0], every[..., 1])
        product, head = long[:, None] * long, HEAD[0] * unit
        meet = np.hypot(*np.moveaxis(every[:, None] - every, 3, 0)) < head
        meet &= ((every[:, None] * every).sum(3) >= ALIKE * product) & (product >= head**2)
        rank = (meet * np.tri(len(every), k=-1)[..., None]).sum(1) - (meet.sum(1) - 1) / 2
        aside = np.where(meet.sum(1) > 1, rank * LANE * unit / long, 0.0)
        shifts = np.nan_to_num(np.stack([-aside * every[..., 1], aside * every[..., 0]], -1))
    return dict(zip(vectors, shifts, strict=True))


class Arrows(Overlay):
    """The arrows of one run, where it was after the last step: they change with the numbers of the rule."""

    def __init__(self, context: Context) -> None:
        self._track, self._unit, self._theme = context.paths[0], context.stroke(), context.theme
        self._factor, self._vectors = panel_vectors(context.recorded, context.panel.runs[0].optimizer, context.box)
        self._lanes = lanes(self._vectors, self._unit)
        settled = settled_step(context.recorded, 0)
        self._end = context.recorded.runs[0].last + 1 if settled is None else settled
        if context.lens:
            self._end = min(self._end, context.recorded.runs[0].step(context.lens.epoch))
        self._step = -1
        self._sprites: list[Sprite] = []

    def reach(self) -> Iterator[tuple[Series, Series]]:
        """Where the arrows of each term begin and end, before each step. Shapes: (steps, 2)."""
        centres = self._track.places(self._end)
        for name, vectors in self._vectors.items():
            starts, by = centres + self._lanes[name][: len(centres)], vectors[: len(centres)]
            drawn = np.hypot(*by.T) < FAR
            yield starts, starts + np.where(drawn[:, None], by, 0.0)

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Show the step under way, as long as the run moves and is in the window."""
        step = moment.numerator * self._track.steps_per_epoch // moment.denominator
        if step == self._step:
            return
        before, self._step, start = self._sprites, step, self._track.moment(step)
        shown = step < self._end and self._track.inside(start)
        ends = {name: (float(v[step, 0]), float(v[step, 1])) for name, v in self._vectors.items()} if shown else {}
        (x, y), drawn = self._track.at(start), []
        for name, by in sorted(ends.items(), key=lambda each: -math.hypot(*each[1])):
            right, down = self._lanes[name][step].tolist()
            drawn.append(self._arrow((x + right, y + down), by, getattr(self._theme, name)))
        self._sprites = [Sprite.of(stamps) for stamps in drawn if stamps]
        yield from (sprite.box for sprite in (*before, *self._sprites))

    def paint(self, box: Box, planes: Planes) -> None:
        """The longer ones, and the shorter ones over them."""
        for sprite in self._sprites:
            sprite.paint(box, planes)

    def _arrow(self, centre: Place, by: Place, color: Color) -> list[tuple[Mask, Color, float]]:
        """The masks of an arrow; one that would leave the panel ends at its edge, with a broken shaft."""
        long, unit, box = math.hypot(*by), self._unit, self._track.box
        if not LEAST * unit <= long < FAR:
            return []
        part = min(1.0, long / (HEAD[0] * unit))  # a short arrow is all head
        head = part * HEAD[0] * unit, part * HEAD[1] * unit
        # From the rim of the point, which is above it, on: what is seen is as long as it should be.
        rim = 0.0 if self._factor == 1 else RIM * unit / long
        tip = centre[0] + (1 + rim) * by[0], centre[1] + (1 + rim) * by[1]
        tail, shaft, seen = centre, SHAFT / 2 * unit, clipped(centre, tip, box)
        shapes: list[tuple[Shape, float]] = []  # with the radius of each
        if seen and seen[1] != tip:
            tip = towards(seen[1], centre, EDGE * unit)
            way, whole = head[0] + STROKE * unit, math.dist(centre, tip)
            tail = towards(tip, centre, way)
            for long in (STROKE * unit, whole):
                way += GAP * unit
                if way < whole:
                    ends = towards(tip, centre, way), towards(tip, centre, way + long)
                    shapes += [(shape, shaft) for shape in segment(*ends, shaft + CASING * unit, box)]
                way += long
        ahead = arrow(tail, tip, 2 * shaft, head, CASING * unit, box)
        shapes += [(ahead, 0.0)] if ahead else []
        cased = [(shape.grown(radius + CASING * unit), self._theme.arrow_casing, 1.0) for shape, radius in shapes]
        return cased + [(shape.grown(radius), color, 1.0) for shape, radius in shapes]
