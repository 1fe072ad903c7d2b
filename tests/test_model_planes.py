"""Planes in a model's space: principal components, random directions, parameters, three points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from animgd.errors import SceneError
from animgd.recording.model import Series
from animgd.scene.model.planes import Parameters, Random, Span
from animgd.training.models import iterates, planes
from animgd.training.models.directions import parameter_plane, random_plane, span_plane
from animgd.training.models.iterates import Rows


def rows(values: Series) -> Rows:
    """A training with these iterates."""
    made = Rows(values.shape[1], values.dtype.type)
    for row in values:
        made.append(row)
    return made


def walk(steps: int, width: int, seed: int = 0, dtype: type = np.float32) -> Series:
    """A path that goes further along some directions than others."""
    random = np.random.default_rng(seed)
    return (random.standard_normal((steps, width)).cumsum(0) * np.geomspace(1, 0.01, width)).astype(dtype)


def everything(every: list[Rows]) -> Series:
    return np.ones(sum(map(len, every)), bool)


@pytest.mark.parametrize(("steps", "width"), [(12, 40), (60, 9), (7, 5000)])
@pytest.mark.parametrize("chunk", [1 << 23, 500])
def test_principal_components_are_those_of_svd(monkeypatch, steps, width, chunk):
    """The plane of two runs together is that of NumPy's svd on the same iterates, however small the chunks are."""
    for module in (iterates, planes):
        monkeypatch.setattr(module, "AT_ONCE", chunk)
    paths = [walk(steps, width, seed) for seed in (1, 2)]
    every = [rows(path) for path in paths]
    plane = planes.principal(every, everything(every))
    together = np.concatenate(paths).astype(np.float64)
    mean = together.mean(0)
    _, sizes, axes = np.linalg.svd(together - mean, full_matrices=False)
    np.testing.assert_allclose(np.abs(axes[:2] @ plane.directions.T), np.eye(2), atol=1e-9)
    np.testing.assert_allclose(plane.origin, mean, atol=1e-12)
    found = planes.project(plane, every, everything(every))
    np.testing.assert_allclose(found.shares, (sizes**2 / (sizes**2).sum())[:2], rtol=1e-9)
    assert found.spread == pytest.approx(np.sqrt((sizes**2).sum() / len(together)), rel=1e-12)
    by_hand = (together - mean) @ plane.directions.T
    np.testing.assert_allclose(found.at, by_hand, atol=1e-9)
    rest = together - mean - by_hand @ plane.directions
    np.testing.assert_allclose(found.off, np.linalg.norm(rest, axis=1), atol=1e-9)


def test_the_first_run_goes_right_and_up():
    """The signs of the axes, which principal components leave open, follow the first run."""
    every = [rows(walk(20, 6, seed=3)), rows(walk(20, 6, seed=4))]
    plane = planes.principal(every, everything(every))
    at = planes.project(plane, every, everything(every)).at
    assert (at[19] >= at[0]).all()


def test_a_straight_path_has_a_plane_all_the_same():
    """Where the second component is nothing but rounding, any direction at right angles is taken."""
    every = [rows(np.outer(np.arange(5.0), [3.0, 4.0, 0.0]))]
    plane = planes.principal(every, everything(every))
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    found = planes.project(plane, every, everything(every))
    assert found.shares == pytest.approx((1.0, 0.0))
    np.testing.assert_allclose(found.off, 0, atol=1e-6)


def test_runs_that_stand_still_span_no_plane():
    """Equal rows have no principal components."""
    every = [rows(np.ones((4, 3), np.float32))]
    assert planes.principal(every, everything(every)) is None


def test_a_path_that_leaves_for_good_counts_until_then():
    """Rows that are not finite, and those that explode, do not turn the plane."""
    away = np.array([0, 1, 2, 3, 4, 500, 9000, 1e6])
    assert planes.calm(away) == 5
    assert planes.calm(np.array([0, 1, np.nan, 2.0])) == 2
    assert planes.calm(np.arange(50.0)) == 50


PARAMETERS = {"0.weight": torch.randn(3, 2, 2), "0.bias": torch.randn(3), "1.weight": torch.randn(4, 3)}
END = torch.cat([each.flatten() for each in PARAMETERS.values()]).double().numpy()


def test_random_directions_are_those_of_the_paper():
    """Each filter of a direction has the norm of the network's filter; biases stay. Computed here from the formula."""
    plane = random_plane(Random(seed=5), END, PARAMETERS)
    generator, first = torch.Generator().manual_seed(5), 0
    drawn = [[torch.randn(each.shape, generator=generator) for each in PARAMETERS.values()] for _ in range(2)]
    for index, own in enumerate(PARAMETERS.values()):
        last = first + own.numel()
        for direction, parts in zip(plane.directions[:, first:last], drawn, strict=True):
            for number in range(len(own)):
                found = direction.reshape(own.shape)[number]
                random = parts[index][number].numpy()
                wanted = random / np.linalg.norm(random) * np.linalg.norm(own[number])
                np.testing.assert_allclose(found, wanted if own.ndim > 1 else 0, atol=1e-6)
        first = last
    again, other = (random_plane(Random(seed=seed), END, PARAMETERS) for seed in (5, 6))
    np.testing.assert_array_equal(again.directions, plane.directions)
    assert not np.allclose(other.directions, plane.directions)


