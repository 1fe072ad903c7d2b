"""The colours of a GIF: chosen once from the film's beginning, then looked up.

The palette minimises squared error + `PRICE` × bits: error weighted by how long a colour is on screen, bits by how
often it is drawn. Moving parts share the palette, but use fewer of its colours: the rim of a disc is on screen for
one frame only, and is drawn in every frame.
Source: Chou, Lookabaugh and Gray, "Entropy-constrained vector quantization", 1989; initialised by a variance cut.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.histogram import Histogram, Rgb24, Turnover, bands, pack_rgb, unpack_rgb
from animgd.encoders.gif.lzw_image import Choices
from animgd.frame import Pixels

Floats = NDArray[np.float32]
TRANSPARENT = 0  # the index that leaves a pixel unchanged; its colour is never looked up
COLORS = 208  # more are barely visible, and cost bytes
ROUNDS = 12
INITIAL_ROUNDS = 6  # rounds at the usual price, from which the price scale follows
PRICE = 6.0  # squared error per bit
MOVING_PRICE = 450.0  # price of a moving part's bit, per unit of its colour's turnover
TOLERANCE = 12.0  # squared error that another index may add to that of a still pixel's own index
CHUNK = 1024  # colours that are compared with the palette at once
LEAST_PROBABILITY = 1e-6  # of all drawn pixels; rarer colours cost no excess
SLOPE = 2.0  # doublings of all prices per dB of margin
USUAL_LOSS = 1.3  # dB by which the predicted error usually exceeds that of 255 plain colours
LEAST_SCALE, MOST_SCALE = 0.9, 2.0
TINY = 1e-6
ROWS = 240  # colours at once: they fit the CPU cache, and OpenBLAS starts no threads, which would busy-wait


class Palette(NamedTuple):
    """Colours sorted by how many moving images use them, so that most images need short codes only.

    Shapes: `table` is (colours, 3), index `TRANSPARENT` first; each penalty is (colours,).
    Units: penalties are added to squared errors; that of the most frequent colour is 0.
    """

    table: Pixels
    rate_penalty: Floats  # for pixels of the still
    moving_penalty: Floats  # for pixels that differ from the still
    price_scale: float = 1.0  # factor of all prices


def choose(counts: Histogram, most: int) -> Palette:
    """A palette of at most `most` colours with `TRANSPARENT`; it holds the exact colours, or all if they fit."""
    initial = _initial(counts, COLORS)
    price_scale = _price_scale(counts, *initial)
    centres, rate_penalty = initial if most == COLORS else _initial(counts, most)
    fixed = len(_required(counts, most))
    for _ in range(ROUNDS):
        centres, rate_penalty = _lloyd_round(counts, centres, rate_penalty, fixed, PRICE * price_scale)
    return _sorted(np.rint(centres), rate_penalty, counts, price_scale)


def _required(counts: Histogram, most: int) -> Floats:
    """The colours that must be in the palette unchanged."""
    required = np.union1d(counts.distinct, counts.exact)
    if len(required) >= most:
        required = counts.exact[: most - 1]
    return unpack_rgb(required).astype(np.float32)


def _initial(counts: Histogram, most: int) -> tuple[Floats, Floats]:
    """Colours and rate penalties at the usual price."""
    fixed = _required(counts, most)
    centres = np.concatenate([fixed, _variance_cut(counts.points, counts.screen_time, most - 1 - len(fixed))])
    rate_penalty = np.zeros(len(centres), np.float32)
    for _ in range(INITIAL_ROUNDS):
        centres, rate_penalty = _lloyd_round(counts, centres, rate_penalty, len(fixed), PRICE)
    return centres, rate_penalty


def _price_scale(counts: Histogram, centres: Floats, rate_penalty: Floats) -> float:
    """The factor of all prices: larger where the usual colours have less error than 255 colours chosen by variance."""
    plain = _variance_cut(counts.points, counts.screen_time, 255)
    reference = _squared_errors(counts.points, plain, _nearest(counts.points, plain, np.zeros(len(plain), np.float32)))
    still = _squared_errors(counts.points, centres, _nearest(counts.points, centres, rate_penalty))
    penalty = _moving_penalty(centres, counts, MOVING_PRICE)
    moving = _squared_errors(counts.points, centres, _nearest(counts.points, centres, penalty, counts.turnover.rates))
    error = ((counts.screen_time - counts.moving_time) * still + counts.moving_time * moving).sum()
    margin = 10 * np.log10(((counts.screen_time * reference).sum() + TINY) / (error + TINY))
    return float(np.clip(2 ** (SLOPE * (margin + USUAL_LOSS)), LEAST_SCALE, MOST_SCALE))


def _squared_errors(points: Floats, centres: Floats, nearest: NDArray[np.int64]) -> Floats:
    """The squared error of each point."""
    errors: Floats = ((points - centres[nearest]) ** 2).sum(axis=1)
    return errors


def _lloyd_round(
    counts: Histogram, centres: Floats, rate_penalty: Floats, fixed: int, price: float
) -> tuple[Floats, Floats]:
    """One round of Lloyd's algorithm; unused centres are removed, the first `fixed` ones do not change."""
    nearest = _nearest(counts.points, centres, rate_penalty)
    time = np.bincount(nearest, counts.screen_time, len(centres))
    draws = np.bincount(nearest, counts.draws, len(centres))
    sums = [np.bincount(nearest, counts.screen_time * counts.points[:, axis], len(centres)) for axis in range(3)]
    moved = time > 0
    moved[:fixed] = False
    centres[moved] = (np.stack(sums, axis=1)[moved] / time[moved, None]).astype(np.float32)
    used = time > 0
    used[:fixed] = True
    bits = -np.log2(np.maximum(draws[used], LEAST_PROBABILITY))
    return centres[used], (price * (bits - bits.min())).astype(np.float32)


