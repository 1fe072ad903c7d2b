"""A narrower window around the minimum in which a run ends: how much narrower, and from which epoch it stays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from animgd.recording.model import Minimum, PanelRecording, Series, Trajectory
from animgd.scene.problem import Window

FACTORS = (5, 10, 20)  # how many times narrower
LONG = 3.2  # sides of the narrower window: a shorter rest of the path needs no magnification


class Rest(NamedTuple):
    """The end of a path, which stays in a narrower window around a minimum. Units: `length` in sides of that window."""

    times: int
    epoch: Fraction  # the first from which on it stays
    length: float
    minimum: Minimum


def rests(panels: Sequence[PanelRecording]) -> list[Rest | None]:
    """The rest of the path of each panel's only run.

    All panels have the window of the one that needs the widest: they can be compared.
    """
    found = [rest_of(panel) for panel in panels]
    times = min((each.times for each in found if each), default=0)
    return [each and rest_of(panel, (times,), 0.0) for panel, each in zip(panels, found, strict=True)]


def rest_of(panel: PanelRecording, factors: tuple[int, ...] = FACTORS, least: float = LONG) -> Rest | None:
    """The rest of the path of a panel's only run, at least so long."""
    if len(panel.runs) != 1:
        return None
    return rest(panel.runs[0], panel.landscape.window, panel.minima, factors, least)


def rest(
    path: Trajectory,
    window: Window,
    minima: tuple[Minimum, ...],
    factors: tuple[int, ...] = FACTORS,
    least: float = LONG,
) -> Rest | None:
    """The longest rest of a path around the minimum nearest to its end; None if it is short, or the run diverges."""
    if path.diverged_at is not None or not minima:
        return None
    centre = min(minima, key=lambda place: float(np.hypot(*_away(path, window, place)[:, -1])))
    away = _away(path, window, centre)
    found = [_staying(times * away, times, centre) for times in factors]
    best = max(found, key=lambda each: each.length)
    best = best._replace(epoch=best.epoch / path.steps_per_epoch)
    return best if best.length >= least else None


def _away(path: Trajectory, window: Window, place: Minimum) -> Series:
    """How far a run is from a place, in sides of the window. Shapes: (2, steps + 1)."""
    (left, right), (low, high) = window.bias, window.weight
    across, up = (path.bias - place.bias) / (right - left), (path.weight - place.weight) / (high - low)
    return np.array([across, up])


def _staying(away: Series, times: int, centre: Minimum) -> Rest:
    outside = np.flatnonzero(~(np.abs(away) <= 0.5).all(0))
    step = int(outside[-1]) + 1 if outside.size else 0
    return Rest(times, Fraction(step), float(np.hypot(*np.diff(away[:, step:])).sum()), centre)


def narrowed(window: Window, found: Rest) -> Window:
    """The window so many times narrower, around the minimum."""
    sides = {}
    for name, middle in (("bias", found.minimum.bias), ("weight", found.minimum.weight)):
        low, high = getattr(window, name)
        half = (high - low) / found.times / 2
        sides[name] = middle - half, middle + half
    return Window(**sides)
