"""Check the gradients of own code, and find the line that breaks them."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from animgd.errors import SceneError
from animgd.scene.problem import Point
from animgd.training.objective import Objective
from animgd.training.own_code.call import announce
from animgd.training.own_code.cuts import REFUSED, Cut, Watch
from animgd.training.own_code.finite_differences import contradiction, moved

NAMES = ("weight", "bias")
STEPS = (-11.3, -5.9, -2.1, -1.3, 0.7, 1.9, 6.1, 10.7)  # along an axis that the code may not depend on
MOST_CUTS = 20  # that are tested


def check(objective: Objective) -> tuple[str, ...]:
    """Compare gradients with finite differences at three points; returns warnings.

    Raises: SceneError, if own code cuts a parameter, or the predictions, off from the loss.
    """
    points = objective.test_points
    wrong: list[str] = []
    missing = [True, True]
    for point in points:
        _, claimed = objective.gradient(point)
        for axis in (0, 1):
            missing[axis] &= claimed[axis] is None
            slope = contradiction(objective, point, axis, claimed[axis])
            if slope is not None:
                wrong.append(_wrong_gradient(objective, point, axis, claimed[axis], slope))
    ignored = [_ignored(objective, points, axis) for axis in (0, 1) if missing[axis]]
    return (*wrong[:1], *ignored)


def _ignored(objective: Objective, points: list[Point], axis: int) -> str:
    """The warning for code without a gradient along an axis. Raises: SceneError, if it reads the tensor's number."""
    name = objective.declared.name
    if _is_flat(objective, points, axis):
        return f"{name} does not depend on {_name(objective, axis)}"
    for point in points:
        _find_cut(objective, point, _input_index(objective, axis))
    return f"{name} is piecewise constant in {_name(objective, axis)}: no run moves along it"


def _is_flat(objective: Objective, points: list[Point], axis: int) -> bool:
    return all(
        repr(objective.value(moved(point, axis, by))) == repr(objective.value(point))
        for point in points
        for by in STEPS
    )


def _wrong_gradient(objective: Objective, point: Point, axis: int, claimed: float | None, slope: float) -> str:
    """The warning for a wrong gradient. Raises: SceneError, if a line of own code is the cause."""
    live = _input_index(objective, axis)
    _find_cut(objective, point, live)
    if claimed is None:
        raise _no_gradient(objective, live, "compute with torch's functions only", objective.declared.origin)
    name, at = objective.declared.name, f"({point.x:.3g}, {point.y:.3g})"
    slopes = f"torch's gradient along {_name(objective, axis)} is {claimed:.3g}, finite differences give {slope:.3g}"
    return f"{name}: at {at} {slopes}: its runs do not descend its landscape"


def _find_cut(objective: Objective, point: Point, live: int) -> None:
    """Raises: SceneError, if a call cuts an input of own code off from the loss."""
    plain, cuts = _traced(objective, point, live)
    for number, cut in enumerate(cuts[:MOST_CUTS]):
        if _traced(objective, point, live, number)[0] != plain:
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


def _traced(objective: Objective, point: Point, live: int, disturbed: int = -1) -> tuple[str, list[Cut]]:
    """The result at a point, and the cuts of its argument number `live`, of which one may be disturbed."""
    weight, bias = (torch.tensor(value, dtype=objective.exact, device="cpu") for value in (point.weight, point.bias))
    call, args = objective.own_call(weight, bias)
    args[live] = args[live].detach().requires_grad_()
    if objective.random:
        objective.generators.reset()
    watch = Watch(args[live], disturbed)
    result: Any = None
    announce(objective.declared)
    with contextlib.suppress(Exception), watch:
        result = call(*args)
    return repr(result.tolist() if isinstance(result, torch.Tensor) else result), watch.cuts


def _input_index(objective: Objective, axis: int) -> int:
    """The argument of own code that depends on an axis: a function is called as f(x, y), and y is the weight."""
    return 1 - axis if len(objective.names) == 2 else 0


def _name(objective: Objective, axis: int) -> str:
    return objective.names[_input_index(objective, axis)] if len(objective.names) == 2 else NAMES[axis]


def _no_gradient(objective: Objective, live: int, cure: str, origin: str | None) -> SceneError:
    name = objective.names[live]
    return SceneError(f"torch computes no gradient for {name}: {cure}", origin)
