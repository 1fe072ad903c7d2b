"""Minima: solved for where the loss is convex, else the best of the grid, refined."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from animgd import Function, Loss, Problem, Window
from animgd.landscape import survey
from animgd.lowest import lowest
from animgd.minimum import solve
from animgd.problem import Formula, LineFit


@pytest.mark.parametrize(
    ("loss", "weight", "bias", "least"),
    [
        ("MSELoss", 0.92583, 2.48438, 0.499441),
        ("L1Loss", 0.80577, 2.34033, 0.527815),
        ("HuberLoss", 0.85859, 2.41981, 0.226563),
        ("SmoothL1Loss", 0.85859, 2.41981, 0.226563),
    ],
)
def test_minima_are_those_of_the_document(five, loss, weight, bias, least):
    """Where the four losses are least, to the digits that were measured."""
    panel = five["momentum"].panels[("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss").index(loss)]
    minimum = panel.minimum
    assert (minimum.weight, minimum.bias) == pytest.approx((weight, bias), abs=5.1e-6)
    assert minimum.loss == pytest.approx(least, abs=5.1e-7)
    assert minimum.proven
    assert panel.landscape.loss.min() >= minimum.loss


def line(loss: str, x, y, **settings) -> LineFit:
    """A line through data, under a loss."""
    return LineFit(Problem(x=tuple(x), y=tuple(y)), Loss(loss, **settings))


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3, 1e7, 1e10])
def test_minima_are_found_however_large_the_data(size):
    """The least squares line is found for data of any size, as linear algebra finds it."""
    x = np.array([0.5, -1.0, 2.0, 3.0])
    y = size * np.array([1.0, 0.5, 4.0, 3.0], np.float32).astype(float)
    weight, bias = np.linalg.lstsq(np.stack([x, np.ones(4)], 1), y.astype(np.float32).astype(float), rcond=None)[0]
    found = solve(line("MSELoss", x, y))
    assert (found.weight, found.bias) == pytest.approx((weight, bias), rel=1e-5, abs=1e-6 * min(size, 1))


def test_the_least_absolute_line_goes_through_two_points():
    """L1's minimum is a corner: the line through two of the points."""
    from animgd.problem import toy

    x, y = map(np.array, toy())
    found = solve(LineFit(Problem(), Loss("L1Loss")))
    left = np.sort(np.abs(found.weight * x + found.bias - y))
    assert (left[:2] < 1e-6).all() and left[2] > 1e-3


def test_weight_decay_moves_the_minimum_where_algebra_says():
    """The minimum of MSE + (decay / 2) · ‖parameters‖² solves the ridge equations."""
    x, y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.5, 4.0])
    design = np.stack([x, np.ones(3)], 1)
    weight, bias = np.linalg.solve(2 * design.T @ design / 3 + 0.5 * np.eye(2), 2 * design.T @ y / 3)
    found = solve(line("MSELoss", x, y), decay=0.5)
    assert (found.weight, found.bias) == pytest.approx((weight, bias), abs=1e-6)


@pytest.mark.parametrize(
    "problem",
    [
        line("MSELoss", [2.0], [3.0]),
        line("MSELoss", [2.0, 2.0], [3.0, 4.0]),
        line("L1Loss", [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 5.0]),
        line("BCEWithLogitsLoss", [1.0, 2.0], [2.0, 3.0]),
        line("BCEWithLogitsLoss", [-1.0, 1.0], [0.0, 1.0]),
    ],
)
def test_what_has_no_single_minimum_has_none(problem):
    """A valley, a floor, and a slope without end have no minimum to mark."""
    assert solve(problem) is None


@pytest.mark.parametrize(("name", "weight", "bias"), [("rosenbrock", 1, 1), ("beale", 0.5, 3), ("booth", 3, 1)])
def test_other_minima_are_refined_from_the_grid(name, weight, bias):
    """The best sample of a coarse grid leads to the minimum, to six digits, and claims no proof."""
    function = Formula(Function(name))
    (found,) = lowest(function, survey(function, Window(bias=(-1.23, 4.01), weight=(-1.11, 4.05)), 41))
    assert (found.weight, found.bias) == pytest.approx((weight, bias), abs=2e-4)
    assert found.loss < 1e-7 and not found.proven


def test_a_minimum_in_a_cusp_is_refined_too():
    """Where slopes lead nowhere, the minimum is searched for on ever smaller grids."""
    function = Formula(Function(lambda x, y: (y - 1.0123).abs().sqrt() + (x - 2.0456 + y / 9).abs().sqrt()))
    (found,) = lowest(function, survey(function, Window(), 27))
    assert (found.weight, found.bias) == pytest.approx((1.0123, 2.0456 - 1.0123 / 9), abs=1e-4)


@pytest.mark.parametrize(
    "of",
    [
        lambda x, y: x + y,
        lambda x, y: 0 * x * y + 3,
        lambda x, y: torch.log(y - 100 + 0 * x),
        lambda x, y: (y - 20) ** 2 + x**2,
    ],
)
def test_a_landscape_without_a_lowest_place_inside_has_no_minimum(of):
    """On a slope, a plain, an undefined map, or with the minimum outside, nothing is marked."""
    function = Formula(Function(of))
    assert lowest(function, survey(function, Window(), 11)) == ()


def test_a_hole_in_the_map_is_not_its_minimum():
    """Samples that are not finite do not count as low."""
    function = Formula(Function(lambda x, y: torch.where(x > 7, torch.nan, (y - 1) ** 2 + (x - 2) ** 2)))
    (found,) = lowest(function, survey(function, Window(), 27))
    assert (found.weight, found.bias) == pytest.approx((1, 2), abs=1e-4)


def test_no_place_near_a_proven_minimum_is_lower():
    """Around the minimum of each of the document's losses, the loss is higher everywhere."""
    turns = torch.linspace(0, 6.28, 60).double()
    for loss in ("MSELoss", "L1Loss", "HuberLoss"):
        problem = LineFit(Problem(), Loss(loss))
        found = solve(problem)
        for radius in (1e-3, 0.1, 3.0):
            around = problem.values(found.weight + radius * turns.sin(), found.bias + radius * turns.cos())
            assert around.min() > found.loss
