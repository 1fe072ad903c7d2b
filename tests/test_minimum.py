"""Minima: solved for where the loss is convex, else the dips of a grid, followed down."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from animgd import Function, Loss, Problem, Window
from animgd.training.landscape import survey
from animgd.training.minima.convex import solve
from animgd.training.minima.search import lowest
from animgd.training.problems import Formula, LineFit


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
    from animgd.training.problems import toy

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


LINES = {  # data: (weight, bias) under MSELoss, L1Loss, HuberLoss, SmoothL1Loss; None without a single minimum
    ((-1, 0, 1), (-1, 0, 1)): [(1, 0)] * 4,
    ((-2, -1, 0, 1, 2), (-4, -2, 0, 2, 4)): [(2, 0)] * 4,
    ((-1, 1, -1, 1), (1, 1, -1, -1)): [(0, 0), None, (0, 0), (0, 0)],
    ((0, 1, 2), (0, 0, 0)): [(0, 0)] * 4,
    ((-1, 0, 1), (1, 0, 1)): [(0, 2 / 3), (0, 1), (0, 2 / 3), (0, 2 / 3)],
    ((-2, 2), (3, 3)): [(0, 3)] * 4,
    ((1, 1, 1), (0, 1, 2)): [None] * 4,
    ((0, 0, 1, 1), (0, 0, 1, 1)): [(1, 0)] * 4,
}


@pytest.mark.parametrize("size", [1.0, 1e-3, 1e3])
@pytest.mark.parametrize("data", LINES)
def test_symmetric_data_have_their_minimum(data, size):
    """Cuts that are parallel, or land on the minimum, do not hide it; a valley or a floor still has none."""
    x, y = data
    for loss, wanted in zip(("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"), LINES[data], strict=True):
        if size != 1 and loss not in ("MSELoss", "L1Loss"):
            continue  # their minima do not grow with the data
        found = solve(line(loss, x, [size * value for value in y]))
        assert (found is None) == (wanted is None), loss
        if found is not None:
            place = tuple(size * part for part in wanted)
            assert (found.weight, found.bias) == pytest.approx(place, abs=1e-6 * size), loss
            assert found.proven


@pytest.mark.parametrize("far", [1991, 10_000, 100_000, 10_000_000])
def test_data_far_from_0_have_their_minimum(far):
    """Years, or seconds since 1970: the line is the least squares line of the centred data, proven."""
    x, y = far + np.arange(10.0), np.arange(10) * 7 % 5
    slope, level = np.polyfit(x - x.mean(), y, 1)
    found = solve(LineFit(Problem(x=x, y=y, dtype="float64"), Loss("MSELoss")))
    assert found.proven and found.weight == pytest.approx(slope, rel=1e-6)
    assert found.weight * x.mean() + found.bias == pytest.approx(level, rel=1e-6)


def test_points_above_each_other_have_no_single_line():
    """Where all x are one number that rounds, the spread is rounding, not data."""
    assert solve(LineFit(Problem(x=(0.1121,) * 3, y=(1.9647, 2, 3)), Loss("MSELoss"))) is None


def test_symmetric_labels_have_their_minimum():
    """Labels that no line separates, with a minimum exactly in the middle."""
    found = solve(line("BCEWithLogitsLoss", (-2, -1, 1, 2), (0, 1, 0, 1)))
    assert found.bias == pytest.approx(0, abs=1e-7) and found.weight > 0.1
    slope = sum(
        x * (1 / (1 + np.exp(-found.weight * x)) - y) for x, y in zip((-2, -1, 1, 2), (0, 1, 0, 1), strict=True)
    )
    assert slope == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("data", [((-1, 0, 1), (-1, 0, 1)), ((-1, 1, -1, 1), (1, 1, -1, -1)), ((1, 1), (0, 2))])
@pytest.mark.parametrize("loss", ["MSELoss", "L1Loss", "HuberLoss", "BCEWithLogitsLoss"])
def test_with_weight_decay_there_is_always_one_minimum(data, loss):
    """loss + (decay / 2) · ‖parameters‖² has a single minimum, however symmetric or flat the loss."""
    x, y = data
    problem, decay = line(loss, x, y), 0.5
    found = solve(problem, decay)
    turns = torch.linspace(0, 6.28, 40).double()
    for radius in (1e-3, 0.3):
        weight, bias = found.weight + radius * turns.sin(), found.bias + radius * turns.cos()
        assert (problem.values(weight, bias) + decay / 2 * (weight**2 + bias**2)).min() > found.loss


def vertex(x: np.ndarray, y: np.ndarray) -> tuple[float, float] | None:
    """The line of least absolute deviations, which leads through two points; None where there are several."""
    pairs = [(i, j) for i in range(len(x)) for j in range(i) if x[i] != x[j]]
    lines = [((y[i] - y[j]) / (x[i] - x[j]), (x[i] * y[j] - x[j] * y[i]) / (x[i] - x[j])) for i, j in pairs]
    losses = [np.abs(w * x + b - y).mean() for w, b in lines]
    best = {tuple(np.round(at, 9)) for at, loss in zip(lines, losses, strict=True) if loss < min(losses) + 1e-12}
    return best.pop() if len(best) == 1 else None


def test_minima_of_many_small_data_sets_are_those_of_other_methods():
    """Tiny integer data, half of them mirrored: linear algebra and lines through two points find the same, or none."""
    random = np.random.default_rng(3)
    kinds = set()
    for k in range(40):
        x, y = random.integers(-2, 3, (2, random.integers(1, 5))).astype(float)
        if k % 2:
            x, y = np.concatenate([x, -x]), np.concatenate([y, y * random.choice([-1, 1])])
        design = np.stack([x, np.ones(len(x))], 1)
        squares = tuple(np.linalg.lstsq(design, y, rcond=None)[0]) if np.ptp(x) else None
        for loss, wanted in (("MSELoss", squares), ("L1Loss", vertex(x, y))):
            found = solve(line(loss, x, y))
            assert (found is None) == (wanted is None), (loss, x, y, found)
            kinds.add((loss, found is None))
            if found is not None:
                assert (found.weight, found.bias) == pytest.approx(wanted, abs=1e-6), (loss, x, y)
    assert len(kinds) == 4, "with and without a single minimum"


@pytest.mark.parametrize(
    ("x", "y", "delta"), [((1, -2, -2), (0, -1, 1), 0.5), ((0, 1, -2, -1, -2), (-2, 2, 1, -1, 0), 1.0)]
)
def test_a_short_floor_is_not_a_minimum(x, y, delta):
    """Huber's loss may be lowest along a short line, which rounding hides: both ends are as low, nothing is marked."""
    assert solve(line("HuberLoss", x, y, delta=delta)) is None


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


