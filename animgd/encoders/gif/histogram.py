"""Colour histogram of a film's beginning: how long each colour is on screen, and how often it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Color, FilmInfo, Pixels

Floats = NDArray[np.float32]
Rgb24 = NDArray[np.uint32]
BLEND_SHARE = 0.0003  # share of the screen time that is reserved for blends of inks that have not occurred yet
BLEND_STEPS = 6
FIRST_IMAGE = 0.1  # weight of the first image in `draws`, relative to all moving parts
LOW_BITS = 0x010101  # colours that differ only in these bits are counted as one
BLEND_COLORS = 64  # most frequent colours of the first image, which inks are blended with
UNKNOWN_RATE = 0.05  # turnover of a colour that has not occurred
LEAST_RATE = 1e-4
TINY = 1e-9
BAND = 1 << 20  # pixels


def pack_rgb(pixels: Pixels) -> Rgb24:
    """Pack colours into integers 0xRRGGBB.

    Shapes: (..., 3) to (...).
    """
    rgb: Rgb24 = pixels[..., 0].astype(np.uint32)
    for plane in (1, 2):
        rgb <<= np.uint32(8)
        rgb |= pixels[..., plane]
    return rgb


def bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """A picture's rows in bands, which bound the memory that temporary arrays need."""
    rows = max(1, BAND // max(1, shape[1]))
    return (slice(top, min(top + rows, shape[0])) for top in range(0, shape[0], rows))


def unpack_rgb(rgb: Rgb24) -> Pixels:
    """Inverse of `pack_rgb`."""
    return np.stack([rgb >> 16, rgb >> 8, rgb], axis=-1).astype(np.uint8)


class Turnover(NamedTuple):
    """Turnover of each colour: 1 / mean frame periods on screen."""

    keys: Rgb24  # colours without their `LOW_BITS`, sorted
    rates: Floats

    def of(self, rgb: Rgb24) -> Floats:
        """The turnover of colours; `UNKNOWN_RATE` for those that have not occurred."""
        wanted = _key(rgb)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, self.rates[at], UNKNOWN_RATE).astype(np.float32)


class Histogram(NamedTuple):
    """Shapes: one row a colour in `points`, `turnover` and the weights, normalized by their sums."""

    points: Floats  # (rows, 3)
    screen_time: Floats  # pixels × frame periods
    moving_time: Floats  # the part of `screen_time` where pixels differ from the still
    draws: Floats  # pixels drawn, in the first image and later
    moving_draws: Floats  # pixels drawn that differ from the still
    turnover: Turnover
    uses: NDArray[np.int64]  # (uses, 3): number of a patch, 1 where it restored the still, row of the colour
    distinct: Rgb24  # each colour that occurred
    exact: Rgb24  # the inks and the background, which must be in the palette


class Patch(NamedTuple):
    """The changes of a frame. Units: `period` in frame periods from the film's start."""

    period: int
    boxes: tuple[tuple[Box, Pixels], ...]

    @property
    def size(self) -> int:
        """The number of pixels."""
        return sum(pixels.shape[0] * pixels.shape[1] for _, pixels in self.boxes)


class _Counts(NamedTuple):
    """Counts of colours that appeared or disappeared together. Shapes: all of one length.

    Units: `screen_time`, `moving_time` in pixels × frame periods; `patch` is -1 for what no patch drew.
    """

    rgb: Rgb24
    pixels: NDArray[np.int64]
    screen_time: NDArray[np.float64]
    moving_time: NDArray[np.float64]  # the part of `screen_time` where pixels differ from the still
    patch: NDArray[np.int32]
    is_still: NDArray[np.bool_]  # whether pixels equal the still


def count_colors(info: FilmInfo, first: Pixels, patches: Sequence[Patch], periods: int) -> Histogram:
    """Count the colours of the film's first `periods` frame periods."""
    picture, still = pack_rgb(first), info.still
    counts = [_count(picture[rows], pack_rgb(still[rows]), periods) for rows in bands(picture.shape)]
    rgb, row = np.unique(np.concatenate([each.rgb for each in counts]), return_inverse=True)
    area = np.bincount(row, np.concatenate([each.pixels for each in counts]))
    background = rgb[area.argmax()]
    for number, patch in enumerate(patches):
        counts += _patch_counts(picture, still, patch, periods - patch.period, number)
    every = _Counts(*(np.concatenate(parts) for parts in zip(*counts, strict=True)))
    blends = _blends(info.inks, rgb[np.argsort(-area, kind="stable")[:BLEND_COLORS]])
    exact = np.unique(np.append(pack_rgb(np.array(info.inks, np.uint8).reshape(-1, 3)), background))
    return _merged(every, blends, int(background), exact.astype(np.uint32))