def _sorted(centres: Floats, rate_penalty: Floats, counts: Histogram, price_scale: float) -> Palette:
    moving_penalty = _moving_penalty(centres, counts, MOVING_PRICE * price_scale)
    nearest = np.stack(
        [
            _nearest(counts.points, centres, moving_penalty, counts.turnover.rates),
            _nearest(counts.points, centres, rate_penalty),
        ]
    )
    patches, is_still, rows = counts.uses.T
    used = np.zeros((patches.max(initial=0) + 1, len(centres)), np.bool_)
    used[patches, nearest[is_still, rows]] = True
    order = _usage_order(used)
    table = centres[order].astype(np.uint8)
    first = [0, *range(len(order))]  # `TRANSPARENT` needs some colour, which is never looked up
    return Palette(table[first], rate_penalty[order][first], moving_penalty[order][first], price_scale)


def _moving_penalty(centres: Floats, counts: Histogram, price: float) -> Floats:
    """Rate penalties from how often moving parts use each colour."""
    rate_penalty = np.zeros(len(centres), np.float32)
    moving = counts.moving_draws > 0
    points, rates, draws = counts.points[moving], counts.turnover.rates[moving], counts.moving_draws[moving]
    for _ in range(ROUNDS):
        nearest = _nearest(points, centres, rate_penalty, rates)
        bits = -np.log2(np.maximum(np.bincount(nearest, draws, len(centres)), LEAST_PROBABILITY))
        rate_penalty = (price * (bits - bits.min())).astype(np.float32)
    return rate_penalty


def _usage_order(used: NDArray[np.bool_]) -> list[int]:
    """Sort colours so that most images need only the first few: the last colour is that of the fewest images, the one
    before it that of the fewest of the remaining images, and so on.

    Shapes: `used` is (images, colours).
    """
    order: list[int] = []
    counts = used.sum(axis=0)
    for _ in range(used.shape[1]):
        last = int(counts.argmin())
        counts -= used[used[:, last]].sum(axis=0)
        used = used[~used[:, last]]
        counts[last] = len(used) + 2 * len(counts) ** 2  # sorted: never the minimum again
        order.append(last)
    return order[::-1]


def _variance_cut(points: Floats, weights: Floats, most: int) -> Floats:
    """Repeatedly split the cluster with the greatest squared error at its mean.

    Shapes: (at most `most`, 3).
    """
    clusters = [_cluster(points, weights)]
    while len(clusters) < most:
        at = max(range(len(clusters)), key=lambda index: clusters[index][0])
        error, axis, mean, points, weights = clusters[at]
        if error <= 0:
            break
        low = points[:, axis] <= mean[axis]
        if low.all() or not low.any():  # by rounding, the mean equals the colour that outweighs the others
            low = points[:, axis] < points[:, axis].max()
        clusters[at] = _cluster(points[low], weights[low])
        clusters.append(_cluster(points[~low], weights[~low]))
    return np.array([cluster[2] for cluster in clusters], np.float32).reshape(-1, 3)[: max(0, most)]


