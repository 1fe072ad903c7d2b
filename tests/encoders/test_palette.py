"""The palette spends its colours where they matter, and a colour always maps to the same index."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from animgd.encoders.gif.histogram import Patch, count_colors, pack_rgb, unpack_rgb
from animgd.encoders.gif.palette import LEAST_SCALE, MOST_SCALE, TRANSPARENT, Lookup, Palette, _variance_cut, choose
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
    return choose(count_colors(FilmInfo((width, height), Fraction(25), 10, "", still, inks), still, patches, 10), most)


def lookup(palette: Palette, pixels: Pixels) -> NDArray[np.uint8]:
    return Lookup(palette.table, palette.rate_penalty)(pack_rgb(pixels))


def error(still: Pixels, palette: Palette) -> float:
    return float(((palette.table[lookup(palette, still)].astype(float) - still) ** 2).mean())


@pytest.mark.parametrize("most", [4, 8, 16, 64, 144, 256])
def test_inks_and_number_of_colours(most: int) -> None:
    """Inks are exact, the number of colours is at most the limit, and index 0 stays transparent."""
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


def test_few_colours_are_exact() -> None:
    """A picture that fits the palette is not changed at all."""
    still = np.repeat(np.arange(0, 240, 3, dtype=np.uint8), 40).reshape(40, 80, 1).repeat(3, axis=2)
    assert error(still, chosen(still, 144)) == 0


def test_same_colour_same_index() -> None:
    """The index of a colour does not depend on its position or on earlier lookups."""
    palette = chosen(field(), 64)
    one, other = Lookup(palette.table, palette.rate_penalty), Lookup(palette.table, palette.rate_penalty)
    numbers = pack_rgb(field())
    other(numbers[::-1, ::-1])
    assert (one(numbers) == other(numbers)).all()
    assert (one(numbers)[::-1] == one(numbers[::-1])).all()


def test_takes_the_nearest() -> None:
    """Without rate penalties the index is that of the nearest colour, exactly."""
    rng = np.random.default_rng(1)
    table = rng.integers(0, 256, (40, 3)).astype(np.uint8)
    pixels = rng.integers(0, 256, (30, 30, 3)).astype(np.uint8)
    away = ((pixels[:, :, None].astype(int) - table[1:]) ** 2).sum(axis=3)
    found = Lookup(table, np.zeros(40, np.float32))(pack_rgb(pixels))
    assert (np.take_along_axis(away, found[..., None].astype(int) - 1, axis=2)[..., 0] == away.min(axis=2)).all()


def test_moving_colours_come_first() -> None:
    """Moving parts have the low indices, so that their images need few bits."""
    still = field()
    disc = np.full((6, 6, 3), (200, 30, 220), np.uint8)
    palette = chosen(
        still, 128, patches=(Patch(2, ((Box(10, 10, 16, 16), disc),)), Patch(6, ((Box(40, 10, 46, 16), disc),)))
    )
    assert lookup(palette, disc).max() < 4
    assert np.abs(palette.table[lookup(palette, disc)].astype(int) - disc).max() <= 1


def test_planar_and_packed_pixels_are_equal() -> None:
    """The memory layout of the pixels makes no difference."""
    still = field()
    planar = np.moveaxis(np.ascontiguousarray(np.moveaxis(still, 2, 0)), 0, 2)
    assert (chosen(still, 64).table == chosen(planar, 64).table).all()
    assert (unpack_rgb(pack_rgb(planar)) == still).all()


def test_no_inks() -> None:
    """A film without inks has a palette too."""
    assert len(chosen(field(), 32, inks=()).table) <= 32


def test_first_picture_counts_even_where_it_is_covered() -> None:
    """Counting moving parts does not change the counts of the first image."""
    still = field()
    disc = np.full((64, 96, 3), (200, 30, 220), np.uint8)
    info = FilmInfo((96, 64), Fraction(25), 10, "", still, ())
    counted = count_colors(info, still, (Patch(5, ((Box(0, 0, 96, 64), disc),)),), 10)
    assert set(np.unique(pack_rgb(still))) <= set(counted.distinct)
    middle = counted.screen_time[np.abs(counted.points - (200, 30, 220)).max(axis=1) < 2].sum()
    assert middle == pytest.approx(0.5, abs=0.01)


def test_choices_are_almost_as_near() -> None:
    """Alternatives add little error to a pixel's own index, the nearest first; exact colours have none."""
    palette = chosen(field(), 64)
    look, numbers = Lookup(palette.table, palette.rate_penalty), pack_rgb(field())
    kinds, others = look.choices(numbers, tolerance=20.0)
    own = ((palette.table[look(numbers)].astype(float) - field()) ** 2).sum(axis=2)
    for y, x in np.ndindex(numbers.shape):
        near = others[kinds[y * numbers.shape[1] + x]]
        away = [((palette.table[n].astype(float) - field()[y, x]) ** 2).sum() for n in near]
        assert away == sorted(away)
        assert all(each - own[y, x] <= 20.01 for each in away)
        assert own[y, x] > 0 or not away
    assert any(others)


def test_prices_depend_on_the_film_alone() -> None:
    """The price scale does not depend on the number of colours, so that more colours always mean less error."""
    prices = {chosen(field(), most).price_scale for most in (16, 64, 208, 256)}
    assert len(prices) == 1
    assert LEAST_SCALE <= prices.pop() <= MOST_SCALE


@pytest.mark.parametrize("weight", [1e-7, 1e-8])
def test_a_colour_that_outweighs_all_others_is_split_off(weight: float) -> None:
    """In single precision the mean of such a cluster is one of its colours, so no colour lies beyond it."""
    for seed in range(60):
        points = np.random.default_rng(seed).integers(0, 256, (6, 3)).astype(np.float32)
        weights = np.array([1, *[weight] * 5], np.float32)
        assert 1 <= len(_variance_cut(points, weights, 6)) <= 6
