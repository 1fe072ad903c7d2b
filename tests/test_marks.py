"""What is marked on a landscape: declared minima, maxima of runs that ascend, and where loss and decay rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from animgd import SGD, Function, Optimizer, Point, Problem, Scene, Window, record
from animgd.recording.diagnostics import remarks
from animgd.recording.model import PanelRecording
from animgd.scene.weight_decay import coupled_decay, other_decay

SQUARE = Window(x=(-5, 5), y=(-5, 5))
HILL = Function(lambda b, w: 4 - (b - 1) ** 2 - 2 * (w + 1) ** 2)


def himmelblau(x, y):
    """An author's own."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def up(kind: str = "SGD", **settings) -> Optimizer:
    """An optimizer that ascends."""
    return Optimizer(kind, maximize=True, **settings)


def first(scene: Scene) -> PanelRecording:
    """The first panel's recording."""
    return record(scene).panels[0]


def test_declared_minima_are_taken_as_they_are():
    """An author's minima are marked in their order with the loss there, outside the window too, and count as proven."""
    declared = Function(himmelblau, minima=(Point(x=3.584428, y=-1.848127), (3, 2), Point(x=-2.805118, y=3.131313)))
    panel = first(Scene(problem=declared, window=Window(x=(0, 5), y=(0, 5)), optimizer=SGD(lr=0.01), epochs=2))
    assert [(m.bias, m.weight) for m in panel.minima] == [(3.584428, -1.848127), (3, 2), (-2.805118, 3.131313)]
    assert panel.minimum is panel.minima[0]
    assert all(m.proven and m.loss < 1e-9 for m in panel.minima)
    assert [panel.shows(m) for m in panel.minima] == [False, True, False]


def test_no_minima_may_be_declared():
    """() means that there is none: nothing is searched, nothing marked."""
    bowl = Function(lambda x, y: x**2 + y**2, minima=())
    assert first(Scene(problem=bowl, window=SQUARE, optimizer=SGD(lr=0.1), epochs=2)).minima == ()


def test_declared_minima_that_are_not_the_lowest_are_doubted():
    """Where the map shows a lower loss than at the declared minima, they prove nothing, and a remark says so."""
    wrong = Function(himmelblau, minima=((1, 1),))
    scene = Scene(problem=wrong, window=SQUARE, optimizer=SGD(lr=0.01), epochs=2)
    recording = record(scene)
    (place,) = recording.panels[0].minima
    assert (place.bias, place.weight, place.loss, place.proven) == (1, 1, 106, False)
    assert any("lower in the window" in line for line in remarks(scene, recording))
    right = Scene(problem=Function(himmelblau, minima=((3, 2),)), window=SQUARE, optimizer=SGD(lr=0.01), epochs=2)
    assert list(remarks(right, record(right))) == []


def test_a_declared_place_without_a_loss_is_left_out():
    """A minimum where the function has no value cannot be marked."""
    function = Function(lambda x, y: torch.log(x) ** 2 + y**2, minima=((-1, 0), (1, 0)))
    panel = first(Scene(problem=function, window=SQUARE, optimizer=SGD(lr=0.1), start=Point(x=2, y=2), epochs=2))
    assert [(m.bias, m.weight) for m in panel.minima] == [(1, 0)]


@pytest.mark.parametrize("optimizer", [up(lr=0.1), up("Adam", lr=0.3), up("RMSprop", lr=0.05), up(lr=0.001)])
def test_where_a_run_ascends_the_maximum_is_marked(optimizer):
    """Any optimizer that maximizes gets the maximum, however far it comes; the hill has no minimum."""
    panel = first(Scene(problem=HILL, optimizer=optimizer))
    assert [(m.bias, m.weight, m.loss) for m in panel.maxima] == [pytest.approx((1, -1, 4), abs=1e-6)]
    assert not panel.maxima[0].proven and panel.minima == ()
    assert panel.shows(panel.maxima[0]) and panel.shows(panel.maxima[0].__class__(6, -3, 0, False))


def test_descents_and_losses_without_a_top_have_no_maximum():
    """A run that descends marks no maximum, and neither does a run that ascends a convex loss."""
    assert first(Scene(problem=HILL, window=SQUARE, optimizer=SGD(lr=0.01), epochs=3)).maxima == ()
    panel = first(Scene(optimizer=up(lr=0.01), losses=("MSELoss",), epochs=3, resolution=9))
    assert panel.maxima == () and panel.minimum.proven


