"""The default window of a scene: it contains starts, minima, and paths while they stay near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from animgd.recording.model import Series, Trajectory
from animgd.scene.problem import LARGEST, Window

MARGIN = 0.12  # of a side, at each end
FURTHEST = 2.0  # sides around starts and minima within which paths are shown
RESTING = 10.0  # sides within which the end of a path that comes to rest is shown
WIDER = 5.0  # sides, at each end, within which lower points are searched
SLENDER = 0.35  # of the other side: the least length of a side, unless the loss changes enough across it
LEAVING = 2.5  # times the median distance from the start: a path that stays further away has left
PARTING = 0.3  # sides within which a path that leaves is shown

# Shapes: points are (n, 2) or (2,), sides (2,); the last axis is (weight, bias).


@dataclass(frozen=True)
class Rise:
    """How much a loss changes from a point across each side, and how much justifies a short side.

    Units: `enough` is a fraction of the change across the other side.
    """

    of: Callable[[Series, Series], Series]  # (point, sides)
    enough: float


def shown(starts: Series, lowest: Series, paths: list[Trajectory], rise: Rise) -> Window:
    """The window that contains starts, minima, and the parts of paths near them."""
    walked = [_points(path) for path in paths]
    anchors = np.concatenate([starts, lowest])
    if not len(lowest):
        anchors = np.concatenate([anchors, *(points[: calm(points)] for points in walked)])
    ends = np.array([points[-1] for points in walked if _rests(points)]).reshape(-1, 2)
    anchors = np.concatenate([anchors, _near(ends, anchors, RESTING, rise)])
    near = [_near(points, anchors, FURTHEST if _stays(points, anchors, rise) else PARTING, rise) for points in walked]
    return around(np.concatenate([anchors, *near]), MARGIN, rise)


def searched(starts: Series, hints: Series, paths: list[Trajectory], rise: Rise) -> Window:
    """The window in which points lower than the ends of paths are searched."""
    walked = [_points(path) for path in paths]
    return around(np.concatenate([starts, hints, *(points[: calm(points)] for points in walked)]), WIDER, rise)


def around(points: Series, margin: float, rise: Rise) -> Window:
    """The window around some points. Units: `margin` in sides, at each end."""
    low, high = points.min(0), points.max(0)
    sides = _sides(high - low, points[0], rise)
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


def _points(path: Trajectory) -> Series:
    """The points of a path until it is not finite."""
    points = np.stack([path.weight, path.bias], 1)
    good = np.isfinite(points).all(1) & np.isfinite(path.loss) & (np.abs(points).max(1) < LARGEST)
    return points[: max(1, len(good) if good.all() else int(good.argmin()))]


def _rests(points: Series) -> bool:
    """Whether a path hardly moves in the last tenth of its epochs."""
    way = np.abs(points - points[0]).max(0)
    last = np.ptp(points[-max(2, len(points) // 10) :], axis=0)
    return bool((last <= 0.05 * way.max()).all())


def _stays(points: Series, anchors: Series, rise: Rise) -> bool:
    return len(_near(points[-1:], anchors, FURTHEST, rise)) > 0


def _near(points: Series, anchors: Series, sides: float, rise: Rise) -> Series:
    window = around(anchors, sides, rise)
    low, high = np.array([window.weight, window.bias]).T
    inside: Series = points[((points >= low) & (points <= high)).all(1)]
    return inside


def _sides(span: Series, point: Series, rise: Rise) -> Series:
    """The sides of a window, none so short that its axis would show nothing."""
    if not span.max() > 0:
        return np.asarray(np.maximum(1.0, 1e-3 * np.abs(point)))
    sides: Series = np.maximum(span, 1e-6 * span.max())
    top = float(np.nanmax(rise.of(point, sides), initial=0.0))
    for axis in (0, 1):
        least = SLENDER * span[1 - axis]
        while sides[axis] < least and not rise.of(point, sides)[axis] >= rise.enough * top:
            sides[axis] = min(2 * sides[axis], least)
    return sides
