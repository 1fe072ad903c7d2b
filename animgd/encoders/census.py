"""Which colours a film has, how long each is seen and how often it is drawn: counted from its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frames import Box, Color, Pixels, Reel

Floats = NDArray[np.float32]
Codes = NDArray[np.uint32]
BLENDS = 0.0003  # how much of the picture is taken to be blends of inks that have not been met yet
STEPS = 6
STILL = 0.1  # what the first image weighs against all that moves, in what is drawn
LOW_BITS = 0x010101  # colours that differ only here are counted together


def codes(pixels: Pixels) -> Codes:
    """Colours as numbers, 0xRRGGBB.

    Shapes: (..., 3) to (...).
    """
    red, green, blue = (pixels[..., plane].astype(np.uint32) for plane in range(3))
    return red << 16 | green << 8 | blue


def colours(numbers: Codes) -> Pixels:
    """The reverse of `codes`."""
    return np.stack([numbers >> 16, numbers >> 8, numbers], axis=-1).astype(np.uint8)


class Census(NamedTuple):
    """Shapes: one row a colour, and as many weights in `seen`, `drawn` and `passing`, which sum to 1."""

    points: Floats  # (rows, 3)
    seen: Floats
    drawn: Floats
    passing: Floats  # of `drawn`, what is not the still's own colour at its place
    haste: Floats  # one by how many frame periods such a pixel stays, in the mean
    keys: Codes  # the rows' colours without their `LOW_BITS`, in order
    uses: NDArray[np.int64]  # (uses, 3): the number of a patch, whether it drew the still again, the row of the colour
    numbers: Codes  # the colours met, each of them
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
    """Colours and their weights. Shapes: all of one length; `patch` is twice the number of the patch, and 1 more
    where it drew the still again; less than 0 for what no patch drew."""

    numbers: Codes
    seen: NDArray[np.float64]
    drawn: NDArray[np.float64]
    stays: NDArray[np.float64]  # frame periods as something else than the still's own colour
    patch: NDArray[np.int64]


def census(reel: Reel, first: Pixels, patches: Sequence[Patch], periods: int) -> Census:
    """Count the colours of the film's first `periods` frame periods."""
    picture, ground_picture = codes(first), codes(reel.still)
    picture0 = picture.copy()
    still, area = np.unique(picture, return_counts=True)
    ground = still[area.argmax()]
    standing = np.where(still == ground, 0, area)
    counts = [_counted(still, area * float(periods), standing * (STILL / max(1, standing.sum())))]
    moves = [_moves(picture, ground_picture, patch, periods - patch.period, number) for number, patch in enumerate(patches)]
    total = max(1, sum(len(came.numbers) for came, _ in moves))
    for came, went in moves:
        counts += [came._replace(drawn=came.drawn / total), went]
    over = picture0[picture0 != ground_picture]
    counts.append(_counted(over, 0.0, 0.0, float(periods)))
    met = np.unique(np.concatenate([count.numbers for count in counts]))
    counts.append(_blends(reel.inks, still, area, BLENDS * periods * picture.size))
    exact = np.unique(np.append(codes(np.array(reel.inks, np.uint8).reshape(-1, 3)), ground))
    return _merged(counts, met, exact.astype(np.uint32), total)


def _moves(picture: Codes, still: Codes, patch: Patch, left: int, number: int) -> tuple[_Count, _Count]:
    """What came and what went with a patch; the picture is brought up to date."""
    came, again, went, gone = [], [], [], []
    for box, pixels in patch.places:
        new, old = codes(pixels), picture[box.slices]
        differs = new != old
        came.append(new[differs])
        again.append((new == still[box.slices])[differs])
        went.append(old[differs])
        gone.append((old == still[box.slices])[differs])
        picture[box.slices] = new
    news, olds = (np.concatenate([*part, np.empty(0, np.uint32)]) for part in (came, went))
    back, bare = (np.concatenate([*part, np.empty(0, np.bool_)]) for part in (again, gone))
    return (
        _counted(news, float(left), 1.0, left * ~back, 2 * number + back),
        _counted(olds, -float(left), 0.0, -left * ~bare.astype(np.bool_)),
    )


def _counted(
    numbers: Codes,
    seen: NDArray[np.float64] | float,
    drawn: NDArray[np.float64] | float,
    stays: NDArray[np.float64] | float = 0.0,
    patch: NDArray[np.int64] | int = -1,
) -> _Count:
    count = len(numbers)
    return _Count(numbers, np.full(count, seen), np.full(count, drawn), np.full(count, stays).astype(float), np.full(count, patch))


def _blends(inks: Sequence[Color], still: Codes, area: NDArray[np.int64], share: float) -> _Count:
    """Blends of inks with the still and with each other: what antialiased edges may show later."""
    common = still[np.argsort(-area, kind="stable")[:64]]
    under = np.concatenate([colours(common), np.array(inks, np.uint8).reshape(-1, 3)]).astype(np.float32)
    steps = np.linspace(0, 1, STEPS, endpoint=False, dtype=np.float32)[1:, None, None]
    found = [codes((under + (np.float32(ink) - under) * steps).astype(np.uint8)).ravel() for ink in inks]
    numbers = np.concatenate([*found, np.empty(0, np.uint32)]).astype(np.uint32)
    return _counted(numbers, share / max(1, len(numbers)), 0.0)


def _merged(counts: list[_Count], met: Codes, exact: Codes, total: int) -> Census:
    """One row for colours that hardly differ, at their mean."""
    every = _Count(*(np.concatenate(parts) for parts in zip(*counts, strict=True)))
    numbers, inverse = np.unique(every.numbers, return_inverse=True)
    near, rows = np.unique(numbers & ~np.uint32(LOW_BITS), return_inverse=True)
    seen = np.maximum(np.bincount(inverse, every.seen), 1e-9)
    mass = np.bincount(rows, seen)
    points = np.stack([np.bincount(rows, seen * axis) / mass for axis in colours(numbers).T], axis=1)
    drawn = np.bincount(rows[inverse], every.drawn)
    passing = np.bincount(rows[inverse], every.drawn * ((every.patch >= 0) & (every.patch % 2 == 0)))
    stays = np.bincount(rows[inverse], every.stays)
    haste = np.clip(passing * total / np.maximum(stays, 1), 1e-4, 1).astype(np.float32)
    pairs = np.unique(every.patch * len(near) + rows[inverse])
    patch, row = np.divmod(pairs[pairs >= 0], len(near))
    uses = np.stack([patch // 2, patch % 2, row], axis=1)
    weights = ((part / max(part.sum(), 1e-9)).astype(np.float32) for part in (mass, drawn, passing))
    return Census(points.astype(np.float32), *weights, haste, near, uses, met, exact)
