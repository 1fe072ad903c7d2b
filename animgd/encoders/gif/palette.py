"""The colours of a GIF: chosen once from the film's beginning, then looked up.

A colour costs twice: error where it is missing, bytes where it is used. Error counts by how long a pixel is seen,
bytes by how often it is drawn; `PRICE` is the squared error that one bit is worth. What moves over the still has
the same colours, but uses fewer of them: the rim of a disc is seen for one frame, and is drawn in every frame.
Source: Chou, Lookabaugh and Gray, "Entropy-constrained vector quantization", 1989; started from a median cut.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.histogram import Census, Codes, Turnover, bands, codes, colours
from animgd.encoders.gif.lzw_image import Choices
from animgd.frame import Pixels

Floats = NDArray[np.float32]
TRANSPARENT = 0  # the index that leaves a pixel as it was; its colour is never looked up
COLORS = 208  # more are hardly seen, and cost bytes
ROUNDS = 12
TRIALS = 6  # rounds before prices are settled
PRICE = 6.0
PASSING = 450.0  # the price for what moves, for each frame period that it stays less
SPARE = 12.0  # squared error by which another index may be further away than a still pixel's own
CHUNK = 1024  # colours that are compared with the palette at once
RAREST = 1e-6  # of all that is drawn; what is rarer costs no more
STEEP = 2.0  # doublings of all prices for each dB by which our error lies lower
USUAL = 1.3  # dB by which our predicted error is usually above that of others
FINEST, COARSEST = 0.9, 2.0
TINY = 1e-6
ROWS = 240  # colours at once: so few stay in the cache, and OpenBLAS starts no threads, which would spin and wait


class Palette(NamedTuple):
    """Colours in the order in which moving things use them: frames that need few have short codes.

    Shapes: `table` is (colours, 3), index `TRANSPARENT` first; of fees there is one for each.
    Units: fees are squared errors by which a colour must be nearer than the cheapest one.
    """

    table: Pixels
    rate_penalty: Floats  # for the still
    passing: Floats  # for what moves over it
    coarse: float = 1.0  # what all prices are multiplied by


def choose(census: Census, most: int) -> Palette:
    """A palette of at most `most` colours, `TRANSPARENT` counted; it has the exact ones, or all if there is room."""
    trial = _trial(census, COLORS)
    coarse = _coarseness(census, *trial)
    centres, rate_penalty = trial if most == COLORS else _trial(census, most)
    for _ in range(ROUNDS):
        centres, rate_penalty = _improved(census, centres, rate_penalty, len(_fixed(census, most)), PRICE * coarse)
    return _sorted(np.rint(centres), rate_penalty, census, coarse)


def _fixed(census: Census, most: int) -> Floats:
    """The colours that must be in a palette as they are."""
    kept = np.union1d(census.met, census.exact)
    if len(kept) >= most:
        kept = census.exact[: most - 1]
    return colours(kept).astype(np.float32)


def _trial(census: Census, most: int) -> tuple[Floats, Floats]:
    """Colours and fees at the usual prices."""
    fixed = _fixed(census, most)
    centres = np.concatenate([fixed, _cut(census.points, census.seen, most - 1 - len(fixed))])
    rate_penalty = np.zeros(len(centres), np.float32)
    for _ in range(TRIALS):
        centres, rate_penalty = _improved(census, centres, rate_penalty, len(fixed), PRICE)
    return centres, rate_penalty


def _coarseness(census: Census, centres: Floats, rate_penalty: Floats) -> float:
    """How much more error a byte is worth than usual: more where there is less error than others would make.

    Others cut all colours into 255 groups; what we would make is what the usual colours and prices lead to.
    """
    others = _cut(census.points, census.seen, 255)
    theirs = _away(census.points, others, _nearest(census.points, others, np.zeros(len(others), np.float32)))
    still = _away(census.points, centres, _nearest(census.points, centres, rate_penalty))
    passing = _passing(centres, census, PASSING)
    moving = _away(census.points, centres, _nearest(census.points, centres, passing, census.turnover.rates))
    ours = ((census.seen - census.over) * still + census.over * moving).sum()
    spare = 10 * np.log10(((census.seen * theirs).sum() + TINY) / (ours + TINY))
    return float(np.clip(2 ** (STEEP * (spare + USUAL)), FINEST, COARSEST))


def _away(points: Floats, centres: Floats, nearest: NDArray[np.int64]) -> Floats:
    """The squared error of each point."""
    away: Floats = ((points - centres[nearest]) ** 2).sum(axis=1)
    return away


def _improved(census: Census, centres: Floats, rate_penalty: Floats, fixed: int, price: float) -> tuple[Floats, Floats]:
    """One round: centres move to the mean of the colours that chose them, the unused go; `fixed` ones stay."""
    nearest = _nearest(census.points, centres, rate_penalty)
    seen = np.bincount(nearest, census.seen, len(centres))
    drawn = np.bincount(nearest, census.drawn, len(centres))
    sums = [np.bincount(nearest, census.seen * census.points[:, axis], len(centres)) for axis in range(3)]
    moved = seen > 0
    moved[:fixed] = False
    centres[moved] = (np.stack(sums, axis=1)[moved] / seen[moved, None]).astype(np.float32)
    kept = seen > 0
    kept[:fixed] = True
    bits = -np.log2(np.maximum(drawn[kept], RAREST))
    return centres[kept], (price * (bits - bits.min())).astype(np.float32)


def _sorted(centres: Floats, rate_penalty: Floats, census: Census, coarse: float) -> Palette:
    passing = _passing(centres, census, PASSING * coarse)
    nearest = np.stack(
        [
            _nearest(census.points, centres, passing, census.turnover.rates),
            _nearest(census.points, centres, rate_penalty),
        ]
    )
    patches, again, rows = census.uses.T
    used = np.zeros((patches.max(initial=0) + 1, len(centres)), np.bool_)
    used[patches, nearest[again, rows]] = True
    order = _order(used)
    table = centres[order].astype(np.uint8)
    first = [0, *range(len(order))]  # the transparent one has a colour like any other, but is never looked up
    return Palette(table[first], rate_penalty[order][first], passing[order][first], coarse)


def _passing(centres: Floats, census: Census, price: float) -> Floats:
    """Fees by how often what moves uses each colour: it then uses few."""
    rate_penalty = np.zeros(len(centres), np.float32)
    moving = census.passing > 0
    points, rates, often = census.points[moving], census.turnover.rates[moving], census.passing[moving]
    for _ in range(ROUNDS):
        nearest = _nearest(points, centres, rate_penalty, rates)
        bits = -np.log2(np.maximum(np.bincount(nearest, often, len(centres)), RAREST))
        rate_penalty = (price * (bits - bits.min())).astype(np.float32)
    return rate_penalty


def _order(used: NDArray[np.bool_]) -> list[int]:
    """Colours such that most images need only the first few: the last is the one that fewest images use,
    the one before it is that which fewest of the others use, and so on.

    Shapes: `used` is (images, colours).
    """
    order: list[int] = []
    counts = used.sum(axis=0)
    for _ in range(used.shape[1]):
        last = int(counts.argmin())
        counts -= used[used[:, last]].sum(axis=0)
        used = used[~used[:, last]]
        counts[last] = len(used) + 2 * len(counts) ** 2  # done: never the least again
        order.append(last)
    return order[::-1]


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
        if low.all() or not low.any():  # beside one that outweighs all others, the mean is that one
            low = points[:, axis] < points[:, axis].max()
        groups[at] = _group(points[low], weights[low])
        groups.append(_group(points[~low], weights[~low]))
    return np.array([group[2] for group in groups], np.float32).reshape(-1, 3)[: max(0, most)]


def _group(points: Floats, weights: Floats) -> tuple[float, int, Floats, Floats, Floats]:
    """A group's squared error along its widest axis, that axis, its mean, and itself."""
    mean = np.einsum("i,ij", weights, points) / max(weights.sum(), np.float32(1e-30))
    errors = np.einsum("i,ij", weights, (points - mean) ** 2)
    axis = int(errors.argmax())
    spread = np.ptp(points[:, axis]) > 0
    return float(errors[axis]) if spread else 0.0, axis, mean, points, weights


