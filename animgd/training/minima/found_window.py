"""The default window of a scene: it contains starts, minima, and paths while they stay near."""

from __future__ import annotations

import numpy as np
import torch

from animgd.recording.model import Series, Trajectory
from animgd.scene.problem import LARGEST, Function, Window
from animgd.training.objective import Objective

MARGIN = 0.12  # of a side, at each end
FURTHEST = 2.0  # sides around starts and minima within which paths are shown
RESTING = 10.0  # sides within which the end of a path that comes to rest is shown
WIDER = 5.0  # sides, at each end, within which lower points are searched
SLENDER = 0.35  # of the other side: the least length of a side, unless the loss changes enough across it
ENOUGH = 1 / 16  # of the change across the other side, that justifies a short side; for a function it is 1
LEAVING = 2.5  # times the median distance from the start: a path that stays further away has left
PARTING = 0.3  # sides within which a path that leaves is shown

# Shapes: points are (n, 2) or (2,), sides (2,); the last axis is (weight, bias).


def shown(starts: Series, lowest: Series, paths: list[Series], objective: Objective) -> Window:
    """The window that contains starts, minima, and the parts of paths near them."""
    anchors = np.concatenate([starts, lowest])
    if not len(lowest):
        anchors = np.concatenate([anchors, *(points[: calm(points)] for points in paths)])
    ends = np.array([points[-1] for points in paths if _rests(points)]).reshape(-1, 2)
    anchors = np.concatenate([anchors, _near(ends, anchors, RESTING, objective)])
    sides = [FURTHEST if len(_near(points[-1:], anchors, FURTHEST, objective)) else PARTING for points in paths]
    near = [_near(points, anchors, far, objective) for points, far in zip(paths, sides, strict=True)]
    return around(np.concatenate([anchors, *near]), MARGIN, objective)


def searched(starts: Series, hints: Series, paths: list[Series], objective: Objective) -> Window:
    """The window in which points lower than the ends of paths are searched."""
    return around(np.concatenate([starts, hints, *(points[: calm(points)] for points in paths)]), WIDER, objective)


def around(points: Series, margin: float, objective: Objective) -> Window:
    """The window around some points. Units: `margin` in sides, at each end."""
    low, high = points.min(0), points.max(0)
    sides = _sides(high - low, points[0], objective)
    middle, half = (low + high) / 2, sides * (0.5 + margin)
    half = np.maximum(half, 1e-5 * np.abs(middle))  # room between samples
    low, high = (np.clip(edge, -LARGEST, LARGEST).tolist() for edge in (middle - half, middle + half))
    return Window(bias=(low[1], high[1]), weight=(low[0], high[0]))


def calm(points: Series) -> int:
    """The number of epochs before a path leaves for good; all if it does not."""
    with np.errstate(over="ignore"):
        away = np.hypot(*(points - points[0]).T)
    end = len(away)
    while end > 2:
        inside = np.flatnonzero(away[:end] <= LEAVING * np.median(away[:end]))
        if inside[-1] == end - 1 or inside[-1] < 1:
            break
        end = max(2, int(inside[-1]) + 1)
    return end


def points_of(path: Trajectory, far: float = LARGEST) -> Series:
    """The points of a path until it is not finite or too far from 0, at least the first."""
    points = np.stack([path.weight, path.bias], 1)
    good = np.isfinite(path.loss) & (np.abs(points).max(1) < far)
    return points[: max(1, len(good) if good.all() else int(good.argmin()))]


def _rests(points: Series) -> bool:
    """Whether a path hardly moves in the last tenth of its epochs."""
    way = np.abs(points - points[0]).max(0)
    last = np.ptp(points[-max(2, len(points) // 10) :], axis=0)
    return bool((last <= 0.05 * way.max()).all())


def _near(points: Series, anchors: Series, sides: float, objective: Objective) -> Series:
    window = around(anchors, sides, objective)
    low, high = np.array([window.weight, window.bias]).T
    inside: Series = points[((points >= low) & (points <= high)).all(1)]
    return inside


def _sides(span: Series, point: Series, objective: Objective) -> Series:
    """The sides of a window, none so short that its axis would show nothing."""
    if not span.max() > 0:
        return np.asarray(np.maximum(1.0, 1e-3 * np.abs(point)))
    sides: Series = np.maximum(span, 1e-6 * span.max())
    top = float(np.nanmax(_changes(objective, point, sides), initial=0.0))
    enough = top if isinstance(objective.declared, Function) else ENOUGH * top
    for axis in (0, 1):
        least = SLENDER * span[1 - axis]
        while sides[axis] < least and not _changes(objective, point, sides)[axis] >= enough:
            sides[axis] = min(2 * sides[axis], least)
    return sides


def _changes(objective: Objective, point: Series, sides: Series) -> Series:
    """How much the loss changes from a point across each side."""
    steps = np.array([[0, 0], [sides[0], 0], [-sides[0], 0], [0, sides[1]], [0, -sides[1]]])
    loss = objective.values(*torch.from_numpy(point + steps).T).numpy()
    with np.errstate(invalid="ignore"):
        result: Series = np.abs(loss[1:] - loss[0]).reshape(2, 2).max(1)
    return result
