"""Coverage of shapes: centred, complete, and independent of how shapes are split."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animgd.frame import Box
from animgd.graphics.raster import LONGEST, Mask, around, disc, max_blend, polygon, segment

PAPER = Box(0, 0, 90, 70)
inside = st.tuples(st.floats(15, 75), st.floats(15, 55))
far = st.floats(-1e18, 1e18).map(lambda v: round(v * 64) / 64)  # as tracks give their places
anywhere = st.tuples(far, far)


def circle(place, radius: float) -> list[Mask]:
    """A full circle on the paper."""
    shape = disc(place, radius, PAPER)
    return [shape.grown(radius)] if shape else []


def stroke(a, b, radius: float) -> list[Mask]:
    """A line with round ends on the paper."""
    return [shape.grown(radius) for shape in segment(a, b, radius, PAPER)]


def area(corners, grow: float) -> list[Mask]:
    """A polygon on the paper."""
    shape = polygon(corners, abs(grow), PAPER)
    return [shape.grown(grow)] if shape else []


def on_paper(stamps, paper: Box = PAPER) -> np.ndarray:
    """The masks merged on one sheet; the greater coverage wins."""
    sheet = np.zeros((paper.bottom, paper.right))
    for stamp in stamps:
        assert stamp.coverage.shape == (stamp.box.bottom - stamp.box.top, stamp.box.right - stamp.box.left)
        part = sheet[stamp.box.slices]
        np.maximum(part, stamp.coverage, out=part)
    return sheet / 255


def centre(sheet: np.ndarray) -> tuple[float, float]:
    """The centre of mass, in pixels from the top left corner of the sheet."""
    y, x = np.mgrid[: sheet.shape[0], : sheet.shape[1]] + 0.5
    return float((sheet * x).sum() / sheet.sum()), float((sheet * y).sum() / sheet.sum())


@given(inside, st.floats(3, 12))
def test_a_disc_lies_where_it_should(place, radius):
    """A disc is centred within 0.03 pixels, and its area is right within a few per cent."""
    sheet = on_paper(circle(place, radius))
    assert centre(sheet) == pytest.approx(place, abs=0.03)
    assert sheet.sum() == pytest.approx(math.pi * radius**2, rel=0.05)


@given(inside, inside, st.floats(1.5, 6))
def test_a_stroke_is_as_long_and_wide_as_it_should_be(a, b, radius):
    """A stroke with round caps covers its area, is centred, and has no gaps between pieces."""
    sheet = on_paper(stroke(a, b, radius))
    length = math.dist(a, b)
    assert sheet.sum() == pytest.approx(math.pi * radius**2 + 2 * radius * length, rel=0.08)
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    assert centre(sheet) == pytest.approx(middle, abs=0.1)


@given(inside, inside, st.floats(1.5, 6), st.floats(0, 1))
def test_two_pieces_equal_one_stroke(a, b, radius, part):
    """A stroke drawn in two pieces equals the whole one up to rounding."""
    joint = (a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]))
    whole = on_paper(stroke(a, b, radius))
    pieces = on_paper([*stroke(a, joint, radius), *stroke(joint, b, radius)])
    assert np.abs(whole - pieces).max() <= 2 / 255


@given(anywhere, anywhere, st.floats(0.5, 20))
def test_what_lies_far_away_costs_nothing_and_fails_never(a, b, radius):
    """For any path, masks stay on the paper; they are few, and of bounded size."""
    stamps = stroke(a, b, radius)
    assert len(stamps) <= 4
    for stamp in [*stamps, *circle(a, radius)]:
        assert PAPER.left <= stamp.box.left < stamp.box.right <= PAPER.right
        assert PAPER.top <= stamp.box.top < stamp.box.bottom <= PAPER.bottom
    assert all(s.box.right - s.box.left <= LONGEST + 2 * radius + 6 for s in stamps)


def test_a_stroke_from_outside_enters_where_it_should():
    """Only the part of a segment on the paper is drawn, along the right line."""
    sheet = on_paper(stroke((-1e9, 30.5), (1e9, 30.5), 2.0))
    assert (sheet[29:32] == 1).all() and (sheet[:27] == 0).all() and (sheet[34:] == 0).all()
    assert stroke((-100, -50), (-10, 900), 2.0) == []


def test_a_polygon_covers_its_area():
    """A square has its exact area, and `grow` moves its edges outwards."""
    corners = [(20.0, 20.0), (40.0, 20.0), (40.0, 40.0), (20.0, 40.0)]
    assert on_paper(area(corners, 0.0)).sum() == pytest.approx(400, rel=0.01)
    assert on_paper(area(corners, 2.0)).sum() == pytest.approx(24**2, rel=0.02)


def test_pixels_that_a_shape_may_touch_are_all_in_its_box():
    """The box around a shape is large enough on every side, None if the shape is outside."""
    assert around((10.2, 20.7), (10.2, 20.7), 3.0, PAPER) == Box(6, 16, 15, 25)
    assert around((-50, 0), (-40, 10), 3.0, PAPER) is None


def test_the_greater_coverage_wins_inside_the_layer():
    """A mask across the edge of a layer changes only their intersection, and never reduces coverage."""
    origin = Box(10, 10, 20, 20)
    layer = np.full((10, 10), 100, np.uint8)
    max_blend(layer, origin, Mask(Box(5, 5, 15, 15), np.full((10, 10), 200, np.uint8)))
    max_blend(layer, origin, Mask(Box(18, 18, 30, 30), np.full((12, 12), 50, np.uint8)))
    max_blend(layer, origin, Mask(Box(0, 0, 10, 10), np.full((10, 10), 255, np.uint8)))
    wanted = np.full((10, 10), 100)
    wanted[:5, :5] = 200
    assert layer.tolist() == wanted.tolist()
    assert Box(0, 0, 10, 10).intersection(origin) is None
