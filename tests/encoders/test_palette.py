"""Colours are chosen where they matter, and each colour always becomes the same index."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from animgd.encoders.gif.histogram import Patch, census, codes, colours
from animgd.encoders.gif.palette import COARSEST, FINEST, TRANSPARENT, Lookup, Palette, _cut, choose
from animgd.frame import Box, Color, FilmInfo, Pixels

RED: Color = (255, 85, 51)
BLACK: Color = (16, 19, 28)


def field() -> Pixels:
    """A smooth picture of more colours than any palette holds."""
    y, x = np.mgrid[0:64, 0:96]
    return np.stack([20 + x + y, 250 - 2 * x, 90 + y], axis=-1).astype(np.uint8)


def chosen(
    still: Pixels, most: int, inks: tuple[Color, ...] = (RED, BLACK), patches: tuple[Patch, ...] = ()
) -> Palette:
    height, width = still.shape[:2]
    return choose(census(FilmInfo((width, height), Fraction(25), 10, "", still, inks), still, patches, 10), most)


def lookup(palette: Palette, pixels: Pixels) -> NDArray[np.uint8]:
    return Lookup(palette.table, palette.rate_penalty)(codes(pixels))


def error(still: Pixels, palette: Palette) -> float:
    return float(((palette.table[lookup(palette, still)].astype(float) - still) ** 2).mean())


@pytest.mark.parametrize("most", [4, 8, 16, 64, 144, 256])
def test_holds_inks_and_no_more_than_asked(most: int) -> None:
    """Inks are exact, the count is kept, and one index stays free for what does not change."""
    palette = chosen(field(), most)
    assert len(palette.table) <= most
    assert {RED, BLACK} <= set(map(tuple, palette.table[1:].tolist()))
    assert lookup(palette, np.array([[RED, BLACK]], np.uint8)).min() > TRANSPARENT
    assert (palette.table[lookup(palette, np.array([[RED, BLACK]], np.uint8))] == [RED, BLACK]).all()


def test_beats_median_cut() -> None:
    """With as many colours the squared error is below that of Pillow's median cut."""
    still = field()
    other = np.asarray(
        Image.fromarray(still).quantize(254, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    )
    assert error(still, chosen(still, 256)) < ((other.astype(float) - still) ** 2).mean()


def test_more_colours_are_nearer() -> None:
    """The error falls with the number of colours."""
    errors = [error(field(), chosen(field(), most)) for most in (8, 32, 128, 256)]
    assert errors == sorted(errors, reverse=True)


def test_few_colours_are_kept_exactly() -> None:
    """A picture that fits the palette is not changed at all."""
    still = np.repeat(np.arange(0, 240, 3, dtype=np.uint8), 40).reshape(40, 80, 1).repeat(3, axis=2)
    assert error(still, chosen(still, 144)) == 0


def test_same_colour_same_index() -> None:
    """The index of a colour does not depend on where it stands or what was looked up before."""
    palette = chosen(field(), 64)
    one, other = Lookup(palette.table, palette.rate_penalty), Lookup(palette.table, palette.rate_penalty)
    numbers = codes(field())
    other(numbers[::-1, ::-1])
    assert (one(numbers) == other(numbers)).all()
    assert (one(numbers)[::-1] == one(numbers[::-1])).all()


def test_takes_the_nearest() -> None:
    """Without fees the index is that of the nearest colour, exactly."""
    rng = np.random.default_rng(1)
    table = rng.integers(0, 256, (40, 3)).astype(np.uint8)
    pixels = rng.integers(0, 256, (30, 30, 3)).astype(np.uint8)
    away = ((pixels[:, :, None].astype(int) - table[1:]) ** 2).sum(axis=3)
    found = Lookup(table, np.zeros(40, np.float32))(codes(pixels))
    assert (np.take_along_axis(away, found[..., None].astype(int) - 1, axis=2)[..., 0] == away.min(axis=2)).all()


def test_moving_colours_come_first() -> None:
    """What moves has the low indices, so that its images need few bits."""
    still = field()
    disc = np.full((6, 6, 3), (200, 30, 220), np.uint8)
    palette = chosen(
        still, 128, patches=(Patch(2, ((Box(10, 10, 16, 16), disc),)), Patch(6, ((Box(40, 10, 46, 16), disc),)))
    )
    assert lookup(palette, disc).max() < 4
    assert np.abs(palette.table[lookup(palette, disc)].astype(int) - disc).max() <= 1


def test_planar_and_packed_pixels_are_equal() -> None:
    """How the pixels lie in memory makes no difference."""
    still = field()
    planar = np.moveaxis(np.ascontiguousarray(np.moveaxis(still, 2, 0)), 0, 2)
    assert (chosen(still, 64).table == chosen(planar, 64).table).all()
    assert (colours(codes(planar)) == still).all()


def test_no_inks() -> None:
    """A film that names no inks has a palette all the same."""
    assert len(chosen(field(), 32, inks=()).table) <= 32


def test_first_picture_counts_even_where_it_is_covered() -> None:
    """Counting what moves does not change what was counted before it."""
    still = field()
    disc = np.full((64, 96, 3), (200, 30, 220), np.uint8)
    info = FilmInfo((96, 64), Fraction(25), 10, "", still, ())
    counted = census(info, still, (Patch(5, ((Box(0, 0, 96, 64), disc),)),), 10)
    assert set(np.unique(codes(still))) <= set(counted.met)
    middle = counted.seen[np.abs(counted.points - (200, 30, 220)).max(axis=1) < 2].sum()
    assert middle == pytest.approx(0.5, abs=0.01)


def test_choices_are_almost_as_near() -> None:
    """Other indices are hardly further away than a pixel's own, the nearest first; what is exact has none."""
    palette = chosen(field(), 64)
    look, numbers = Lookup(palette.table, palette.rate_penalty), codes(field())
    kinds, others = look.choices(numbers, spare=20.0)
    own = ((palette.table[look(numbers)].astype(float) - field()) ** 2).sum(axis=2)
    for y, x in np.ndindex(numbers.shape):
        near = others[kinds[y * numbers.shape[1] + x]]
        away = [((palette.table[n].astype(float) - field()[y, x]) ** 2).sum() for n in near]
        assert away == sorted(away)
        assert all(each - own[y, x] <= 20.01 for each in away)
        assert own[y, x] > 0 or not away
    assert any(others)


def test_prices_depend_on_the_film_alone() -> None:
    """How many colours are asked for makes no difference, so that more of them are always nearer."""
    prices = {chosen(field(), most).coarse for most in (16, 64, 208, 256)}
    assert len(prices) == 1
    assert FINEST <= prices.pop() <= COARSEST


@pytest.mark.parametrize("weight", [1e-7, 1e-8])
def test_a_colour_that_outweighs_all_others_is_cut_off(weight: float) -> None:
    """In single precision the mean of such a group is one of its colours, and nothing lies above or below it."""
    for seed in range(60):
        points = np.random.default_rng(seed).integers(0, 256, (6, 3)).astype(np.float32)
        weights = np.array([1, *[weight] * 5], np.float32)
        assert 1 <= len(_cut(points, weights, 6)) <= 6
