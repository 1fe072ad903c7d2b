"""An independent decoder returns the original picture, or one that looks the same."""

from __future__ import annotations

import io
from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from animgd.encoders.gif import container as gif_container
from animgd.encoders.gif import lzw_codes, lzw_delta, lzw_image
from animgd.frame import Box

Indices = NDArray[np.uint8]


def decoded(data: bytes, shape: tuple[int, ...], depth: int) -> Indices:
    """The indices as Pillow reads them."""
    table = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    height, width = shape
    file = (
        gif_container.header((width, height), table, 1)
        + gif_container.image(Box(0, 0, width, height), 0, 255, depth, data)
        + gif_container.TRAILER
    )
    with Image.open(io.BytesIO(file)) as gif:
        return np.asarray(gif)


def noise(seed: int, shape: tuple[int, int], depth: int, calm: int) -> Indices:
    """A picture whose pixels mostly repeat the previous one, the more so the greater `calm`."""
    rng = np.random.default_rng(seed)
    fresh = rng.integers(0, min(255, 1 << depth), shape)
    flat = np.where(rng.random(shape) < 1 / (1 + calm), np.arange(fresh.size).reshape(shape), 0).ravel()
    return fresh.ravel()[np.maximum.accumulate(flat)].reshape(shape).astype(np.uint8)


pictures = {
    "seed": st.integers(0, 10**6),
    "rows": st.integers(1, 40),
    "columns": st.integers(1, 60),
    "depth": st.integers(2, 8),
    "calm": st.integers(0, 30),
}


@settings(max_examples=60, deadline=None)
@given(**pictures)
def test_whole_pictures_return(seed: int, rows: int, columns: int, depth: int, calm: int) -> None:
    """Every pixel is decoded unchanged."""
    picture = noise(seed, (rows, columns), depth, calm)
    assert (decoded(lzw_image.compress(picture, depth), picture.shape, depth) == picture).all()


@pytest.mark.parametrize("depth", [2, 5, 8])
@pytest.mark.parametrize("calm", [0, 3, 40])
def test_large_pictures_return(depth: int, calm: int) -> None:
    """The same with a dictionary that becomes full, is used further, and is cleared."""
    picture = noise(depth, (300, 400), depth, calm)
    assert (decoded(lzw_image.compress(picture, depth), picture.shape, depth) == picture).all()


@settings(max_examples=60, deadline=None)
@given(**pictures)
def test_choices_return(seed: int, rows: int, columns: int, depth: int, calm: int) -> None:
    """The chosen indices are decoded, and each is the original or one of its alternatives."""
    picture = noise(seed, (rows, columns), depth, calm)
    rng = np.random.default_rng(seed)
    others = [(), *(tuple(rng.integers(0, 1 << depth, 3).tolist()) for _ in range(4))]
    kinds = rng.integers(0, len(others), picture.shape).astype(np.int32)
    data, chosen = lzw_image.fit(picture, depth, lzw_image.Choices(array("i", kinds.tobytes()), others))
    assert (decoded(data, picture.shape, depth) == chosen).all()
    for place in zip(*np.nonzero(chosen != picture), strict=True):
        assert int(chosen[place]) in others[kinds[place]]


def test_choices_save_bytes() -> None:
    """A noisy field whose pixels may take adjacent indices becomes much smaller."""
    y, x = np.mgrid[0:300, 0:400]
    grain = np.random.default_rng(3).random((300, 400)) < 0.3
    picture = ((np.hypot(x - 200, y - 150) / 3).astype(np.uint8) + grain).astype(np.uint8)
    others = [tuple(n for n in (pixel - 1, pixel + 1) if 0 <= n < 128) for pixel in range(128)]
    data, chosen = lzw_image.fit(picture, 7, lzw_image.Choices(array("i", picture.astype(np.int32).tobytes()), others))
    assert len(data) < 0.8 * len(lzw_image.compress(picture, 7))
    assert np.abs(chosen.astype(int) - picture).max() == 1


@settings(max_examples=60, deadline=None)
@given(share=st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]), **pictures)
def test_changes_look_right(share: float, seed: int, rows: int, columns: int, depth: int, calm: int) -> None:
    """Changed pixels are decoded unchanged; the others are transparent or unchanged."""
    picture = np.maximum(noise(seed, (rows, columns), depth, calm), 1)
    changed = np.random.default_rng(seed).random(picture.shape) < share
    found = decoded(lzw_delta.compress(picture, changed, depth), picture.shape, depth)
    assert (found[changed] == picture[changed]).all()
    assert ((found == picture) | (found == lzw_delta.TRANSPARENT))[~changed].all()


def test_many_changes_look_right() -> None:
    """The same with a dictionary that is full long before the end."""
    picture = np.maximum(noise(7, (200, 300), 8, 0), 1)
    changed = np.random.default_rng(7).random(picture.shape) < 0.7
    found = decoded(lzw_delta.compress(picture, changed, 8), picture.shape, 8)
    assert (found[changed] == picture[changed]).all()
    assert ((found == picture) | (found == lzw_delta.TRANSPARENT))[~changed].all()


def test_unchanged_pixels_need_not_fit() -> None:
    """Unchanged pixels whose indices exceed the code size are transparent."""
    picture = np.full((5, 9), 200, np.uint8)
    picture[2, 4] = 3
    found = decoded(lzw_delta.compress(picture, picture == 3, 2), picture.shape, 2)
    assert (found == np.where(picture == 3, 3, 0)).all()


def test_unchanged_pixels_cost_little() -> None:
    """A large unchanged rectangle needs no more codes than runs that each grow by one pixel."""
    picture = np.ones((600, 1000), np.uint8)
    changed = np.zeros(picture.shape, np.bool_)
    changed[0, 0] = changed[-1, -1] = True
    codes = lzw_delta.compress(picture, changed, 6)
    assert len(codes) * 8 / 11.5 < np.sqrt(2 * picture.size) + 20


def test_at_most_the_bytes_of_pillow() -> None:
    """On smooth pictures the codes are fewer than those of a plain encoder."""
    y, x = np.mgrid[0:300, 0:400]
    picture = (np.hypot(x - 200, y - 150) / 2).astype(np.uint8) % 128
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "GIF", optimize=False)
    assert len(lzw_image.compress(picture, 8)) < len(file.getvalue())


def test_code_widths() -> None:
    """The width of a code is that of the newest phrase's number: a textbook picture of ten pixels."""
    picture = np.array([[1, 1, 1, 1, 1, 2, 2, 2, 2, 2]], np.uint8)
    assert decoded(lzw_image.compress(picture, 2), (1, 10), 2).tolist() == picture.tolist()
    assert lzw_codes.pack([[1, 6, 6, 2, 9, 9]], 2)[:2] == bytes([0b10001100, 0b00101101])