def _count(rgb: Rgb24, still: Rgb24, periods: int, patch: int = -1) -> _Counts:
    """Count pixels that are shown for some frame periods; negative for those that disappear."""
    pairs, pixels = np.unique(rgb << np.uint32(1) | (rgb == still), return_counts=True)
    is_still, time = (pairs & 1).astype(np.bool_), (pixels * periods).astype(np.float64)
    patches = np.full(len(pairs), patch, np.int32)
    return _Counts(pairs >> np.uint32(1), pixels, time, time * ~is_still, patches, is_still)


def _patch_counts(picture: Rgb24, still: Pixels, patch: Patch, periods: int, number: int) -> Iterator[_Counts]:
    """Count the colours that a patch adds and removes, and draw it into the picture."""
    found = [np.empty((3, 0), np.uint32)]
    for box, pixels in patch.boxes:
        new, old = pack_rgb(pixels), picture[box.slices]
        differs = new != old
        found.append(np.stack([new[differs], old[differs], pack_rgb(still[box.slices][differs])]))
        picture[box.slices] = new
    new, old, under = np.concatenate(found, axis=1)
    yield _count(new, under, periods, number)
    yield _count(old, under, -periods)


def _blends(inks: Sequence[Color], common: Rgb24) -> Rgb24:
    """Blends of inks with each other and with common colours, which antialiased edges may need later."""
    under = np.concatenate([unpack_rgb(common), np.array(inks, np.uint8).reshape(-1, 3)]).astype(np.float32)
    steps = np.linspace(0, 1, BLEND_STEPS, endpoint=False, dtype=np.float32)[1:, None, None]
    found = [pack_rgb((under + (np.array(ink, np.float32) - under) * steps).astype(np.uint8)).ravel() for ink in inks]
    return np.concatenate([*found, np.empty(0, np.uint32)]).astype(np.uint32)


def _merged(every: _Counts, blends: Rgb24, background: int, exact: Rgb24) -> Histogram:
    """The histogram, in which colours that differ only in their low bits share one row at their mean."""
    distinct = np.unique(every.rgb)
    rgb = np.union1d(distinct, blends)
    keys, rows = np.unique(_key(rgb), return_inverse=True)
    row = rows[np.searchsorted(rgb, every.rgb)]

    time = np.bincount(np.searchsorted(rgb, every.rgb), every.screen_time, len(rgb))
    share = BLEND_SHARE * time.sum() / max(1, len(blends))
    time = np.maximum(time, 0) + np.bincount(np.searchsorted(rgb, blends), minlength=len(rgb)) * share + TINY
    mass = np.bincount(rows, time)
    points = np.stack([np.bincount(rows, time * axis) / mass for axis in unpack_rgb(rgb).T], axis=1)

    moved = every.patch >= 0
    moving = moved & ~every.is_still
    first = (every.patch < 0) & (every.screen_time > 0) & (every.rgb != background)
    parts = (moved, moving, first)
    redrawn, moving_draws, first_drawn = (np.bincount(row[part], every.pixels[part], len(keys)) for part in parts)
    moving_time = np.bincount(row, every.moving_time, len(keys))
    turnover = np.clip(moving_draws / np.maximum(moving_time, 1), LEAST_RATE, 1).astype(np.float32)
    pairs = np.unique((every.patch[moved] * 2 + every.is_still[moved]) * np.int64(len(keys)) + row[moved])
    patch, used = np.divmod(pairs, len(keys))
    uses = np.stack([patch // 2, patch % 2, used], axis=1)
    moving_share = np.minimum(np.maximum(moving_time, 0), mass) / mass.sum()
    draws = _normalized(_normalized(redrawn) + FIRST_IMAGE * _normalized(first_drawn))
    weights = _normalized(mass), moving_share.astype(np.float32), draws, _normalized(moving_draws)
    return Histogram(points.astype(np.float32), *weights, Turnover(keys, turnover), uses, distinct, exact)


def _normalized(counts: NDArray[Any]) -> Floats:
    normalized: Floats = (counts / max(counts.sum(), TINY)).astype(np.float32)
    return normalized


def _key(rgb: Rgb24) -> Rgb24:
    return rgb & ~np.uint32(LOW_BITS)
