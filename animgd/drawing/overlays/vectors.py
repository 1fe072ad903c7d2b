"""The step that the optimizer is about to make, taken apart: momentum, gradient, and their sum.

torch's SGD with momentum m, weight decay and dampening d makes its step -lr · b' with b' = m · b + (1 - d) · g, where
g is the gradient with decay, taken at the parameters; the first step has b' = g. Nesterov's is -lr · (g + m · b').
In the textbook's terms (Sutskever et al. 2013) torch then stores the look-ahead point: the textbook's iterate is
parameters + lr · m · b, its momentum lands at the parameters, and there, never beyond, the gradient is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from animgd.drawing.overlays.base import Context, Overlay
from animgd.frame import Box, Color
from animgd.graphics.markers import ARROWS, GRADIENT, MOMENTUM, STEP, outline
from animgd.graphics.raster import Mask, Place, polygon, segment
from animgd.graphics.theme import Theme
from animgd.graphics.transform import AxesTransform
from animgd.recording.model import Trajectory
from animgd.scene.optimizers import SGD
from animgd.scene.scene import Scene

Step = tuple[float, float]  # (weight, bias)


class Vector(NamedTuple):
    """An arrow in parameters, (weight, bias)."""

    start: Step
    end: Step
    color: Color


def overlays(context: Context) -> Iterator[Vectors]:
    """The arrows of each run of SGD, where a scene asks for them."""
    for run, path in zip(context.panel.runs, context.recorded.runs, strict=True):
        if context.scene.shows("anatomy") and isinstance(run.optimizer, SGD):
            yield Vectors(path, run.optimizer, context.transform, context.stroke(), context.theme)


def legend(scene: Scene) -> list[tuple[str, str]]:
    """The arrows that are drawn: only SGD's steps are taken apart."""
    drawn = scene.shows("anatomy") and any(isinstance(run.optimizer, SGD) for panel in scene.grid for run in panel.runs)
    return [("buffer", "momentum"), ("gradient", "gradient"), ("step", "step")] if drawn else []


def inks(scene: Scene, theme: Theme) -> Iterable[Color]:
    """The colours of the arrows."""
    return ARROWS.values() if legend(scene) else ()


class Vectors(Overlay):
    """The arrows of one run of SGD, at the epoch last reached."""

    def __init__(self, path: Trajectory, optimizer: SGD, transform: AxesTransform, unit: float, theme: Theme) -> None:
        self._path, self._optimizer, self._transform, self._box = path, optimizer, transform, transform.box
        self._unit, self._casing = unit, outline(theme)
        self._epoch = -1

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Take the step apart that leads on from the epoch."""
        epoch = moment.numerator // moment.denominator
        if epoch == self._epoch:
            return
        before, self._epoch = self.stamps, epoch
        vectors = parts(self._path, self._optimizer, epoch) if epoch < self._path.last else []
        self.stamps = [stamp for vector in vectors for stamp in self._arrow(vector)]
        yield from (stamp.box for stamp, color, *_ in (*before, *self.stamps) if color == self._casing)

    def _arrow(self, vector: Vector) -> list[tuple[Mask, Color]]:
        a, b = (self._transform.to_pixels(bias, weight) for weight, bias in (vector.start, vector.end))
        long = math.dist(a, b)
        if not 2 * self._unit < long < 1e6:
            return []
        head = min(15 * self._unit, 0.6 * long)
        along = ((b[0] - a[0]) / long, (b[1] - a[1]) / long)
        neck = b[0] - head * along[0], b[1] - head * along[1]
        core, rim = 2.3 * self._unit, 1.5 * self._unit
        shapes = list(segment(a, neck, core + rim, self._box))
        tip = polygon(_head(b, neck, along, 0.46 * head), rim, self._box)
        casing = [(shape.grown(core + rim), self._casing) for shape in shapes]
        colored = [(shape.grown(core), vector.color) for shape in shapes]
        if tip:
            casing.append((tip.grown(rim), self._casing))
            colored.append((tip.grown(0.0), vector.color))
        return casing + colored


def _head(tip: Place, neck: Place, along: Place, half: float) -> list[Place]:
    right = (-along[1] * half, along[0] * half)
    return [tip, (neck[0] + right[0], neck[1] + right[1]), (neck[0] - right[0], neck[1] - right[1])]


def parts(path: Trajectory, optimizer: SGD, epoch: int) -> list[Vector]:
    """The arrows of the step from an epoch to the next: the step itself, momentum, gradient.

    With Nesterov they are the textbook's, from its iterate to its next; the gradient starts at the parameters.
    """
    weight, bias = float(path.weight[epoch]), float(path.bias[epoch])
    lr, m = optimizer.lr, optimizer.momentum
    gradient = [
        float(g) + optimizer.weight_decay * p for g, p in zip(path.gradient[epoch], (weight, bias), strict=True)
    ]
    buffer = [0.0, 0.0] if path.momentum is None else [float(b) for b in path.momentum[epoch]]
    share = 1.0 if epoch == 0 else 1.0 - optimizer.dampening
    here = (weight, bias)
    push = (-lr * m * buffer[0], -lr * m * buffer[1])
    down = (-lr * share * gradient[0], -lr * share * gradient[1])
    if optimizer.nesterov:
        origin = (here[0] - push[0], here[1] - push[1])
        end = (here[0] + down[0], here[1] + down[1])
        return [Vector(origin, end, STEP), Vector(origin, here, MOMENTUM), Vector(here, end, GRADIENT)]
    end = (here[0] + push[0] + down[0], here[1] + push[1] + down[1])
    return [
        Vector(here, end, STEP),
        Vector(here, (here[0] + push[0], here[1] + push[1]), MOMENTUM),
        Vector(here, (here[0] + down[0], here[1] + down[1]), GRADIENT),
    ]
