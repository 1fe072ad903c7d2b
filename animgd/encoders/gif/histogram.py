"""Which colours a film has, how long each is seen and how often it is drawn: counted from its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Color, FilmInfo, Pixels

Floats = NDArray[np.float32]
Codes = NDArray[np.uint32]
BLENDS = 0.0003  # how much of the picture is taken to be blends of inks that have not been met yet
STEPS = 6
STILL = 0.1  # what the first image weighs against all that moves, in what is drawn
LOW_BITS = 0x010101  # colours that differ only here are counted together
COMMON = 64  # colours of the first image that inks are blended with
UNKNOWN = 0.05  # the haste of a colour that was not met
SLOWEST = 1e-4
TINY = 1e-9
BAND = 1 << 20  # pixels


def codes(pixels: Pixels) -> Codes:
    """Colours as numbers, 0xRRGGBB.

    Shapes: (..., 3) to (...).
    """
    numbers: Codes = pixels[..., 0].astype(np.uint32)
    for plane in (1, 2):
        numbers <<= np.uint32(8)
        numbers |= pixels[..., plane]
    return numbers


def bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """A picture's rows, as many at once as need little memory."""
    rows = max(1, BAND // max(1, shape[1]))
    return (slice(top, min(top + rows, shape[0])) for top in range(0, shape[0], rows))


def colours(numbers: Codes) -> Pixels:
    """The reverse of `codes`."""
    return np.stack([numbers >> 16, numbers >> 8, numbers], axis=-1).astype(np.uint8)


class Turnover(NamedTuple):
    """How soon what moves goes again, for each colour: 1 / (frame periods that it stays, in the mean)."""

    keys: Codes  # colours without their `LOW_BITS`, in order
    rates: Floats

    def of(self, numbers: Codes) -> Floats:
        """The haste of colours; of those never met that of an edge which stays a while."""
        wanted = _key(numbers)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, self.rates[at], UNKNOWN).astype(np.float32)


class Census(NamedTuple):
    """Shapes: one row a colour in `points`, `seen`, `over`, `drawn`, `passing` and `turnover`; weights sum to 1."""

    points: Floats  # (rows, 3)
    seen: Floats  # for how long and how large
    over: Floats  # what of `seen` is over the still
    drawn: Floats  # how often, in the first image and later
    passing: Floats  # how often, over the still
    turnover: Turnover
    uses: NDArray[np.int64]  # (uses, 3): number of a patch, 1 where it drew the still again, row of the colour
    met: Codes  # each colour met
    exact: Codes  # the inks and the ground, which must be in the palette


class Patch(NamedTuple):
    """What a frame changed. Units: `period` counts frame periods from the film's start."""

    period: int
    places: tuple[tuple[Box, Pixels], ...]

    @property
    def size(self) -> int:
        """How many pixels it holds."""
        return sum(pixels.shape[0] * pixels.shape[1] for _, pixels in self.places)


class _Count(NamedTuple):
    """Colours of pixels that came or went together. Shapes: all of one length.

    Units: `seen` and `over` in frame periods, of all `pixels` together; `patch` is -1 for what no patch drew.
    """

    numbers: Codes
    pixels: NDArray[np.int64]
    seen: NDArray[np.float64]
    over: NDArray[np.float64]  # what of `seen` is not the still's own colour at its place
    patch: NDArray[np.int32]
    again: NDArray[np.bool_]  # the still's own colour


def census(info: FilmInfo, first: Pixels, patches: Sequence[Patch], periods: int) -> Census:
    """Count the colours of the film's first `periods` frame periods."""
    picture, still = codes(first), info.still
    counts = [_counted(picture[rows], codes(still[rows]), periods) for rows in bands(picture.shape)]
    numbers, row = np.unique(np.concatenate([each.numbers for each in counts]), return_inverse=True)
    area = np.bincount(row, np.concatenate([each.pixels for each in counts]))
    ground = numbers[area.argmax()]
    for number, patch in enumerate(patches):
        counts += _moves(picture, still, patch, periods - patch.period, number)
    every = _Count(*(np.concatenate(parts) for parts in zip(*counts, strict=True)))
    blends = _blends(info.inks, numbers[np.argsort(-area, kind="stable")[:COMMON]])
    exact = np.unique(np.append(codes(np.array(info.inks, np.uint8).reshape(-1, 3)), ground))
    return _merged(every, blends, int(ground), exact.astype(np.uint32))


