"""The minimum of a convex loss, proven to be a single point."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from animgd.recording.model import Minimum
from animgd.scene.problem import Point
from animgd.training.objective import Objective, one_thread

Corner = tuple[float, float]  # (weight, bias)
REACHES = (1e2, 1e4, 1e6, 1e9, 1e12)  # distances from the origin within which the minimum is searched, in turn
# Corners of the first region, which contains the square of that reach. It is irregular because symmetric data would cut
# a square along parallel lines, or through the minimum.
CORNERS = tuple((2 * math.sin(t), 2 * math.cos(t)) for t in (0.3, 1.7, 2.9, 4.2, 5.4))
CUTS = 140  # each leaves at most 1 - 1/e of the area, usually half: from 400 × 400 to 1e-18 × 1e-18
SHARP = 1e-6  # a region longer than this after all cuts is a valley without a single minimum
NEAR = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)  # radii of circles around a minimum, in parts of its distance from 0
STEP = 2 * math.pi / 32  # between points on such a circle
TURNS = torch.arange(32, dtype=torch.float64, device="cpu") * STEP
NARROW = 0.2  # of the highest rise: lower points of a circle are refined
FLAT = 1e-14  # of the loss: a smaller rise is rounding


class EffectiveLoss(Objective):
    """What an optimizer minimises: the loss (or its negative, if it ascends) + (decay / 2) · ‖parameters‖²."""

    def __init__(self, of: Objective, decay: float = 0.0, *, up: bool = False) -> None:
        vars(self).update(vars(of))
        self._of, self._decay, self._sign = of, decay, -1.0 if up else 1.0
        self.convex = of.convex and not up

    def parameters(self, start: Point, dtype: torch.dtype | None = None) -> list[Tensor]:
        """Those of the objective."""
        return self._of.parameters(start, dtype)

    def loss(self, parameters: list[Tensor], subset: Tensor | None = None) -> Tensor:
        """Loss and decay."""
        loss = self._sign * self._of.loss(parameters, subset)
        return loss + self._decay / 2 * sum((p**2).sum() for p in parameters) if self._decay else loss

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """Loss and decay at many points."""
        return self._sign * self._of.values(weight, bias) + self._decay / 2 * (weight**2 + bias**2)


def solve(objective: Objective, decay: float = 0.0) -> Minimum | None:
    """The minimum of a convex loss + (decay / 2) · ‖parameters‖², None if it is not a single point.

    Source: the centre of gravity method (Levin 1965): the minimum lies in that half of a convex region, cut
    through its centroid, that the gradient points away from.
    """
    # For data far from 0, weight and bias are so correlated that the minimum would be lost in rounding.
    near, middle, spread = (objective, 0.0, 1.0) if decay else objective.standardized()
    function = EffectiveLoss(near, decay)
    with one_thread():
        for reach in REACHES:
            best = _cut_down(function, [(reach * w, reach * b) for w, b in CORNERS])
            if best is None:
                return None
            if max(abs(best.weight), abs(best.bias)) < 0.99 * reach:
                if not is_isolated(function, best):
                    return None
                weight = best.weight / spread
                return Minimum(weight, best.bias - weight * middle, best.loss, proven=not function.rounded)
    return None


def _cut_down(function: Objective, region: list[Corner]) -> Minimum | None:
    best: Minimum | None = None
    for _ in range(CUTS):
        centre = _centroid(region)
        if centre is None:
            break
        loss, slope = function.slope(centre)
        if not np.isfinite([loss, *slope]).all():
            return None
        if not slope.any():
            return Minimum(*centre, loss, proven=True)  # of a convex function: no point is lower
        if best is None or loss <= best.loss:
            best = Minimum(*centre, loss, proven=True)
        region = _half(region, centre, slope.tolist())
    span = max((math.dist(a, b) for a in region for b in region), default=0.0)
    return best if best is not None and span < SHARP * (1 + math.hypot(best.weight, best.bias)) else None


def is_isolated(function: Objective, best: Minimum) -> bool:
    """Whether the loss rises in all directions from a minimum, which is then not on a flat floor.

    On circles of decreasing radius the least rise falls by 100 each time if the loss is parabolic; if it falls to
    nothing, the minimum is on a floor.
    """
    size, before = 1 + math.hypot(best.weight, best.bias), 0.0
    for reach in NEAR:
        least, flat = _least_rise(function, best, reach * size)
        if least <= flat or least < before / 200:
            return False
        if least < 1e3 * flat:
            break  # smaller circles are lost in rounding
        before = least
    return True


def _least_rise(function: Objective, best: Minimum, reach: float) -> tuple[float, float]:
    """The least rise of the loss on a circle, and the rise that is rounding."""
    rises = function.ring(best, reach, TURNS) - best.loss
    high = float(rises.max())
    dips = (rises <= rises.roll(1)) & (rises <= rises.roll(-1)) & (rises < NARROW * high)
    least = [_deepest(function, best, reach, float(dip)) for dip in TURNS[dips]]
    return min([float(rises.min()), *least]), FLAT * (abs(best.loss) + high)


def _deepest(function: Objective, best: Minimum, reach: float, turn: float) -> float:
    """The lowest rise near an angle, within one step of `TURNS`."""
    step, least = STEP, math.inf
    while step > 1e-16:
        turns = turn + step * torch.linspace(-1, 1, len(TURNS) + 1, dtype=torch.float64)
        rises = function.ring(best, reach, turns) - best.loss
        turn, step, least = float(turns[rises.argmin()]), 4 * step / len(TURNS), min(least, float(rises.min()))
    return least


def _centroid(region: list[Corner]) -> Corner | None:
    """The centre of gravity of a polygon, None if its area is 0 in floating point."""
    if len(region) < 3:
        return None
    w0, b0 = region[0]  # relative to a corner, or small areas would be lost in rounding
    area = weight = bias = 0.0
    for (w1, b1), (w2, b2) in pairwise(region[1:]):
        part = (w1 - w0) * (b2 - b0) - (w2 - w0) * (b1 - b0)
        area += part
        weight += part * (w1 + w2 - 2 * w0) / 3
        bias += part * (b1 + b2 - 2 * b0) / 3
    return (w0 + weight / area, b0 + bias / area) if abs(area) > 1e-30 else None


def _half(region: list[Corner], centre: Corner, slope: Corner) -> list[Corner]:
    """The part of a convex polygon in which the loss can be lower than at the centre."""
    uphill = [slope[0] * (w - centre[0]) + slope[1] * (b - centre[1]) for w, b in region]
    kept: list[Corner] = []
    for i, (corner, height) in enumerate(zip(region, uphill, strict=True)):
        before, before_height = region[i - 1], uphill[i - 1]
        if (height > 0) != (before_height > 0):
            t = before_height / (before_height - height)
            kept.append((before[0] + t * (corner[0] - before[0]), before[1] + t * (corner[1] - before[1])))
        if height <= 0:
            kept.append(corner)
    return kept
