"""Resample a landscape at the pixels of a panel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box


def view(unit: NDArray[np.float64], box: Box, part: Box, smooth: bool) -> NDArray[np.float64]:
    """The landscape at the centres of pixels, bilinear if `smooth`, else nearest-neighbour.

    The first and last samples lie on the window's edges: cells are centred on samples, and half of each outer cell
    is visible.
    Shapes: `unit` is (rows, columns), row 0 the lowest weight; the result has the shape of `part`, row 0 the top line.
    """
    rows, columns = unit.shape
    across = (np.arange(part.left, part.right) + 0.5 - box.left) / box.width * (columns - 1)
    up = (box.bottom - np.arange(part.top, part.bottom) - 0.5) / box.height * (rows - 1)
    if not smooth:
        nearest: NDArray[np.float64] = unit[
            np.floor(up + 0.5).astype(int)[:, None], np.floor(across + 0.5).astype(int)[None, :]
        ]
        return nearest
    return interpolated(unit, up, across)


def interpolated(
    values: NDArray[np.float64], up: NDArray[np.float64], across: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bilinear values between samples. Shapes: (rows, columns), (n,), (m,) -> (n, m).

    Units: `up` and `across` in samples.
    """
    return _interpolated(_interpolated(values, up, 0), across, 1)


def _interpolated(values: NDArray[np.float64], at: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    first = np.minimum(at.astype(int), values.shape[axis] - 2)
    part = np.expand_dims(at - first, 1 - axis)
    low, high = np.take(values, first, axis), np.take(values, first + 1, axis)
    result: NDArray[np.float64] = low + (high - low) * part
    return result