FOUR = {(3.0, 2.0), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)}


def places(of, window: Window = Window(x=(-3, 3), y=(-3, 3)), resolution: int = 61) -> list[tuple[float, float]]:  # noqa: B008
    """Where a function of (x, y) is lowest in a window."""
    function = Formula(Function(of))
    return [(place.bias, place.weight) for place in lowest(function, survey(function, window, resolution))]


@pytest.mark.parametrize("resolution", [41, 101])
def test_all_minima_that_are_as_low_are_found(resolution):
    """Himmelblau's four, from a callable; a well that is higher by a thousandth is left out."""
    found = places(lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, Window(x=(-5, 5), y=(-5, 5)), resolution)
    assert {(round(x, 6), round(y, 6)) for x, y in found} == FOUR
    wells = places(lambda x, y: (x**2 - 1) ** 2 + (y**2 - 1) ** 2, resolution=resolution)
    assert sorted((round(x), round(y)) for x, y in wells) == [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    tilted = places(lambda x, y: (x**2 - 1) ** 2 + y**2 + 1e-3 * x, resolution=resolution)
    assert tilted == [pytest.approx((-1.000125, 0), abs=1e-5)]


@pytest.mark.parametrize(
    "of",
    [
        lambda x, y: (x**2 + y**2 - 1) ** 2,
        lambda x, y: (x - 0.3 * y) ** 2,
        lambda x, y: (y - 1) ** 2 + 0 * x,
        lambda x, y: torch.relu((x**2 + y**2).sqrt() - 1),
        lambda x, y: x**2 - y**2,
        lambda x, y: x**3 - 3 * x + y**2,
        lambda x, y: torch.log(x**2 + y**2),
        lambda x, y: -1 / (x**2 + y**2),
        lambda x, y: torch.log(x) + x**2 + y**2,
    ],
    ids=[
        "ring",
        "trough",
        "one axis",
        "floor",
        "saddle",
        "falls beyond the edge",
        "logarithm",
        "pole",
        "end of a logarithm",
    ],
)
def test_what_is_lowest_nowhere_or_along_a_line_is_not_marked(of):
    """No cross in a trough, on a floor, at an edge, or where the loss has no lower bound."""
    assert places(of) == []


@pytest.mark.parametrize("power", [2, 4, 8])
def test_flat_minima_are_one_place(power):
    """However flat its floor, one minimum is one cross."""
    assert places(lambda x, y: (x - 0.513) ** power + y**power) == [pytest.approx((0.513, 0), abs=1e-3)]


def test_no_place_near_a_proven_minimum_is_lower():
    """Around the minimum of each of the article's losses, the loss is higher everywhere."""
    turns = torch.linspace(0, 6.28, 60).double()
    for loss in ("MSELoss", "L1Loss", "HuberLoss"):
        problem = LineFit(Problem(), Loss(loss))
        found = solve(problem)
        for radius in (1e-3, 0.1, 3.0):
            around = problem.values(found.weight + radius * turns.sin(), found.bias + radius * turns.cos())
            assert around.min() > found.loss
