"""Landscapes: the loss on a grid, in bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch

from animgd import Function, Loss, Point, Problem, Window
from animgd.scene.scene import LOSSES
from animgd.training.landscape import survey
from animgd.training.problems import Formula, LineFit


@pytest.mark.parametrize(("loss", "greatest"), [(0, 100.03), (1, 8.32), (2, 7.85), (3, 7.85)])
def test_landscapes_equal_the_loss_at_single_points(five, loss, greatest):
    """At 200 random samples the landscape is what torch's loss gives there, and its greatest is the article's."""
    landscape = five["plain"].panels[loss].landscape
    problem = LineFit(Problem(), LOSSES[loss])
    axis = np.linspace(-5, 8, 101)
    for row, column in np.random.default_rng(loss).integers(0, 101, (200, 2)):
        singly = problem.loss(problem.parameters(Point(weight=axis[row], bias=axis[column]))).item()
        assert landscape.loss[row, column] == pytest.approx(singly, rel=1e-5)
    assert landscape.loss.max() == pytest.approx(greatest, abs=6e-3)


def test_rows_are_weights_and_columns_biases():
    """Row 0 is the lowest weight and column 0 the lowest bias; both ends of the window are samples."""
    function = Formula(Function(lambda x, y: 100 * y + x))
    landscape = survey(function, Window(bias=(1, 3), weight=(10, 30)), 3)
    assert landscape.loss.tolist() == [[1001, 1002, 1003], [2001, 2002, 2003], [3001, 3002, 3003]]


def test_it_does_not_matter_how_many_samples_are_in_flight(monkeypatch):
    """A landscape computed row by row, in chunks of few samples, is the same but for the last bits of its sums."""
    problem, window = LineFit(Problem(), Loss("L1Loss")), Window()
    whole = survey(problem, window, 40).loss
    monkeypatch.setattr("animgd.training.landscape.ROWS_AT_ONCE", 80)
    monkeypatch.setattr("animgd.training.problems.CHUNK", 7 * 50)
    np.testing.assert_allclose(survey(problem, window, 40).loss, whole, rtol=1e-14)


def test_memory_is_bounded_with_many_points(monkeypatch):
    """However many points the data have, no more than a chunk of numbers is in flight at once."""
    sizes = []
    real = torch.addcmul
    monkeypatch.setattr(torch, "addcmul", lambda *tensors: sizes.append(real(*tensors).numel()) or real(*tensors))
    monkeypatch.setattr("animgd.training.problems.CHUNK", 1 << 14)
    x = tuple(np.linspace(-1, 1, 3000).tolist())
    problem = LineFit(Problem(x=x, y=x), Loss("MSELoss"))
    sizes.clear()
    survey(problem, Window(), 21)
    assert sum(sizes) == 3000 * 21 * 21
    assert max(sizes) <= 1 << 14


def test_the_map_of_an_infinite_loss_is_infinite():
    """Samples that are not finite stay what they are; nothing is clipped."""
    landscape = survey(Formula(Function(lambda x, y: torch.log(y) + x)), Window(), 27)
    assert np.isnan(landscape.loss[0]).all()
    assert np.isneginf(landscape.loss[10]).all()
    assert np.isfinite(landscape.loss[11:]).all()


def test_surveying_holds_little_more_than_its_result():
    """Python's own memory (without torch's) stays near the size of the result."""
    function = Formula(Function("booth"))
    tracemalloc.start()
    try:
        survey(function, Window(), 500)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * 500 * 500 * 8
