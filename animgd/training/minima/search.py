"""The minima of any loss: the local minima of a grid (dips), refined."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from animgd.recording.model import Landscape, Minimum, Series
from animgd.scene.problem import Window
from animgd.training.minima.convex import TURNS
from animgd.training.objective import Objective, one_thread

DIPS = 64  # of a grid, the lowest, that are refined
DESCENTS = 8  # of these, that are refined by descent first
MISSES = 12  # dips in a row without a new minimum, after which the other, higher, dips are skipped
SIDE = 21  # samples along each axis of the small grids around a point
STEPS, HALVINGS = 200, 30  # at most, of a descent, and of each of its steps
MOST_GRIDS = 60  # small grids around a point at most
FUTILE_GRIDS = 4  # small grids without a lower point, each a fifth of the one before, after which the search ends
APART = 5e-3  # of a window's sides: nearer points are the same minimum
PAIRS = 4  # of the lowest points, between which a valley is searched
AS_LOW = 1e-6  # of the median's rise over the lowest sample
NEAR = (1e-2, 1e-4, 1e-6)  # distances from a point at which lower values are searched
EIGHT = torch.arange(8, dtype=torch.float64, device="cpu") * (2 * math.pi / 8)  # angles around a point
ENDLESS = 1e12  # a descent that leads this far has no minimum


def lowest(objective: Objective, landscape: Landscape, hints: Iterable[Minimum] = ()) -> tuple[Minimum, ...]:
    """All global minima, the lowest first; () if the loss falls beyond the edge or along a valley.

    `hints` are points that were found otherwise; they may be outside the window.
    """
    finite = landscape.loss[np.isfinite(landscape.loss)]
    if not finite.size or finite.min() == finite.max():
        return ()
    level = AS_LOW * float(np.median(finite) - finite.min())
    with one_thread():
        found = sorted([*hints, *_ends(objective, landscape, level)], key=lambda point: point.loss)
        best = _distinct([point for point in found if point.loss <= found[0].loss + level], landscape.window)
        if not best or finite.min() < best[0].loss - level or not _is_settled(objective, best[0]):
            return ()
        if _is_valley(objective, best, landscape, level):
            return ()
    return tuple(best)


def rest(objective: Objective, weight: float, bias: float) -> Minimum | None:
    """The local minimum that the slope leads to from a point, None if there is none."""
    with one_thread():
        point = _descended(objective, Minimum(weight, bias, math.nan, proven=False))
        reach = 1e-3 * (1 + math.hypot(point.weight, point.bias))
        point = _refined(objective, point, reach, reach)
        around = objective.ring(point, reach, TURNS)
        ends = math.isfinite(point.loss) and max(abs(point.weight), abs(point.bias)) < ENDLESS
        return point if ends and bool((around > point.loss).all()) and _has_floor(objective, point, reach) else None


def _ends(objective: Objective, landscape: Landscape, level: float) -> list[Minimum]:
    """The local minima that the dips of a landscape lead to, inside its window."""
    window, cells = landscape.window, len(landscape.loss) - 1
    half = [2 * (high - low) / cells for low, high in (window.weight, window.bias)]
    found: list[Minimum] = []

    def is_good(point: Minimum) -> bool:
        new = len(_distinct([*found, point], window)) > len(_distinct(found, window))
        return new and point.loss <= min((other.loss for other in found), default=math.inf) + level

    misses = 0
    for number, dip in enumerate(_dips(landscape)):
        point = _refined(objective, dip, *half) if number >= DESCENTS else dip
        if number < DESCENTS or is_good(point):  # the dip may be in a curved valley
            point = _refined(objective, _descended(objective, point, window), *half)
        misses = 0 if is_good(point) else misses + 1
        found += [point] if _inside(window, point) and _has_floor(objective, point, half[0]) else []
        if misses == MISSES:
            break
    return found


def _dips(landscape: Landscape) -> list[Minimum]:
    """The samples, except at the edge, without a lower neighbour; the lowest first."""
    loss = np.where(np.isfinite(landscape.loss), landscape.loss, np.inf)
    if len(loss) < 3:
        return []
    around = np.lib.stride_tricks.sliding_window_view(loss, (3, 3)).min((2, 3))
    inner = loss[1:-1, 1:-1]
    rows, columns = np.nonzero((inner <= around) & np.isfinite(inner))
    order = np.argsort(inner[rows, columns], kind="stable")[:DIPS]
    sides = landscape.window.weight, landscape.window.bias
    weight, bias = (np.linspace(*side, len(loss))[1:-1] for side in sides)
    return [Minimum(float(weight[row]), float(bias[column]), float(inner[row, column]), proven=False)
            for row, column in zip(rows[order], columns[order], strict=True)]  # fmt: skip


def _descended(objective: Objective, start: Minimum, window: Window | None = None) -> Minimum:
    """The point that the slope leads to from a start; the start itself if that is outside the window.

    Source: BFGS with the bisection line search of Lewis and Overton, "Nonsmooth optimization via quasi-Newton
    methods", 2013, which also works for losses with kinks.
    """
    at = np.array([start.weight, start.bias])
    loss, slope = objective.slope(at)
    point = start = replace(start, loss=loss)
    inverse = np.eye(2) / (np.linalg.norm(slope) or 1.0)
    for _ in range(STEPS):
        step = _step(objective, at, loss, slope, -inverse @ slope) if np.isfinite(slope).all() else None
        if step is None:
            break
        moved, turned = step[0] - at, step[2] - slope
        at, loss, slope = step
        point = Minimum(float(at[0]), float(at[1]), loss, proven=False)
        if window and not _inside(window, point):
            return start
        curvature = float(moved @ turned)
        if curvature <= 0:
            break
        shear = np.eye(2) - np.outer(moved, turned) / curvature
        inverse = shear @ inverse @ shear.T + np.outer(moved, moved) / curvature
    return point


Step = tuple[Series, float, Series]  # point, loss, slope


def _step(objective: Objective, at: Series, loss: float, slope: Series, towards: Series) -> Step | None:
    """A step that satisfies the Wolfe conditions; None if there is none."""
    fall = float(slope @ towards)
    near, far, size = 0.0, math.inf, 1.0
    for _ in range(HALVINGS if fall < -1e-15 * abs(loss) else 0):
        point = at + size * towards
        new, there = objective.slope(point)
        if not new < loss + 1e-4 * size * fall:
            far = size
        elif float(there @ towards) < 0.9 * fall:
            near = size
        elif np.isfinite(there).all():
            return point, new, there
        else:
            return None
        size = (near + far) / 2 if far < math.inf else 2 * near
    return None


def _refined(objective: Objective, point: Minimum, up: float, across: float) -> Minimum:
    """The lowest point on grids of decreasing size, without gradients. Units: half sides of the first."""
    steps = torch.linspace(-1, 1, SIDE, dtype=torch.float64)
    misses, finest = 0, 1e-16 * max(up, across)
    for _ in range(MOST_GRIDS):
        weight, bias = torch.meshgrid(point.weight + up * steps, point.bias + across * steps, indexing="ij")
        loss = objective.values(weight.flatten(), bias.flatten()).nan_to_num(math.inf, math.inf, math.inf)
        row, column = divmod(int(loss.argmin()), SIDE)
        lower = float(loss.min()) < point.loss
        if lower:
            point = Minimum(float(weight[row, 0]), float(bias[0, column]), float(loss.min()), proven=False)
        if not (lower and {row, column} & {0, SIDE - 1}):  # at the edge, the minimum may be further outside
            up, across = up / 5, across / 5
        misses = 0 if lower else misses + 1
        if misses == FUTILE_GRIDS or max(up, across) < finest:
            break
    return point


def _has_floor(objective: Objective, point: Minimum, side: float) -> bool:
    """Whether the loss stops falling towards a point, unlike towards a pole or along the edge of a domain."""
    near, far = (float(objective.ring(point, part * side, EIGHT).max()) - point.loss for part in (1e-8, 1e-4))
    rounding = 1e-9 * abs(point.loss)
    return math.isfinite(point.loss) and math.isfinite(near) and not near > max(far - near, rounding)


def _is_settled(objective: Objective, point: Minimum) -> bool:
    """Whether nothing near is lower; in narrow valleys far from 0, rounding ends the search before the floor."""
    around = objective.ring(point, torch.tensor(NEAR, dtype=torch.float64, device="cpu")[:, None], EIGHT)
    return not bool((around < point.loss - 1e-9 * (1 + abs(point.loss))).any())


def _is_valley(objective: Objective, best: list[Minimum], landscape: Landscape, level: float) -> bool:
    """Whether a point between two of the lowest is as low, so that the minima are not isolated."""
    for one, other in pairwise(best[:PAIRS]):
        for part in (0.5, 0.3):
            weight = one.weight + part * (other.weight - one.weight)
            bias = one.bias + part * (other.bias - one.bias)
            point = _descended(objective, Minimum(weight, bias, math.nan, proven=False))
            new = len(_distinct([*best, point], landscape.window, APART / 5)) > len(best)
            if new and point.loss <= best[0].loss + level:
                return True
    return False


def _distinct(points: list[Minimum], window: Window, apart: float = APART) -> list[Minimum]:
    """The points without those that are nearly at an earlier one."""
    kept: list[Minimum] = []
    sides = [high - low for low, high in (window.weight, window.bias)]
    for point in points:
        near = (math.hypot((point.weight - k.weight) / sides[0], (point.bias - k.bias) / sides[1]) for k in kept)
        if all(distance > apart for distance in near):
            kept.append(point)
    return kept


def _inside(window: Window, point: Minimum) -> bool:
    return window.weight[0] < point.weight < window.weight[1] and window.bias[0] < point.bias < window.bias[1]
