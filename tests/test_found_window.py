"""Windows that are found: starts, lowest places, and the parts of the paths that stay near."""

from __future__ import annotations

import math

import numpy as np
import pytest

from animgd import SGD, Function, Optimizer, Point, Problem, Run, Scene, Window, record
from animgd.recording.model import PanelRecording
from animgd.training.minima.found_window import calm

YEARS = tuple(range(1991, 2021))


def found(function, **settings) -> tuple[PanelRecording, Window]:
    """What is recorded of a function of (x, y) without a window, and the window."""
    panel = record(Scene(problem=Function(function), **settings)).panels[0]
    return panel, panel.landscape.window


def inside(window: Window, x: float, y: float) -> bool:
    """Whether a place can be seen."""
    return window.x[0] < x < window.x[1] and window.y[0] < y < window.y[1]


@pytest.mark.parametrize("lr", [1e-5, 1e-4, 0.01, 0.045])
def test_a_run_that_stops_short_gets_its_cross(lr):
    """The minimum is looked for beyond the path, however little of the way was gone."""
    panel, window = found(lambda b, w: b**2 + 20 * w**2, optimizer=SGD(lr=lr), start=Point(x=-8, y=1))
    assert [(m.bias, m.weight) for m in panel.minima] == [pytest.approx((0, 0), abs=1e-6)]
    assert inside(window, 0, 0) and inside(window, -8, 1)
    assert window.x[1] - window.x[0] < 13


@pytest.mark.parametrize(
    "optimizer", [Optimizer("SGD", lr=0.1, maximize=True), Optimizer("Adam", lr=0.3, maximize=True)]
)
def test_an_ascent_ends_inside_the_frame(optimizer):
    """Lower is not nearer for a run that goes up."""
    panel, window = found(lambda b, w: 4 - (b - 1) ** 2 - 2 * (w + 1) ** 2, optimizer=optimizer)
    run = panel.runs[0]
    assert inside(window, run.bias[-1], run.weight[-1]) and inside(window, run.bias[0], run.weight[0])
    assert window.y[1] - window.y[0] < 15


@pytest.mark.parametrize("optimizer", [SGD(lr=0.1, momentum=0.9), SGD(lr=0.1), SGD(lr=0.05), SGD(lr=0.3, momentum=0.9)])
@pytest.mark.parametrize("off", [0.02, 1e-6, 0.5])
def test_a_run_that_leaves_a_saddle_is_shown_leaving(optimizer, off):
    """What becomes of it beyond does not stretch the window; start and saddle stay to be seen."""
    panel, window = found(lambda x, y: x**2 - y**2, optimizer=optimizer, start=Point(x=-1.8, y=off))
    assert inside(window, -1.8, off) and inside(window, 0, off)
    assert window.y[1] - window.y[0] < 60
    run = panel.runs[0]
    assert inside(window, run.bias[-1], run.weight[-1]) == (abs(run.weight[-1]) < 1)


def test_a_run_that_leaves_hides_none_that_stays():
    """Beside a run that arrives, one that goes the other way is followed a little only."""
    runs = (Run("up", Optimizer("SGD", lr=0.05, maximize=True)), Run("down", SGD(lr=0.05)))
    panel, window = found(lambda b, w: 4 - (b - 1) ** 2 - 2 * (w + 1) ** 2, optimizer=runs)
    up, down = panel.runs
    assert inside(window, up.bias[-1], up.weight[-1])
    assert down.diverged_at is not None and window.y[1] - window.y[0] < 15


@pytest.mark.parametrize(("slope", "height"), [(0.19, 0.0), (0.0025, 5.0), (190.0, -3e5)])
def test_each_axis_has_its_own_margin(slope, height):
    """Years as x: the weight's axis fits the weight's path and minimum, though the bias counts in other units."""
    y = tuple(slope * year + height + math.sin(year) for year in YEARS)
    scene = Scene(
        problem=Problem(x=YEARS, y=y), losses=("MSELoss",), optimizer=SGD(lr=1e-7), start=Point(weight=0, bias=0)
    )
    panel = record(scene).panels[0]
    run, window, minimum = panel.runs[0], panel.landscape.window, panel.minimum
    for side, values, lowest in ((window.weight, run.weight, minimum.weight), (window.bias, run.bias, minimum.bias)):
        span = np.ptp([*values, lowest])
        assert side[0] < min(*values, lowest) and max(*values, lowest) < side[1]
        assert side[1] - side[0] < 1.6 * span or span < 1e-3


def test_axes_of_a_function_may_count_in_thousands():
    """An axis from 0 to 1 beside one from 0 to 1,000 is not lost."""
    _, window = found(
        lambda x, y: (x / 1000 - 1) ** 2 + (y - 1) ** 2, optimizer=Optimizer("Adam", lr=0.3), start=Point(x=0, y=0)
    )
    assert inside(window, 1000, 1) and window.y[1] - window.y[0] < 5


def test_a_path_along_one_axis_gets_a_picture():
    """The other axis is as long as it takes for contours to be seen."""
    _, window = found(lambda x, y: x**2 + 20 * y**2, optimizer=SGD(lr=0.01), start=Point(x=-8, y=0))
    assert 1 / 3 < (window.x[1] - window.x[0]) / (window.y[1] - window.y[0]) < 3.01


def test_all_minima_and_ends_at_rest_are_in_the_window():
    """From a callable, all four of Himmelblau's minima; where a run rests elsewhere, its end as well."""
    panel, window = found(
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, optimizer=SGD(lr=0.01), start=Point(x=0, y=0)
    )
    assert len(panel.minima) == 4 and all(inside(window, m.bias, m.weight) for m in panel.minima)
    wells = lambda x, y: (x**2 - 1) ** 2 + y**2 + 0.3 * x  # noqa: E731
    panel, window = found(wells, optimizer=SGD(lr=0.05), start=Point(x=1.4, y=0.7))
    assert panel.runs[0].bias[-1] > 0.8 and inside(window, panel.runs[0].bias[-1], panel.runs[0].weight[-1])
    assert inside(window, -1.036, 0) and [round(m.bias, 2) for m in panel.minima] == [-1.04]


@pytest.mark.parametrize("place", [0.0, 1.0, 1e9])
def test_a_run_that_never_moves_has_a_window(place):
    """On a plain, and from far away, there is room around the start."""
    _, window = found(lambda x, y: 0 * x * y + 3, optimizer=SGD(lr=0.1), start=Point(x=place, y=place), epochs=5)
    assert inside(window, place, place)


@pytest.mark.parametrize(
    ("path", "epochs"),
    [
        (lambda t: t, 101),  # evenly on: nothing is left
        (lambda t: 5 - 5 * 0.9**t, 101),  # it arrives
        (lambda t: 3 * np.sin(t / 5), 101),
        (lambda t: np.where(t < 60, 5 - 5 * 0.9**t, 5 + 1.5 ** (t - 60)), 64),
        (lambda t: np.where(t == 30, 1e6, t), 101),  # it comes back
    ],
)
def test_a_path_is_calm_until_it_leaves_for_good(path, epochs):
    """What grows without end is cut off where it begins to; what comes back is kept."""
    t = np.arange(101.0)
    assert calm(np.stack([path(t), np.zeros(101)], 1)) == pytest.approx(epochs, abs=3)