def _counted(numbers: Codes, still: Codes, periods: int, patch: int = -1) -> _Count:
    """Pixels that stay for some frame periods from now on; negative for those that go."""
    pairs, pixels = np.unique(numbers << np.uint32(1) | (numbers == still), return_counts=True)
    again, seen = (pairs & 1).astype(np.bool_), (pixels * periods).astype(np.float64)
    return _Count(pairs >> np.uint32(1), pixels, seen, seen * ~again, np.full(len(pairs), patch, np.int32), again)


def _moves(picture: Codes, still: Pixels, patch: Patch, left: int, number: int) -> Iterator[_Count]:
    """What comes and what goes with a patch; the picture is brought up to date."""
    found = [np.empty((3, 0), np.uint32)]
    for box, pixels in patch.places:
        new, old = codes(pixels), picture[box.slices]
        differs = new != old
        found.append(np.stack([new[differs], old[differs], codes(still[box.slices][differs])]))
        picture[box.slices] = new
    new, old, under = np.concatenate(found, axis=1)
    yield _counted(new, under, left, number)
    yield _counted(old, under, -left)


def _blends(inks: Sequence[Color], common: Codes) -> Codes:
    """Blends of inks with each other and with common colours: what antialiased edges may show later."""
    under = np.concatenate([colours(common), np.array(inks, np.uint8).reshape(-1, 3)]).astype(np.float32)
    steps = np.linspace(0, 1, STEPS, endpoint=False, dtype=np.float32)[1:, None, None]
    found = [codes((under + (np.array(ink, np.float32) - under) * steps).astype(np.uint8)).ravel() for ink in inks]
    return np.concatenate([*found, np.empty(0, np.uint32)]).astype(np.uint32)


def _merged(every: _Count, blends: Codes, ground: int, exact: Codes) -> Census:
    """One row for colours that hardly differ, at their mean."""
    met = np.unique(every.numbers)
    numbers = np.union1d(met, blends)
    keys, rows = np.unique(_key(numbers), return_inverse=True)
    row = rows[np.searchsorted(numbers, every.numbers)]

    seen = np.bincount(np.searchsorted(numbers, every.numbers), every.seen, len(numbers))
    share = BLENDS * seen.sum() / max(1, len(blends))
    seen = np.maximum(seen, 0) + np.bincount(np.searchsorted(numbers, blends), minlength=len(numbers)) * share + TINY
    mass = np.bincount(rows, seen)
    points = np.stack([np.bincount(rows, seen * axis) / mass for axis in colours(numbers).T], axis=1)

    moved = every.patch >= 0
    passing = moved & ~every.again
    standing = (every.patch < 0) & (every.seen > 0) & (every.numbers != ground)
    drawn, passed, stood = (
        np.bincount(row[part], every.pixels[part], len(keys)) for part in (moved, passing, standing)
    )
    stays = np.bincount(row, every.over, len(keys))
    turnover = np.clip(passed / np.maximum(stays, 1), SLOWEST, 1).astype(np.float32)
    pairs = np.unique((every.patch[moved] * 2 + every.again[moved]) * np.int64(len(keys)) + row[moved])
    patch, used = np.divmod(pairs, len(keys))
    uses = np.stack([patch // 2, patch % 2, used], axis=1)
    over = np.minimum(np.maximum(stays, 0), mass) / mass.sum()
    weights = _share(mass), over.astype(np.float32), _share(_share(drawn) + STILL * _share(stood)), _share(passed)
    return Census(points.astype(np.float32), *weights, Turnover(keys, turnover), uses, met, exact)


def _share(counts: NDArray[Any]) -> Floats:
    shares: Floats = (counts / max(counts.sum(), TINY)).astype(np.float32)
    return shares


def _key(numbers: Codes) -> Codes:
    return numbers & ~np.uint32(LOW_BITS)