def _cluster(points: Floats, weights: Floats) -> tuple[float, int, Floats, Floats, Floats]:
    """Squared error along the axis of greatest variance, that axis, the mean, and the cluster."""
    mean = np.einsum("i,ij", weights, points) / max(weights.sum(), np.float32(1e-30))
    errors = np.einsum("i,ij", weights, (points - mean) ** 2)
    axis = int(errors.argmax())
    spread = np.ptp(points[:, axis]) > 0
    return float(errors[axis]) if spread else 0.0, axis, mean, points, weights


def _nearest(points: Floats, centres: Floats, rate_penalty: Floats, rates: Floats | None = None) -> NDArray[np.int64]:
    """Index of the centre with the least squared distance + rate penalty × `rates` of the point."""
    scale = np.ones(len(points), np.float32) if rates is None else rates
    left = np.column_stack([points, np.ones(len(points), np.float32), scale])
    right = np.vstack([-2 * centres.T, (centres**2).sum(axis=1), rate_penalty])
    found = np.empty(len(points), np.int64)
    for start in range(0, len(points), ROWS):
        (left[start : start + ROWS] @ right).argmin(axis=1, out=found[start : start + ROWS])
    return found


class Lookup:
    """Map colours to indices: a colour always has the same index.

    An index is searched at the first use of its colour; the table's memory is touched only where colours occur.
    """

    def __init__(self, table: Pixels, rate_penalty: Floats, turnover: Turnover | None = None) -> None:
        """Shapes: (colours, 3) and (colours); the first is `TRANSPARENT` and never found."""
        self._centres, self._rate_penalty, self._turnover = table[1:].astype(np.float32), rate_penalty[1:], turnover
        self._table = np.zeros(1 << 24, np.uint8)
        # A colour of the palette maps to itself whatever its penalty; of equal colours, to the lowest index.
        self._table[pack_rgb(table[:0:-1])] = np.arange(len(table) - 1, 0, -1)

    def __call__(self, rgb: Rgb24) -> NDArray[np.uint8]:
        """The indices of colours, in an array of the same shape."""
        found = self._table[rgb]
        if not found.all():
            missing = np.unique(rgb[found == TRANSPARENT])
            rates = self._turnover.of(missing) if self._turnover else None
            points = unpack_rgb(missing).astype(np.float32)
            self._table[missing] = _nearest(points, self._centres, self._rate_penalty, rates) + 1
            found = self._table[rgb]
        return found

    def choices(self, rgb: Rgb24, tolerance: float = TOLERANCE) -> Choices:
        """The other indices that are almost as near, the nearest first; none for colours of the palette."""
        parts = list(bands(rgb.shape))
        found = np.unique(np.concatenate([np.unique(rgb[rows]) for rows in parts]))
        classes = array("i")
        for rows in parts:
            classes.frombytes(np.searchsorted(found, rgb[rows]).astype(np.int32).data.cast("B"))
        alternatives: list[tuple[int, ...]] = []
        for start in range(0, len(found), CHUNK):
            alternatives += self._alternatives(found[start : start + CHUNK], tolerance)
        return Choices(classes, alternatives)

    def _alternatives(self, rgb: Rgb24, tolerance: float) -> list[tuple[int, ...]]:
        own = self(rgb).astype(np.intp) - 1
        points = unpack_rgb(rgb).astype(np.float32)
        errors = ((points[:, None] - self._centres) ** 2).sum(axis=2)
        excess = errors - np.take_along_axis(errors, own[:, None], axis=1)
        near = (excess <= tolerance) & (errors[np.arange(len(own)), own] > 0)[:, None]
        near[np.arange(len(own)), own] = False
        rows, indices = np.nonzero(near)
        order = np.lexsort((excess[rows, indices], rows))
        ends = np.cumsum(near.sum(axis=1))[:-1]
        return [tuple(part.tolist()) for part in np.split(indices[order] + 1, ends)]
