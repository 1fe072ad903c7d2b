"""The terms of a step are torch's: they add up to the step that was recorded."""

from __future__ import annotations

import numpy as np
import pytest

from animgd import SGD, Function, Optimizer, Scene, record
from animgd.recording.step_terms import Terms, term_names, terms
from animgd.scene.scene import AnyOptimizer

KNOWN = [
    SGD(lr=0.1), SGD(lr=0.1, momentum=0.9), SGD(lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.2),
    SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1), SGD(lr=0.1, dampening=0.5),
    Optimizer("SGD", lr=0.01, momentum=0.5, maximize=True, weight_decay=0.1), Optimizer("Adam", lr=0.3),
    Optimizer("Adam", lr=0.3, betas=(0.5, 0.9), amsgrad=True, weight_decay=0.2), Optimizer("AdamW", lr=0.3),
    Optimizer("Adam", lr=0.3, weight_decay=0.2, decoupled_weight_decay=True), Optimizer("RMSprop", lr=0.1),
    Optimizer("RMSprop", lr=0.1, momentum=0.8, centered=True, weight_decay=0.1), Optimizer("Adagrad", lr=0.9),
    Optimizer("Adagrad", lr=0.9, lr_decay=0.05, initial_accumulator_value=0.4, weight_decay=0.1, eps=1e-3),
]  # fmt: skip


def made(optimizer: AnyOptimizer, **scene: object) -> list[Terms]:
    declared = Scene(optimizer=optimizer, epochs=60, **scene)  # type: ignore[arg-type]
    recorded = record(declared)
    return [terms(optimizer, panel.runs[0]) for panel in recorded.panels]


@pytest.mark.parametrize("optimizer", KNOWN, ids=lambda each: f"{each.name} {dict(each.settings)}")
@pytest.mark.parametrize("problem", ["line", "bowl"])
def test_terms_add_up(optimizer: AnyOptimizer, problem: str) -> None:
    """Momentum, downhill and decay together are the recorded step, to a millionth of its surroundings."""
    more = {"problem": Function("matyas")} if problem == "bowl" else {}
    for found in made(optimizer, **more):
        parts = [part for part in (found.downhill, found.momentum, found.decay) if part is not None]
        finite = np.isfinite(found.step).all(1) & (np.abs(found.step) < 10).all(1)
        assert found.complete and finite.sum() >= 10
        size = np.maximum(1, np.abs(np.cumsum(found.step, axis=0)))
        assert (np.abs(sum(parts)[:-1] - found.step) / size)[finite].max() < 1e-6


def test_other_optimizers_show_the_step_and_downhill() -> None:
    """The terms of an optimizer that is not known are not invented."""
    (found, *_) = made(Optimizer("NAdam", lr=0.1))
    assert not found.complete and found.momentum is None and found.decay is None
    assert list(found.named) == ["step", "downhill"]
    step, downhill = found.named.values()
    np.testing.assert_array_equal(step, np.concatenate([found.step, [[0, 0]]]))
    np.testing.assert_allclose(np.hypot(*downhill.T), np.hypot(*step.T))  # only its direction can be compared


def test_what_ascends_goes_uphill() -> None:
    """By the gradient; where terms are not known, too."""
    for name in ("SGD", "NAdam"):
        optimizer = Optimizer(name, lr=0.01, maximize=True)
        scene = Scene(optimizer=optimizer, epochs=5)
        (path, *_) = record(scene).panels[0].runs
        uphill = terms(optimizer, path).named["uphill"][:-1]
        assert (np.sum(uphill * path.gradient[:-1], axis=1) > 0).all()
        assert set(terms(optimizer, path).named) == set(term_names(scene.grid[0].runs[0]))


def test_terms_of_the_first_steps() -> None:
    """Without a step before there is no momentum, and the gradient counts whole in spite of dampening."""
    (found, *_) = made(SGD(lr=0.1, momentum=0.9, dampening=0.5))
    assert found.momentum is not None
    assert (found.momentum[0] == 0).all() and np.allclose(found.downhill[0], found.step[0], atol=1e-6)
    assert np.allclose(found.momentum[1], 0.9 * found.step[0], atol=1e-6)