def test_ascent_with_decay_rests_where_it_really_rests():
    """It descends -MSE + (decay / 2) · ‖parameters‖², which rests at (-.12257, -2.38580): the run ends there."""
    scene = Scene(optimizer=up(lr=0.1, weight_decay=4.0), start=Point(weight=1, bias=1), losses=("MSELoss",))
    panel = first(scene)
    (place,) = panel.decayed
    assert (place.weight, place.bias) == pytest.approx((-0.12257, -2.38580), abs=1e-5)
    assert not place.proven
    assert (panel.runs[0].weight[-1], panel.runs[0].bias[-1]) == pytest.approx((place.weight, place.bias), abs=1e-5)


@pytest.mark.parametrize(
    ("scene", "epochs"),
    [
        (Scene(problem=Function("himmelblau"), optimizer=SGD(lr=0.01, weight_decay=2.0)), 200),
        (Scene(problem=Function("booth"), optimizer=SGD(lr=0.02, weight_decay=2.0, momentum=0.5)), 300),
        (Scene(problem=HILL, optimizer=up("Adam", lr=0.1, weight_decay=0.5), window=SQUARE), 600),
        (Scene(optimizer=up(lr=0.05, weight_decay=4.0), losses=("L1Loss", "HuberLoss"), resolution=9), 300),
        (Scene(optimizer=Optimizer("ASGD", lr=0.1, lambd=2.0), losses=("MSELoss",), resolution=9), 800),
    ],
    ids=["himmelblau", "booth", "a hill", "lines", "ASGD"],
)
def test_runs_with_decay_end_at_their_diamonds(scene, epochs):
    """Decay in the gradient has a resting place on functions too, and where runs ascend: long runs arrive there."""
    for panel in record(replace(scene, epochs=epochs)).panels:
        (run,), (place,) = panel.runs, panel.decayed
        assert (run.weight[-1], run.bias[-1]) == pytest.approx((place.weight, place.bias), abs=2e-3)
        assert np.hypot(place.weight, place.bias) > 0.01


@pytest.mark.parametrize(
    ("optimizer", "coupled", "other"),
    [
        (SGD(lr=0.1, weight_decay=2.0), 2.0, 0.0),
        (Optimizer("Adam", lr=0.1, weight_decay=0.5), 0.5, 0.0),
        (Optimizer("Adam", lr=0.1, weight_decay=0.5, decoupled_weight_decay=True), 0.0, 0.5),
        (Optimizer("AdamW", lr=0.1, weight_decay=0.5), 0.0, 0.5),
        (Optimizer("AdamW", lr=0.1), 0.0, 0.01),
        (Optimizer("AdamW", lr=0.1, weight_decay=0.0), 0.0, 0.0),
        (Optimizer("Adafactor", lr=0.1, weight_decay=0.1), 0.0, 0.1),
        (Optimizer("ASGD", lr=0.1, lambd=0.5, weight_decay=0.25), 0.75, 0.0),
        (Optimizer(lambda p, lr, weight_decay: torch.optim.SGD(p, lr=lr), lr=0.1, weight_decay=0.3), 0.0, 0.3),
        (Optimizer("Rprop", lr=0.1), 0.0, 0.0),
        (SGD(lr=0.1), 0.0, 0.0),
    ],
)
def test_a_resting_place_that_is_not_known_is_said(optimizer, coupled, other):
    """Decay in the gradient is marked; decay apart from it, torch's default included, is said not to be."""
    assert (coupled_decay(optimizer), other_decay(optimizer)) == (coupled, other)
    scene = Scene(optimizer=optimizer, losses=("MSELoss",), epochs=1, resolution=3)
    recording = record(scene)
    assert (recording.panels[0].decayed[0] is not None) == bool(coupled)
    said = [line for line in remarks(scene, recording) if "weight decay" in line]
    assert len(said) == bool(other), said


def test_decay_without_a_rest_is_said():
    """Where the loss pulls up more strongly than the decay holds, there is no rest to mark."""
    scene = Scene(optimizer=up(lr=0.01, weight_decay=0.5), losses=("MSELoss",), epochs=20, resolution=9)
    recording = record(scene)
    assert recording.panels[0].decayed == (None,)
    assert any(line.startswith("SGD: the point where its weight decay") for line in remarks(scene, recording))


@pytest.mark.parametrize("x", [(2.0,), (1.0, 1.0)])
def test_a_line_without_a_single_minimum_is_remarked(x):
    """One point, or points above each other, fit many lines: none is marked, and a remark says so."""
    scene = Scene(problem=Problem(x=x, y=(3.0,) * len(x)), losses=("MSELoss",), epochs=2, resolution=9)
    recording = record(scene)
    assert recording.panels[0].minima == ()
    assert list(remarks(scene, recording)) == ["MSELoss: no unique minimum was found, so none is marked"]
