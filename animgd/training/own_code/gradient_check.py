"""Check the gradients of own code, and find the line that breaks them."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from animgd.errors import SceneError
from animgd.scene.problem import Point
from animgd.training.objective import Objective
from animgd.training.own_code.call import call_limit
from animgd.training.own_code.cuts import REFUSED, Cut, Watch
from animgd.training.own_code.finite_differences import contradiction, gradient, moved

NAMES = ("weight", "bias")
STEPS = (-11.3, -5.9, -2.1, -1.3, 0.7, 1.9, 6.1, 10.7)  # along an axis that the code may not depend on
MOST_CUTS = 20  # that are tested


def check(objective: Objective) -> tuple[str, ...]:
    """Compare gradients with finite differences at three points; returns warnings.

    Raises: SceneError, if own code cuts a parameter, or the predictions, off from the loss.
    """
    places = objective.test_points
    wrong: list[str] = []
    missing = [True, True]
    for place in places:
        claimed = gradient(objective, place)
        for axis in (0, 1):
            missing[axis] &= claimed[axis] is None
            slope = contradiction(objective, place, axis, claimed[axis])
            if slope is not None:
                wrong.append(_wrong_gradient(objective, place, axis, claimed[axis], slope))
    ignored = [_ignored(objective, places, axis) for axis in (0, 1) if missing[axis]]
    return (*wrong[:1], *ignored)


def _ignored(objective: Objective, places: list[Point], axis: int) -> str:
    """The warning for code without a gradient along an axis. Raises: SceneError, if it reads the tensor's number."""
    name = objective.declared.name
    if _is_flat(objective, places, axis):
        return f"{name} does not depend on {_name(objective, axis)}"
    for place in places:
        _find_cut(objective, place, _input_index(objective, axis))
    return f"{name} is piecewise constant in {_name(objective, axis)}: no run moves along it"


def _is_flat(objective: Objective, places: list[Point], axis: int) -> bool:
    return all(
        repr(objective.value(moved(place, axis, by))) == repr(objective.value(place))
        for place in places
        for by in STEPS
    )


def _wrong_gradient(objective: Objective, place: Point, axis: int, claimed: float | None, slope: float) -> str:
    """The warning for a wrong gradient. Raises: SceneError, if a line of own code is the cause."""
    live = _input_index(objective, axis)
    _find_cut(objective, place, live)
    if claimed is None:
        raise _no_gradient(objective, live, "compute with torch's functions only", objective.declared.origin)
    name, at = objective.declared.name, f"({place.x:.3g}, {place.y:.3g})"
    slopes = f"torch's gradient along {_name(objective, axis)} is {claimed:.3g}, finite differences give {slope:.3g}"
    return f"{name}: at {at} {slopes}: its runs do not descend its landscape"


def _find_cut(objective: Objective, place: Point, live: int) -> None:
    """Raises: SceneError, if a call cuts an input of own code off from the loss."""
    plain, cuts = _traced(objective, place, live)
    for number, cut in enumerate(cuts[:MOST_CUTS]):
        if _traced(objective, place, live, number)[0] != plain:
            raise _no_gradient(objective, live, cut.cure, cut.origin)


def explain(objective: Objective, refusal: SceneError) -> None:
    """Raise a better error if torch refused to pass a tensor to another library."""
    if REFUSED not in str(refusal):
        return
    watches = [(_traced(objective, objective.starts[0], live)[1], live) for live in range(len(objective.names))]
    refused = [(cuts[-1], live) for cuts, live in watches if cuts and cuts[-1].refused]
    if refused:
        cut, live = min(refused, key=lambda each: each[0].calls)
        raise _no_gradient(objective, live, cut.cure, cut.origin) from refusal


def _traced(objective: Objective, place: Point, live: int, disturbed: int = -1) -> tuple[str, list[Cut]]:
    """The result at a point, and the cuts of its argument number `live`, of which one may be disturbed."""
    weight, bias = (torch.tensor(value, dtype=objective.exact, device="cpu") for value in (place.weight, place.bias))
    call, given = objective.own_call(weight, bias)
    given[live] = given[live].detach().requires_grad_()
    if objective.random:
        objective.generators.reset()
    watch = Watch(given[live], disturbed)
    answer: Any = None
    with contextlib.suppress(Exception), call_limit(objective.declared), watch:
        answer = call(*given)
    return repr(answer.tolist() if isinstance(answer, torch.Tensor) else answer), watch.cuts


def _input_index(objective: Objective, axis: int) -> int:
    """The argument of own code that depends on an axis: a function is called as f(x, y), and y is the weight."""
    return 1 - axis if len(objective.names) == 2 else 0


def _name(objective: Objective, axis: int) -> str:
    return objective.names[_input_index(objective, axis)] if len(objective.names) == 2 else NAMES[axis]


def _no_gradient(objective: Objective, live: int, cure: str, origin: str | None) -> SceneError:
    name = objective.names[live]
    return SceneError(f"torch computes no gradient for {name}: {cure}", origin)
