"""Where a loss is least: proven where it is convex, else the best of the grid, refined."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch

from animgd.answer import timely
from animgd.declared_problem import Point, Window
from animgd.errors import SceneError
from animgd.landscape import survey
from animgd.objective import Objective
from animgd.records import Landscape, Minimum

Corner = tuple[float, float]  # (weight, bias)
REACHES = (1e2, 1e4, 1e6, 1e9, 1e12)  # how far from the origin the minimum is looked for, in turn
CUTS = 140  # each leaves at most 1 - 1/e of the area: from 200 × 200 to 1e-12 × 1e-12
LOOKS = 60  # grids at most; each that need not walk is a fifth of the one before
SHARP = 1e-6  # a region longer than this after all cuts is a valley: no single minimum


def solve(objective: Objective, decay: float = 0.0) -> Minimum | None:
    """The minimum of a convex loss + (decay / 2) · ‖parameters‖², None where it is no single point.

    Source: the centre of gravity method (Levin 1965): the minimum lies in that half of a convex region, cut
    through its centroid, that the gradient points away from.
    """
    for reach in REACHES:
        region = [(-reach, -reach), (-reach, reach), (reach, reach), (reach, -reach)]
        best = _cut_down(objective, decay, region)
        if best is None:
            return None
        if max(abs(best.weight), abs(best.bias)) < 0.99 * reach:
            return best if _is_hollow(objective, decay, best) else None
    return None


def _cut_down(objective: Objective, decay: float, region: list[Corner]) -> Minimum | None:
    best: Minimum | None = None
    for _ in range(CUTS):
        centre = _centroid(region)
        if centre is None:
            break
        loss, slope = _slope(objective, decay, centre)
        if not math.isfinite(loss):
            return None
        if best is None or loss < best.loss:
            best = Minimum(*centre, loss, proven=True)
        if slope == (0.0, 0.0):
            break
        region = _half(region, centre, slope)
    span = max((math.dist(a, b) for a in region for b in region), default=0.0)
    sharp = best is not None and span < SHARP * (1 + math.hypot(best.weight, best.bias))
    return best if sharp else None


def _is_hollow(objective: Objective, decay: float, best: Minimum) -> bool:
    """Whether the loss is higher on all sides: where it fades to nothing, rounding may have stopped the cuts."""
    radius = 1e-3 * (1 + math.hypot(best.weight, best.bias))
    turns = [2 * math.pi * k / 16 for k in range(16)]
    around = [(best.weight + radius * math.sin(t), best.bias + radius * math.cos(t)) for t in turns]
    return all(_slope(objective, decay, place)[0] > best.loss for place in around)


def _slope(objective: Objective, decay: float, at: Corner) -> tuple[float, Corner]:
    parameters = objective.parameters(Point(weight=at[0], bias=at[1]), objective.exact)
    with torch.enable_grad(), timely(objective.declared):
        loss = objective.loss(parameters)
        if decay:
            loss = loss + decay / 2 * sum((p**2).sum() for p in parameters)
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


def refine(objective: Objective, landscape: Landscape) -> Minimum | None:
    """The best of the grid, refined; None on the edge, or where nothing is lower.

    It slides down the slope, which follows curved valleys, then looks around on ever smaller grids, which needs none.
    """
    loss = np.where(np.isfinite(landscape.loss), landscape.loss, np.inf)
    if not np.isfinite(landscape.loss).any() or np.nanmin(landscape.loss) == np.nanmax(landscape.loss):
        return None
    row, column = np.unravel_index(loss.argmin(), loss.shape)
    if {row, column} & {0, len(loss) - 1}:
        return None  # it falls further outside the window
    window, cells = landscape.window, len(loss) - 1
    half = [2 * (high - low) / cells for low, high in (window.weight, window.bias)]
    best = _slid(objective, _lowest(landscape), window)
    for _ in range(LOOKS):
        closer = _around(best, *half)
        if closer is None:
            break
        found = _lowest(survey(objective, closer, 21))
        walks = abs(found.weight - best.weight) > 0.99 * half[0] or abs(found.bias - best.bias) > 0.99 * half[1]
        best = found if found.loss < best.loss else best
        half = half if walks else [size / 5 for size in half]
    return best if _inside(window, best.weight, best.bias) else None


def _slid(objective: Objective, best: Minimum, window: Window) -> Minimum:
    """Where the slope leads from a place, or the place itself if that is no better.

    Source: torch's L-BFGS with a line search, in double precision.
    """
    parameters = objective.parameters(Point(weight=best.weight, bias=best.bias), objective.exact)
    slide = torch.optim.LBFGS(parameters, max_iter=300, tolerance_grad=1e-12, tolerance_change=1e-15,
                              line_search_fn="strong_wolfe")  # fmt: skip

    def slope() -> torch.Tensor:
        slide.zero_grad()
        with timely(objective.declared):
            loss = objective.loss(parameters).reshape(())
            loss.backward()  # type: ignore[no-untyped-call]
        for parameter in parameters:
            parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        return loss

    try:
        with torch.enable_grad():
            slide.step(slope)  # type: ignore[no-untyped-call]
            weight, bias = (parameter.item() for parameter in parameters)
            loss = slope().item()
    except (SceneError, RuntimeError, IndexError):  # an undefined place, where torch's line search gives up
        return best
    better = loss < best.loss and _inside(window, weight, bias)
    return Minimum(weight, bias, loss, proven=False) if better else best


def _inside(window: Window, weight: float, bias: float) -> bool:
    return window.weight[0] < weight < window.weight[1] and window.bias[0] < bias < window.bias[1]


def _around(best: Minimum, weight: float, bias: float) -> Window | None:
    """So much on each side, None once that is too narrow to be a window."""
    try:
        return Window(bias=(best.bias - bias, best.bias + bias), weight=(best.weight - weight, best.weight + weight))
    except SceneError:
        return None


def _lowest(landscape: Landscape) -> Minimum:
    loss = np.where(np.isfinite(landscape.loss), landscape.loss, np.inf)
    row, column = np.unravel_index(loss.argmin(), loss.shape)
    weight = np.linspace(*landscape.window.weight, loss.shape[0])[row]
    bias = np.linspace(*landscape.window.bias, loss.shape[1])[column]
    return Minimum(float(weight), float(bias), float(loss[row, column]), proven=False)
