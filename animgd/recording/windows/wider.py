"""Wider windows around a run's window, for a run that leaves it: how much wider, and from which epoch on."""

from __future__ import annotations

import numpy as np

from animgd.recording.model import Series, Trajectory
from animgd.scene.problem import Window

FIT = 0.82  # of the half side: the path so far lies within it
MOST = 12  # different windows of a run


def doublings(path: Trajectory, window: Window) -> Series:
    """How often the window must be doubled to show the path up to each step; 0 until it leaves the window.

    Shapes: (path.last + 1,), whole numbers that never fall.
    """
    away = np.zeros(path.last + 1)  # from the middle of the window, in halves of its sides
    for values, (low, high) in ((path.weight, window.weight), (path.bias, window.bias)):
        away = np.fmax(away, np.abs(values[: path.last + 1] - (low + high) / 2) / ((high - low) / 2))
    away = np.maximum.accumulate(away)
    needed = np.maximum(1, np.ceil(np.log2(np.maximum(away, 1) / FIT)))
    return _few(np.where(away > 1, needed, 0).astype(int))


def _few(numbers: Series) -> Series:
    """The numbers, each at most rounded up to one of the `MOST` that are kept."""
    found = np.unique(numbers[numbers > 0])
    if len(found) <= MOST:
        return numbers
    kept = found[np.rint(np.linspace(0, len(found) - 1, MOST)).astype(int)]
    return np.where(numbers > 0, kept[np.searchsorted(kept, numbers)], 0)


def widened(window: Window, times: int) -> Window:
    """The window doubled so many times around its middle. Raises: SceneError, if that is too wide."""
    sides = {}
    for name, (low, high) in (("bias", window.bias), ("weight", window.weight)):
        middle, half = (low + high) / 2, (high - low) / 2 * 2.0**times
        sides[name] = middle - half, middle + half
    return Window(**sides)
