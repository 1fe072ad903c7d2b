"""The colours of a GIF: chosen once from what is known to be drawn, then looked up.

Source: weighted median cut (Heckbert 1982) for a start, then Lloyd's iteration (k-means) on the histogram.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animgd.frames import Pixels, Reel

Floats = NDArray[np.float32]
Codes = NDArray[np.uint32]
TRANSPARENT = 0  # the index that leaves a pixel as it was; its colour is never looked up
ROUNDS = 12
SHARE = 0.02  # how much of the picture the blends are taken to cover
STEPS = 8


def codes(pixels: Pixels) -> Codes:
    """Colours as numbers, 0xRRGGBB.

    Shapes: (..., 3) to (...).
    """
    red, green, blue = (pixels[..., plane].astype(np.uint32) for plane in range(3))
    return red << 16 | green << 8 | blue


def colours(numbers: Codes) -> Pixels:
    """The reverse of `codes`."""
    return np.stack([numbers >> 16, numbers >> 8, numbers], axis=-1).astype(np.uint8)


def choose(reel: Reel, most: int) -> Pixels:
    """The palette of a film, index `TRANSPARENT` first; colours that must be exact come next.

    Shapes: (at most `most`, 3).
    """
    numbers, counts = np.unique(codes(reel.still), return_counts=True)
    inks = codes(np.array(reel.inks, np.uint8).reshape(-1, 3))
    page = numbers[np.argsort(-counts, kind="stable")[:1]]
    exact = np.unique(np.concatenate([inks, page]))[: most - 1]
    points, weights = _gather(numbers, counts.astype(np.float64), inks)
    if len(numbers) + len(inks) < most and not len(inks):
        return np.concatenate([colours(numbers[:1]), colours(numbers)])
    fixed = colours(exact).astype(np.float32)
    centres = _lloyd(points, weights, fixed, most - 1)
    table = np.unique(codes(np.rint(centres).astype(np.uint8)))
    table = np.concatenate([exact, np.setdiff1d(table, exact)])
    return np.concatenate([colours(table[:1]), colours(table)])


def _gather(numbers: Codes, counts: NDArray[np.float64], inks: Codes) -> tuple[Floats, Floats]:
    """The colours of the film and how much each matters: the still's, and blends of inks with them."""
    points = [colours(numbers).astype(np.float32)]
    weights = [counts / counts.sum()]
    grid, inverse = np.unique(numbers & 0xF0F0F0, return_inverse=True)
    mass = np.bincount(inverse, counts)
    mass[np.argmax(mass)] = np.sort(mass)[-2] if len(mass) > 1 else 1
    under = np.concatenate([colours(grid).astype(np.float32) + 8, colours(inks).astype(np.float32)])
    mass = np.concatenate([mass / mass.sum(), np.full(len(inks), 0.2)])
    for ink in colours(inks).astype(np.float32):
        for step in range(1, STEPS):
            points.append(under + (ink - under) * np.float32(step / STEPS))
            weights.append(mass * (SHARE / STEPS / len(inks)))
    return np.concatenate(points), np.concatenate(weights).astype(np.float32)


def _lloyd(points: Floats, weights: Floats, fixed: Floats, most: int) -> Floats:
    """Move centres to the weighted mean of the colours nearest to them; the first ones stay."""
    centres = np.concatenate([fixed, _cut(points, weights, most - len(fixed))])
    for _ in range(ROUNDS):
        nearest = _nearest(points, centres)
        mass = np.bincount(nearest, weights, len(centres))
        sums = [np.bincount(nearest, weights * points[:, axis], len(centres)) for axis in range(3)]
        moved = (mass > 0) & (np.arange(len(centres)) >= len(fixed))
        centres[moved] = (np.stack(sums, axis=1)[moved] / mass[moved, None]).astype(np.float32)
    return centres


def _cut(points: Floats, weights: Floats, most: int) -> Floats:
    """Split the group with the greatest squared error at its mean, again and again.

    Shapes: (at most `most`, 3).
    """
    groups = [_group(points, weights)]
    while len(groups) < most:
        at = max(range(len(groups)), key=lambda index: groups[index][0])
        error, axis, mean, points, weights = groups[at]
        if error <= 0:
            break
        low = points[:, axis] <= mean[axis]
        groups[at] = _group(points[low], weights[low])
        groups.append(_group(points[~low], weights[~low]))
    return np.array([group[2] for group in groups], np.float32).reshape(-1, 3)[:most]


def _group(points: Floats, weights: Floats) -> tuple[float, int, Floats, Floats, Floats]:
    """A group's squared error along its widest axis, that axis, its mean, and itself."""
    total = weights.sum()
    mean = (weights @ points) / total
    errors = weights @ (points - mean) ** 2
    axis = int(errors.argmax())
    one = len(points) < 2
    return 0.0 if one else float(errors[axis]), axis, mean, points, weights


def _nearest(points: Floats, centres: Floats) -> NDArray[np.int64]:
    """The index of the centre nearest to each point."""
    found: NDArray[np.int64] = ((centres**2).sum(axis=1) - 2 * (points @ centres.T)).argmin(axis=1)
    return found


class Lookup:
    """From a colour to its index: always the same index for the same colour.

    A colour's index is searched when it is first met; memory is only touched where colours were met.
    """

    def __init__(self, palette: Pixels) -> None:
        """Shapes: `palette` is (colours, 3), with `TRANSPARENT` the first."""
        self._centres = palette[1:].astype(np.float32)
        self._table = np.zeros(1 << 24, np.uint8)

    def __call__(self, pixels: Pixels) -> NDArray[np.uint8]:
        """Shapes: (rows, columns, 3) to (rows, columns)."""
        numbers = codes(pixels)
        found = self._table[numbers]
        if not found.all():
            missing = np.unique(numbers[found == TRANSPARENT])
            nearest = _nearest(colours(missing).astype(np.float32), self._centres)
            self._table[missing] = nearest + 1
            found = self._table[numbers]
        return found
