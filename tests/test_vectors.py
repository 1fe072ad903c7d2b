"""A step taken apart adds up to the step that torch made."""

from __future__ import annotations

import math

import pytest

from animgd import SGD, Optimizer, Scene, record
from animgd.drawing.overlays import legend
from animgd.drawing.overlays.vectors import parts

SETTINGS = [
    SGD(lr=0.1),
    SGD(lr=0.1, momentum=0.9),
    SGD(lr=0.05, momentum=0.9, nesterov=True),
    SGD(lr=0.1, momentum=0.9, weight_decay=2.0, nesterov=True),
    SGD(lr=0.1, momentum=0.9, dampening=0.8),
    SGD(lr=0.1, momentum=0.5, dampening=0.3, weight_decay=0.4),
]


@pytest.mark.parametrize("optimizer", SETTINGS, ids=repr)
def test_the_arrows_add_up_to_torchs_step(optimizer: SGD) -> None:
    """Momentum and gradient add up to the step; without Nesterov it leads to the next recorded parameters, with it
    to what they will be before the next momentum lands."""
    run = record(Scene(optimizer=optimizer, losses=("MSELoss",), epochs=12)).panels[0].runs[0]
    for epoch in range(12):
        step, momentum, gradient = parts(run, optimizer, epoch)
        for axis in (0, 1):
            push, down = momentum.end[axis] - momentum.start[axis], gradient.end[axis] - gradient.start[axis]
            assert step.end[axis] - step.start[axis] == pytest.approx(push + down, abs=1e-9)
        assert run.momentum is not None or optimizer.momentum == 0
        after = (run.weight[epoch + 1], run.bias[epoch + 1])
        if optimizer.nesterov:
            lands = optimizer.lr * optimizer.momentum * run.momentum[epoch + 1]
            assert step.end == pytest.approx((after[0] + lands[0], after[1] + lands[1]), abs=1e-4)
        else:
            assert step.end == pytest.approx(after, abs=1e-4)


@pytest.mark.parametrize("optimizer", SETTINGS, ids=repr)
def test_the_gradient_starts_at_the_parameters(optimizer: SGD) -> None:
    """torch takes its gradient at the parameters it stores: an arrow from beyond them would be untrue."""
    run = record(Scene(optimizer=optimizer, losses=("MSELoss",), epochs=5)).panels[0].runs[0]
    for epoch in range(5):
        _, momentum, gradient = parts(run, optimizer, epoch)
        here = (float(run.weight[epoch]), float(run.bias[epoch]))
        assert gradient.start == here
        assert (momentum.end if optimizer.nesterov else momentum.start) == here


def test_momentum_is_nothing_at_the_first_step() -> None:
    """At epoch 0 there is no momentum yet: only the gradient is drawn."""
    run = record(Scene(optimizer=SGD(lr=0.1, momentum=0.9), losses=("MSELoss",), epochs=2)).panels[0].runs[0]
    _, momentum, gradient = parts(run, SGD(lr=0.1, momentum=0.9), 0)
    assert momentum.start == momentum.end
    assert math.dist(gradient.start, gradient.end) == pytest.approx(1.43, abs=0.005)


@pytest.mark.parametrize(
    ("optimizer", "entries"),
    [
        (SGD(lr=0.1), ["momentum", "gradient", "step"]),
        (Optimizer("Adam", lr=0.1), []),
        ({"Adam": Optimizer("Adam", lr=0.1), "SGD": SGD(lr=0.1)}, ["momentum", "gradient", "step"]),
    ],
    ids=["SGD", "Adam", "both"],
)
def test_the_legend_lists_the_arrows_that_are_drawn(optimizer, entries):
    """Only steps of SGD are taken apart: beside Adam alone there is no legend of arrows."""
    scene = Scene(optimizer=optimizer, anatomy=True, hide=("arrows",))
    assert [text for _, text in legend(scene)] == entries
    assert legend(Scene(optimizer=optimizer, hide="all")) == ()
