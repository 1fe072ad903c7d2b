"""From data to pixels."""

from __future__ import annotations

import numpy as np
import pytest

from animgd.frame import Box
from animgd.graphics.transform import AxesTransform

BOX = Box(100, 50, 300, 250)


@pytest.mark.parametrize("log", [False, True])
def test_pixels_are_even_steps_of_the_data(log: bool) -> None:
    """Or of the logarithm of y: for numbers and arrays, inside the box and outside."""
    transform = AxesTransform(BOX, (-2.0, 6.0), (0.5, 32.0), log)
    x, y = np.array([-2.0, 0.0, 7.5]), np.array([0.5, 4.0, 100.0])
    right, down = transform.to_pixels(x, y)
    assert np.allclose(-2.0 + (right - 100) / 200 * 8.0, x, rtol=1e-12)
    part = (250 - down) / 200
    assert np.allclose(0.5 * 64.0**part if log else 0.5 + part * 31.5, y, rtol=1e-12)
    assert transform.to_pixels(x[2], y[2]) == pytest.approx((right[2], down[2]))


def test_axes_run_to_the_right_and_upwards() -> None:
    """The corners of the data are the corners of the box; the middle of a log axis is the geometric mean."""
    assert AxesTransform(BOX, (-2.0, 6.0), (1.0, 3.0)).to_pixels(-2.0, 1.0) == (100, 250)
    assert AxesTransform(BOX, (-2.0, 6.0), (1.0, 3.0)).to_pixels(6.0, 3.0) == (300, 50)
    assert AxesTransform(BOX, (0.0, 1.0), (1.0, 100.0), log=True).y(10.0) == pytest.approx(150)
    assert AxesTransform(BOX, (-2.0, 6.0), (1.0, 3.0)).units == (0.04, 0.01)
