"""Where a loss is least: proven where it is convex, else the best of the grid, refined."""

from __future__ import annotations

import math

import numpy as np
import torch

from animgd.errors import SceneError
from animgd.landscape import survey
from animgd.problem import Objective
from animgd.records import Landscape, Minimum
from animgd.scene import Point, Window

Corner = tuple[float, float]  # (weight, bias)
REACHES = (1e2, 1e4, 1e6, 1e9, 1e12)  # how far from the origin the minimum is looked for, in turn
CUTS = 140  # each leaves at most 1 - 1/e of the area: from 200 × 200 to 1e-12 × 1e-12
SHARP = 1e-6  # a region longer than this after all cuts is a valley: no single minimum


def solve(objective: Objective, decay: float = 0.0) -> Minimum | None:
    """The minimum of a convex loss + (decay / 2) · ‖parameters‖², None where it is no single point.

    Source: the centre of gravity method (Levin 1965): the minimum lies in that half of a convex region, cut
    through its centroid, that the gradient points away from.
    """
    for reach in REACHES:
        region = [(-reach, -reach), (-reach, reach), (reach, reach), (reach, -reach)]
        best = _cut_down(objective, decay, region)
        if best is None or max(abs(best.weight), abs(best.bias)) < 0.99 * reach:
            return best
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


def _slope(objective: Objective, decay: float, at: Corner) -> tuple[float, Corner]:
    parameters = objective.parameters(Point(weight=at[0], bias=at[1]), torch.float64)
    with torch.enable_grad():
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
    for (w1, b1), (w2, b2) in zip(region[1:], region[2:], strict=False):
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
    """The best of the grid, refined by ever smaller grids; None on the edge, or where nothing is lower."""
    loss = landscape.loss
    if not np.isfinite(loss).any() or np.nanmin(loss) == np.nanmax(loss):
        return None
    row, column = np.unravel_index(np.nanargmin(np.where(np.isfinite(loss), loss, np.inf)), loss.shape)
    if {row, column} & {0, len(loss) - 1}:
        return None  # it falls further outside the window
    window = landscape.window
    while (closer := _closer(landscape)) is not None:
        landscape = survey(objective, closer, 21)
    return _lowest(landscape)


def _closer(landscape: Landscape) -> Window | None:
    """Two cells on each side of the lowest sample, None once that is too narrow to be a window."""
    best, window, cells = _lowest(landscape), landscape.window, len(landscape.loss) - 1
    half = [2 * (high - low) / cells for low, high in (window.bias, window.weight)]
    try:
        return Window(
            bias=(best.bias - half[0], best.bias + half[0]), weight=(best.weight - half[1], best.weight + half[1])
        )
    except SceneError:
        return None


def _lowest(landscape: Landscape) -> Minimum:
    loss = np.where(np.isfinite(landscape.loss), landscape.loss, np.inf)
    row, column = np.unravel_index(loss.argmin(), loss.shape)
    weight = np.linspace(*landscape.window.weight, loss.shape[0])[row]
    bias = np.linspace(*landscape.window.bias, loss.shape[1])[column]
    return Minimum(float(weight), float(bias), float(loss[row, column]), proven=False)
