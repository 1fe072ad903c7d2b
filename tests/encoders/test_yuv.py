"""Conversion of RGB to yuv420p."""

from __future__ import annotations

import numpy as np
import pytest

from animgd.encoders.mp4.yuv import Yuv
from animgd.frame import Box, Pixels


def random_pixels(width: int, height: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (3, height, width), np.uint8).transpose(1, 2, 0)


def whole(pixels: Pixels) -> Yuv:
    height, width, _ = pixels.shape
    yuv = Yuv((width, height))
    yuv.update(pixels, [Box(0, 0, width, height)])
    return yuv


def exact(pixels: Pixels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y, Cb and Cr in floating point, not rounded.

    Source: ITU-R BT.709-6, sections 3.2 to 3.5.
    """
    red, green, blue = pixels.astype(float).transpose(2, 0, 1) / 255
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    cells = [plane.reshape(len(plane) // 2, 2, -1, 2).mean((1, 3)) for plane in (blue - luma, red - luma)]
    return 16 + 219 * luma, 128 + 224 * cells[0] / 1.8556, 128 + 224 * cells[1] / 1.5748


def test_colours_are_bt709() -> None:
    """Every plane is the standard's formula, rounded to the nearest level."""
    pixels = random_pixels(200, 146)
    yuv = whole(pixels)
    for plane, right in zip([yuv.luma, *yuv.chroma], exact(pixels), strict=True):
        assert np.abs(plane - right).max() < 0.52


@pytest.mark.parametrize(
    "colour, levels",
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
        ((128, 128, 128), (126, 128, 128)),
    ],
)
def test_known_colours(colour: tuple[int, int, int], levels: tuple[int, int, int]) -> None:
    """The corners of the cube have the levels that every table of BT.709 gives, and grey has no colour."""
    yuv = whole(np.full((2, 2, 3), colour, np.uint8))
    assert (yuv.luma[0, 0], *yuv.chroma[:, 0, 0]) == levels


def test_every_grey_is_grey() -> None:
    """No rounding tints a grey page."""
    greys = np.repeat(np.arange(256, dtype=np.uint8), 4).reshape(256, 4)
    pixels = np.repeat(greys[..., None], 3, axis=2)
    assert (whole(pixels).chroma == 128).all()


def test_boxes_equal_the_whole() -> None:
    """A picture updated by boxes (odd, overlapping, at the edges) has the same bytes as one converted whole."""
    width, height, random = 150, 134, np.random.default_rng(1)
    pixels = random_pixels(width, height)
    patched = whole(pixels)
    for _ in range(200):
        boxes = []
        for _ in range(3):
            left, top = int(random.integers(0, width)), int(random.integers(0, height))
            right, bottom = int(random.integers(left, width)) + 1, int(random.integers(top, height)) + 1
            box = Box(left, top, right, bottom)
            pixels[box.slices] = random.integers(0, 256, 3)
            boxes.append(box)
        patched.update(pixels, boxes)
        assert bytes(patched.buffer) == bytes(whole(pixels).buffer)


def test_two_in_turn_equal_the_whole() -> None:
    """Two alternating pictures that copy boxes from each other have the same bytes as one converted whole."""
    width, height, random = 150, 134, np.random.default_rng(2)
    pixels = random_pixels(width, height)
    now, other = whole(pixels), whole(pixels)
    latest: list[Box] = []
    for _ in range(100):
        now.copy(other, latest)
        left, top = random.integers(0, width, 3), random.integers(0, height, 3)
        latest = [
            Box(x, y, int(random.integers(x, width)) + 1, int(random.integers(y, height)) + 1)
            for x, y in zip(left.tolist(), top.tolist(), strict=True)
        ]
        for box in latest:
            pixels[box.slices] = random.integers(0, 256, 3)
        now.update(pixels, latest)
        assert bytes(now.buffer) == bytes(whole(pixels).buffer)
        now, other = other, now


def test_any_memory_layout() -> None:
    """Interleaved and planar pixels give the same picture."""
    pixels = random_pixels(64, 66)
    assert bytes(whole(pixels).buffer) == bytes(whole(np.ascontiguousarray(pixels)).buffer)


def test_buffer_layout() -> None:
    """Y, U and V are consecutive in one buffer."""
    yuv = whole(random_pixels(8, 6))
    assert (yuv.buffer.format, yuv.buffer.ndim, yuv.buffer.contiguous) == ("B", 1, True)
    assert bytes(yuv.buffer) == yuv.luma.tobytes() + yuv.chroma.tobytes()
