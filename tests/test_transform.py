"""From data to pixels and back."""

from __future__ import annotations

import numpy as np
import pytest

from animgd.frame import Box
from animgd.graphics.transform import AxesTransform

BOX = Box(100, 50, 300, 250)


@pytest.mark.parametrize("log", [False, True])
def test_what_goes_to_pixels_comes_back(log: bool) -> None:
    """Numbers and arrays, inside the box and outside."""
    transform = AxesTransform(BOX, (-2.0, 6.0), (0.5, 32.0), log)
    x, y = np.array([-2.0, 0.0, 7.5]), np.array([0.5, 4.0, 100.0])
    assert np.allclose(transform.to_data(*transform.to_pixels(x, y)), (x, y), rtol=1e-12)


def test_axes_run_to_the_right_and_upwards() -> None:
    """The corners of the data are the corners of the box; the middle of a log axis is the geometric mean."""
    assert AxesTransform(BOX, (-2.0, 6.0), (1.0, 3.0)).to_pixels(-2.0, 1.0) == (100, 250)
    assert AxesTransform(BOX, (-2.0, 6.0), (1.0, 3.0)).to_pixels(6.0, 3.0) == (300, 50)
    assert AxesTransform(BOX, (0.0, 1.0), (1.0, 100.0), log=True).y(10.0) == pytest.approx(150)
    assert AxesTransform(BOX, (-2.0, 6.0), (1.0, 3.0)).units == (0.04, 0.01)
