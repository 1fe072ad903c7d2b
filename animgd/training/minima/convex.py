"""Where a convex loss is least: solved for, and proven to be one place."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from animgd.recording.model import Minimum
from animgd.scene.problem import Point
from animgd.training.objective import Objective, one_thread
from animgd.training.own_code.call import timely

Corner = tuple[float, float]  # (weight, bias)
REACHES = (1e2, 1e4, 1e6, 1e9, 1e12)  # how far from the origin the minimum is looked for, in turn
# Corners of the first region, around the square of that reach. They are uneven: where data are symmetric, cuts through
# a square would all be parallel, or land on the minimum.
CORNERS = tuple((2 * math.sin(t), 2 * math.cos(t)) for t in (0.3, 1.7, 2.9, 4.2, 5.4))
CUTS = 140  # each leaves at most 1 - 1/e of the area, half as a rule: from 400 × 400 to 1e-18 × 1e-18
SHARP = 1e-6  # a region longer than this after all cuts is a valley: no single minimum
NEAR = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)  # of a minimum's distance from the origin, where floors are looked for
TURNS = 32  # directions in which a minimum is compared with what is around it
NARROW = 0.2  # of the highest rise: a valley's floor is less than a direction away from a lower one
FLAT = 1e-14  # of the loss: what rises less is as low, but for rounding


class Descended(Objective):
    """What an optimizer really descends: the loss (or its negative, where it ascends) + (decay / 2) · ‖parameters‖²."""

    def __init__(self, of: Objective, decay: float = 0.0, *, up: bool = False) -> None:
        self._of, self._decay, self._sign = of, decay, -1.0 if up else 1.0
        super().__init__(of.declared, of.near, of.generators)
        self.convex = of.convex and not up
        self.random, self.rounded, self.dtype, self.exact = of.random, of.rounded, of.dtype, of.exact

    def parameters(self, start: Point, dtype: torch.dtype | None = None) -> list[Tensor]:
        """The objective's own."""
        return self._of.parameters(start, dtype)

    def loss(self, parameters: list[Tensor]) -> Tensor:
        """The loss and the decay."""
        loss = self._sign * self._of.loss(parameters)
        return loss + self._decay / 2 * sum((p**2).sum() for p in parameters) if self._decay else loss

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """Both at many points."""
        return self._sign * self._of.values(weight, bias) + self._decay / 2 * (weight**2 + bias**2)


def solve(objective: Objective, decay: float = 0.0) -> Minimum | None:
    """The minimum of a convex loss + (decay / 2) · ‖parameters‖², None where it is no single point.

    Source: the centre of gravity method (Levin 1965): the minimum lies in that half of a convex region, cut
    through its centroid, that the gradient points away from.
    """
    # Data far from 0 tie weight and bias so closely to each other that the minimum would drown in rounding.
    near, middle, spread = (objective, 0.0, 1.0) if decay else objective.centred()
    function = Descended(near, decay)
    with one_thread():
        for reach in REACHES:
            best = _cut_down(function, [(reach * w, reach * b) for w, b in CORNERS])
            if best is None:
                return None
            if max(abs(best.weight), abs(best.bias)) < 0.99 * reach:
                if not is_alone(function, best):
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
        loss, slope = _slope(function, centre)
        if not all(map(math.isfinite, (loss, *slope))):
            return None
        if slope == (0.0, 0.0):
            return Minimum(*centre, loss, proven=True)  # of a convex function: no place is lower
        if best is None or loss <= best.loss:
            best = Minimum(*centre, loss, proven=True)
        region = _half(region, centre, slope)
    span = max((math.dist(a, b) for a in region for b in region), default=0.0)
    return best if best is not None and span < SHARP * (1 + math.hypot(best.weight, best.bias)) else None


def is_alone(function: Objective, best: Minimum) -> bool:
    """Whether a minimum is higher on all sides: not on a floor, however small, or where rounding stopped the cuts.

    On circles around it, ever smaller, the least rise falls by 100 where a valley is as round as a parabola; where
    it falls to nothing there is a floor.
    """
    size, before = 1 + math.hypot(best.weight, best.bias), 0.0
    for reach in NEAR:
        least, flat = _least_rise(function, best, reach * size)
        if least <= flat or least < before / 200:
            return False
        if least < 1e3 * flat:
            break  # what is nearer drowns in rounding
        before = least
    return True


def _least_rise(function: Objective, best: Minimum, reach: float) -> tuple[float, float]:
    """How much the loss rises at least on a circle, and which rise is rounding."""

    def rise(turns: Tensor) -> Tensor:
        return function.values(best.weight + reach * turns.sin(), best.bias + reach * turns.cos()) - best.loss

    turns = torch.arange(TURNS, dtype=torch.float64) * (2 * math.pi / TURNS)
    rises = rise(turns)
    high = float(rises.max())
    dips = (rises <= rises.roll(1)) & (rises <= rises.roll(-1)) & (rises < NARROW * high)
    least = [_deepest(rise, float(dip)) for dip in turns[dips]]
    return min([float(rises.min()), *least]), FLAT * (abs(best.loss) + high)


def _deepest(rise: Callable[[Tensor], Tensor], turn: float) -> float:
    """The lowest rise near an angle, which is nearer than the next of `TURNS`."""
    step, least = 2 * math.pi / TURNS, math.inf
    while step > 1e-16:
        turns = turn + step * torch.linspace(-1, 1, TURNS + 1, dtype=torch.float64)
        rises = rise(turns)
        turn, step, least = float(turns[rises.argmin()]), 4 * step / TURNS, min(least, float(rises.min()))
    return least


def _slope(function: Objective, at: Corner) -> tuple[float, Corner]:
    parameters = function.parameters(Point(weight=at[0], bias=at[1]), function.exact)
    with torch.enable_grad(), timely(function.declared):
        loss = function.loss(parameters)
        weight, bias = torch.autograd.grad(loss, parameters)
    return loss.item(), (weight.item(), bias.item())


def _centroid(region: list[Corner]) -> Corner | None:
    """The centre of gravity of a polygon, None once it has no area left in floating point."""
    if len(region) < 3:
        return None
    w0, b0 = region[0]  # relative to a corner, or the small areas would drown in rounding
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
