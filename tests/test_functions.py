"""Named test functions: their formulas, and how each is shown."""

from __future__ import annotations

import contourpy
import numpy as np
import pytest
import torch

from animgd import SGD, Function, Optimizer, Point, Scene, Video, Window, record
from animgd.drawing.renderer import Renderer
from animgd.graphics.color_scale import scale
from animgd.output.lecture.captions import happenings
from animgd.scene.functions import NAMES
from animgd.training.landscape import survey
from animgd.training.minima.search import lowest
from animgd.training.problems import Formula

DESCENDED = sorted(set(NAMES) - {"saddle", "monkey-saddle"})
VALUES = {  # (x, y): value, from the literature
    "ackley": ((1, 1), 3.6253849384403627), "beale": ((0, 0), 14.203125), "booth": ((0, 0), 74),
    "easom": ((np.pi, np.pi), -1), "goldstein-price": ((0, -1), 3), "himmelblau": ((0, 0), 170),
    "levi-13": ((0, 0), 2), "matyas": ((1, 1), 0.04), "mccormick": ((0, 0), 1), "monkey-saddle": ((1, 2), -11),
    "quadratic": ((1, 1), 5.5), "rastrigin": ((1, 1), 2), "rosenbrock": ((-1.2, 1), 24.2), "saddle": ((1, 2), -3),
    "six-hump-camel": ((0.0898, -0.7126), -1.0316), "sphere": ((3, 4), 25),
    "styblinski-tang": ((-2.903534, -2.903534), -78.33233), "three-hump-camel": ((1, 1), 3 + 7 / 60),
}  # fmt: skip


def sampled(name: str, resolution: int | None = None) -> np.ndarray:
    """The function on its usual window."""
    usual = Function(name).usual
    window = Window(x=usual.x, y=usual.y)
    return survey(Formula(Function(name)), window, resolution or usual.resolution).loss


@pytest.mark.parametrize("name", NAMES)
def test_formulas_have_the_known_values(name):
    """Each function has its value of the literature at one place."""
    (x, y), value = VALUES[name]
    of = Function(name).usual.formula
    found = of(torch.tensor(float(x), dtype=torch.float64), torch.tensor(float(y), dtype=torch.float64))
    assert float(found) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_minima_are_all_that_a_search_finds(name):
    """The minima of the table are those, and all of those, that are found without it; they lie inside the window."""
    usual = Function(name).usual
    window = Window(x=usual.x, y=usual.y)
    found = lowest(Formula(Function(usual.formula)), survey(Formula(Function(name)), window, 101))
    wanted = sorted(usual.minima)
    assert sorted((place.bias, place.weight) for place in found) == [pytest.approx(m, abs=1e-5) for m in wanted]
    for x, y in (*usual.minima, usual.start):
        assert usual.x[0] < x < usual.x[1] and usual.y[0] < y < usual.y[1]


@pytest.mark.parametrize(
    "name", ["rosenbrock", "beale", "goldstein-price", "booth", "matyas", "six-hump-camel", "levi-13"]
)
def test_the_resolution_shows_a_valley_in_one_piece(name):
    """Contours have the pieces that they have on a grid twice as fine: none breaks into islands between samples."""
    pieces = []
    resolution = Function(name).usual.resolution
    for loss in (sampled(name), sampled(name, 2 * resolution - 1)):
        lines = contourpy.contour_generator(z=scale(loss, "log").unit(loss))
        pieces.append([len(lines.lines(level / 11)) for level in range(1, 11)])
    assert pieces[0] == pieces[1]


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"easom", "ackley"}))  # plains with one hole
def test_maps_use_their_colours(name):
    """A floor at 0 does not take the colours: no third of the scale has the whole map."""
    loss = sampled(name)
    shares = np.histogram(scale(loss, "log").unit(loss), 3, (0, 1))[0] / loss.size
    assert shares.max() < 0.96, shares