def _nearest(points: Floats, centres: Floats, rate_penalty: Floats, rates: Floats | None = None) -> NDArray[np.int64]:
    """The index of the centre whose squared distance and fee are least; `rates` are what a point pays of fees."""
    scale = np.ones(len(points), np.float32) if rates is None else rates
    left = np.column_stack([points, np.ones(len(points), np.float32), scale])
    right = np.vstack([-2 * centres.T, (centres**2).sum(axis=1), rate_penalty])
    found = np.empty(len(points), np.int64)
    for start in range(0, len(points), ROWS):
        (left[start : start + ROWS] @ right).argmin(axis=1, out=found[start : start + ROWS])
    return found


class Lookup:
    """From a colour to its index: always the same index for the same colour.

    A colour's index is searched when it is first met; memory is only touched where colours were met.
    """

    def __init__(self, table: Pixels, rate_penalty: Floats, turnover: Turnover | None = None) -> None:
        """Shapes: (colours, 3) and (colours); the first is `TRANSPARENT` and never found."""
        self._centres, self._fees, self._haste = table[1:].astype(np.float32), rate_penalty[1:], turnover
        self._table = np.zeros(1 << 24, np.uint8)
        # What is in the palette is itself, whatever it costs; of equal colours the one with the lowest index.
        self._table[codes(table[:0:-1])] = np.arange(len(table) - 1, 0, -1)

    def __call__(self, numbers: Codes) -> NDArray[np.uint8]:
        """The indices of colours; shapes are kept."""
        found = self._table[numbers]
        if not found.all():
            missing = np.unique(numbers[found == TRANSPARENT])
            rates = self._haste.of(missing) if self._haste else None
            points = colours(missing).astype(np.float32)
            self._table[missing] = _nearest(points, self._centres, self._fees, rates) + 1
            found = self._table[numbers]
        return found

    def choices(self, numbers: Codes, spare: float = SPARE) -> Choices:
        """Which other indices are almost as near, the nearest first; what is exact has no choice."""
        parts = list(bands(numbers.shape))
        found = np.unique(np.concatenate([np.unique(numbers[rows]) for rows in parts]))
        kinds = array("i")
        for rows in parts:
            kinds.frombytes(np.searchsorted(found, numbers[rows]).astype(np.int32).data.cast("B"))
        others: list[tuple[int, ...]] = []
        for start in range(0, len(found), CHUNK):
            others += self._others(found[start : start + CHUNK], spare)
        return Choices(kinds, others)

    def _others(self, numbers: Codes, spare: float) -> list[tuple[int, ...]]:
        own = self(numbers).astype(np.intp) - 1
        points = colours(numbers).astype(np.float32)
        away = ((points[:, None] - self._centres) ** 2).sum(axis=2)
        more = away - np.take_along_axis(away, own[:, None], axis=1)
        near = (more <= spare) & (away[np.arange(len(own)), own] > 0)[:, None]
        near[np.arange(len(own)), own] = False
        rows, indices = np.nonzero(near)
        order = np.lexsort((more[rows, indices], rows))
        ends = np.cumsum(near.sum(axis=1))[:-1]
        return [tuple(part.tolist()) for part in np.split(indices[order] + 1, ends)]