def test_points_of_an_oblique_plane_are_projected_at_right_angles():
    """Random directions are not orthogonal: a point of the plane keeps its coordinates, and rests are orthogonal."""
    plane = random_plane(Random(), END, PARAMETERS)
    wanted = np.array([[0.5, -0.25], [2.0, 1.0]])
    every = [rows(plane.lift(*wanted.T))]
    found = planes.project(plane, every, everything(every))
    np.testing.assert_allclose(found.at, wanted, atol=1e-9)
    np.testing.assert_allclose(found.off, 0, atol=1e-6)
    other = [rows(walk(3, len(END), dtype=np.float64))]
    found = planes.project(plane, other, everything(other))
    rest = other[0].columns(0, len(END)) - plane.lift(*found.at.T)
    np.testing.assert_allclose(rest @ plane.directions.T, 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(rest, axis=1), found.off, atol=1e-9)


def test_variances_of_axes_add_up_to_the_plane_s():
    """Also of directions that are not orthogonal: together they are the part that the projected path has."""
    plane = random_plane(Random(), END, PARAMETERS)
    every = [rows(walk(30, len(END), dtype=np.float64))]
    found = planes.project(plane, every, everything(every))
    inside = plane.lift(*found.at.T)
    held = np.var(inside, axis=0).sum() / np.var(every[0].columns(0, len(END)), axis=0).sum()
    assert sum(found.shares) == pytest.approx(held, rel=1e-9)


def test_the_axes_of_parameters_are_their_values():
    """The coordinates of a row are two of its numbers."""
    plane = parameter_plane(Parameters("0.bias[1]", "1.weight[3,0]"), END, PARAMETERS, [])
    path = walk(5, len(END), dtype=np.float64)
    found = planes.project(plane, [rows(path)], np.ones(5, bool))
    np.testing.assert_allclose(found.at, path[:, [13, 24]], atol=1e-12)
    assert plane.zero == (0.0, 0.0)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("0.weigth[0,0,0]", "0.bias[0]"), "no parameter '0.weigth'; did you mean '0.weight'?"),
        (("0.weight[0]", "0.bias[0]"), "has shape (3, 2, 2): write '0.weight[0,0,0]'"),
        (("0.bias[3]", "0.bias[0]"), "has shape (3,): write '0.bias[0]'"),
        (("2.weight[0]", "0.bias[0]"), "'2.weight' does not require gradients"),
    ],
)
def test_parameters_that_are_not_there_are_named(names, said):
    """One line says what there is."""
    with pytest.raises(SceneError) as caught:
        parameter_plane(Parameters(*names), END, PARAMETERS, ["2.weight"])
    assert said in str(caught.value)


def test_three_points_lie_in_their_plane():
    """The first is the origin, the second to its right, the third above."""
    paths = [walk(6, 8, seed, np.float64) for seed in (1, 2)]
    every = [rows(path) for path in paths]
    plane = span_plane(Span("start", "b", ("a", 2)), ["a", "b"], every, [1, 2])
    found = planes.project(plane, every, everything(every))
    for row in (0, 11, 2):
        assert found.off[row] == pytest.approx(0, abs=1e-7)
    np.testing.assert_allclose(found.at[0], 0, atol=1e-12)
    assert found.at[11, 0] > 0 and found.at[11, 1] == pytest.approx(0, abs=1e-9) and found.at[2, 1] > 0
    assert span_plane(Span(0, ("b", 1), 5), ["a", "b"], every, [1, 2]).origin[0] == paths[0][0, 0]


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Span("start", "c", "b"), "no run is labelled 'c'"),
        (Span("start", 0, "b"), "lie on one line"),
    ],
)
def test_points_that_were_not_recorded_are_named(span, said):
    """One line says what was recorded."""
    every = [rows(walk(6, 8, seed)) for seed in (1, 2)]
    with pytest.raises(SceneError) as caught:
        span_plane(span, ["a", "b"], every, [1, 1])
    assert said in str(caught.value)


def test_many_rows_go_to_a_file(monkeypatch):
    """What is appended is read back, in memory or from the disk."""
    monkeypatch.setattr(iterates, "IN_MEMORY", 100)
    path = walk(50, 7)
    made = rows(path)
    assert made._file._rolled
    np.testing.assert_array_equal(made.row(31), path[31])
    np.testing.assert_array_equal(made.columns(2, 5), path[:, 2:5].astype(float))
    np.testing.assert_array_equal(made.columns(0, 7), path)


def test_a_disk_that_is_too_small_is_said_before_training(monkeypatch):
    """The rows that would be written are compared with what is free."""
    monkeypatch.setattr(iterates.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10**9}))
    with pytest.raises(SceneError, match=r"501 steps of 1,000,000 parameters need 2 GB .*has 1 GB"):
        iterates.check_room(501, 10**6, np.dtype(np.float32), None)
    iterates.check_room(51, 10**6, np.dtype(np.float32), None)