LRS = {  # SGD, SGD with momentum 0.9, Adam
    "ackley": (0.01, 0.01, 0.1), "beale": (0.002, 0.001, 0.2), "booth": (0.02, 0.02, 0.5), "easom": (0.2, 0.1, 0.1),
    "goldstein-price": (1e-5, 2e-6, 0.05), "himmelblau": (0.01, 0.005, 0.3), "levi-13": (0.005, 0.002, 0.2),
    "matyas": (0.5, 0.2, 0.5), "mccormick": (0.02, 0.01, 0.1), "quadratic": (0.1, 0.05, 0.3),
    "rastrigin": (0.002, 0.005, 0.2), "rosenbrock": (0.001, 0.001, 0.2), "six-hump-camel": (0.02, 0.01, 0.05),
    "sphere": (0.1, 0.05, 0.3), "styblinski-tang": (0.01, 0.005, 0.2), "three-hump-camel": (0.02, 0.01, 0.2),
}  # fmt: skip


@pytest.mark.parametrize("name", DESCENDED)
def test_a_bare_function_with_three_optimizers_is_a_film(name):
    """From the usual start three optimizers take telling paths inside the usual window, and all go down."""
    plain, heavy, adam = LRS[name]
    runs = {"plain": SGD(lr=plain), "momentum": SGD(lr=heavy, momentum=0.9), "Adam": Optimizer("Adam", lr=adam)}
    panel = record(Scene(problem=Function(name), optimizer=runs)).panels[0]
    window = panel.landscape.window
    for run in panel.runs:
        assert run.loss[-1] < run.loss[0] - 0.2 * (run.loss[0] - panel.minimum.loss)
        walked = np.hypot(np.diff(run.bias), np.diff(run.weight)).sum()
        assert walked > 0.05 * (window.x[1] - window.x[0])
        for side, values in ((window.x, run.bias), (window.y, run.weight)):
            assert side[0] < values.min() and values.max() < side[1]


@pytest.mark.parametrize("name", ["saddle", "monkey-saddle"])
def test_saddles_are_left(name):
    """A saddle has no minimum; runs leave it."""
    runs = {"plain": SGD(lr=0.05), "momentum": SGD(lr=0.02, momentum=0.9), "Adam": Optimizer("Adam", lr=0.05)}
    panel = record(Scene(problem=Function(name), optimizer=runs)).panels[0]
    assert panel.minima == ()
    for run in panel.runs:
        assert not np.hypot(run.bias[-1], run.weight[-1]) < 2


def test_slopes_are_finite_where_a_cusp_is():
    """Ackley's function starts at its minimum without becoming nan."""
    scene = Scene(problem=Function("ackley"), optimizer=SGD(lr=0.1), start=Point(x=0, y=0), epochs=3)
    assert np.isfinite(record(scene).panels[0].runs[0].loss).all()


def test_a_function_of_one_s_own_films_like_the_named_one():
    """Himmelblau's function by name and as an author's callable: pixel for pixel the same film."""

    def himmelblau(x, y):
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    named = Function("himmelblau")
    own = Function(himmelblau, minima=named.minima)
    usual = named.usual
    given = {"window": Window(x=usual.x, y=usual.y), "start": Point(x=usual.start[0], y=usual.start[1])}
    video = Video(width=320, height=240, fps=5, epochs_per_second=5, hold_start=0, hold_end=0)
    for frame in (0, 20):
        pictures = [
            Renderer(scene, record(scene)).frame(frame)
            for scene in (
                Scene(problem=named, optimizer=SGD(lr=0.01), video=video, epochs=20),
                Scene(problem=own, optimizer=SGD(lr=0.01), video=video, epochs=20, **given),
            )
        ]
        assert np.array_equal(*pictures)


@pytest.mark.parametrize("size", [(640, 360), (480, 480)])
def test_a_film_of_a_function_counts_steps(size):
    """It has no data over which an epoch could pass: in the counter, in a companion, and in captions."""
    video = Video(width=size[0], height=size[1])
    scene = Scene(
        problem=Function("sphere"), optimizer=SGD(lr=0.3), epochs=20, resolution=5, companions=("loss",), video=video
    )
    recording = record(scene)
    plan = Renderer(scene, recording).layout
    words = [plan.counter.word.text, *(word.text for word in plan.words)]
    assert "step" in words and not any("epoch" in word for word in words)
    said = [words for _, words in happenings(scene, recording)]
    assert any("settles at step" in words for words in said), said
