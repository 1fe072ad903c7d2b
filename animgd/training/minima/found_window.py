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

# Shapes: places (points) are (n, 2) or (2,), sides (2,); the last axis is (weight, bias).


@dataclass(frozen=True)
class Rise:
    """How much a loss changes from a point across each side, and how much justifies a short side.

    Units: `enough` is a fraction of the change across the other side.
    """

    of: Callable[[Series, Series], Series]  # (place, sides)
    enough: float


def shown(starts: Series, lowest: Series, paths: list[Trajectory], rise: Rise) -> Window:
    """The window that contains starts, minima, and the parts of paths near them."""
    walked = [_places(path) for path in paths]
    anchors = np.concatenate([starts, lowest])
    if not len(lowest):
        anchors = np.concatenate([anchors, *(places[: calm(places)] for places in walked)])
    ends = np.array([places[-1] for places in walked if _rests(places)]).reshape(-1, 2)
    anchors = np.concatenate([anchors, _near(ends, anchors, RESTING, rise)])
    near = [_near(places, anchors, FURTHEST if _stays(places, anchors, rise) else PARTING, rise) for places in walked]
    return around(np.concatenate([anchors, *near]), MARGIN, rise)


def searched(starts: Series, hints: Series, paths: list[Trajectory], rise: Rise) -> Window:
    """The window in which points lower than the ends of paths are searched."""
    walked = [_places(path) for path in paths]
    return around(np.concatenate([starts, hints, *(places[: calm(places)] for places in walked)]), WIDER, rise)


def around(places: Series, margin: float, rise: Rise) -> Window:
    """The window around some points. Units: `margin` in sides, at each end."""
    low, high = places.min(0), places.max(0)
    sides = _sides(high - low, places[0], rise)
    middle, half = (low + high) / 2, sides * (0.5 + margin)
    half = np.maximum(half, 1e-5 * np.abs(middle))  # room between samples
    low, high = (np.clip(edge, -LARGEST, LARGEST).tolist() for edge in (middle - half, middle + half))
    return Window(bias=(low[1], high[1]), weight=(low[0], high[0]))


def calm(places: Series) -> int:
    """The number of epochs before a path leaves for good; all if it does not."""
    with np.errstate(over="ignore"):
        away = np.hypot(*(places - places[0]).T)
    end = len(away)
    while end > 2:
        inside = np.flatnonzero(away[:end] <= LEAVING * np.median(away[:end]))
        if inside[-1] == end - 1 or inside[-1] < 1:
            break
        end = max(2, int(inside[-1]) + 1)
    return end


def _places(path: Trajectory) -> Series:
    """The points of a path until it is not finite."""
    places = np.stack([path.weight, path.bias], 1)
    good = np.isfinite(places).all(1) & np.isfinite(path.loss) & (np.abs(places).max(1) < LARGEST)
    return places[: max(1, len(good) if good.all() else int(good.argmin()))]


def _rests(places: Series) -> bool:
    """Whether a path hardly moves in the last tenth of its epochs."""
    way = np.abs(places - places[0]).max(0)
    last = np.ptp(places[-max(2, len(places) // 10) :], axis=0)
    return bool((last <= 0.05 * way.max()).all())


def _stays(places: Series, anchors: Series, rise: Rise) -> bool:
    return len(_near(places[-1:], anchors, FURTHEST, rise)) > 0


def _near(places: Series, anchors: Series, sides: float, rise: Rise) -> Series:
    window = around(anchors, sides, rise)
    low, high = np.array([window.weight, window.bias]).T
    inside: Series = places[((places >= low) & (places <= high)).all(1)]
    return inside


def _sides(span: Series, place: Series, rise: Rise) -> Series:
    """The sides of a window, none so short that its axis would show nothing."""
    if not span.max() > 0:
        return np.asarray(np.maximum(1.0, 1e-3 * np.abs(place)))
    sides: Series = np.maximum(span, 1e-6 * span.max())
    top = float(np.nanmax(rise.of(place, sides), initial=0.0))
    for axis in (0, 1):
        least = SLENDER * span[1 - axis]
        while sides[axis] < least and not rise.of(place, sides)[axis] >= rise.enough * top:
            sides[axis] = min(2 * sides[axis], least)
    return sides
