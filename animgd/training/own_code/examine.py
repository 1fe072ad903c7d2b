"""Examine a loss or function before it is used: its data types, random numbers and gradients."""

from __future__ import annotations

import warnings

import torch

from animgd.errors import SceneError
from animgd.scene.problem import Point
from animgd.training.objective import Objective, one_thread
from animgd.training.own_code import gradient_check
from animgd.training.own_code.call import announce, differentiate
from animgd.training.own_code.finite_differences import greatest

TRIES = 16  # calls at one point of code that draws random numbers, as it may use them only sometimes


def examine(objective: Objective) -> None:
    """Find out how own code can be computed, and whether its gradients are right. Raises: SceneError."""
    with one_thread(), objective.generators.preserved(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about what is examined here
        _choose_types(objective)
        objective.widest = int(greatest(objective, objective.starts[0], torch.Tensor.numel))
        objective.needs_gradients = _needs_gradients(objective)
        repeatable = _check_randomness(objective)
        try:
            probe(objective)
        except SceneError:
            _check_gradients(objective, repeatable)
            raise
        _check_gradients(objective, repeatable)


def _check_gradients(objective: Objective, repeatable: bool) -> None:
    """Compare gradients with finite differences, and warn. Raises: SceneError, with a more precise message."""
    if repeatable:
        try:
            objective.warnings += gradient_check.check(objective)
        except SceneError:
            raise
        except Exception:  # the gradient fails at another point, which runs may not reach
            return


def probe(objective: Objective) -> None:
    """Check that there is one number, and a gradient. Raises: SceneError."""
    announce(objective.declared)
    with torch.enable_grad():  # a scene may have disabled gradients
        differentiate(objective.loss(objective.parameters(objective.starts[0])), objective.declared)


def _choose_types(objective: Objective) -> None:
    """Use single precision for runs and double for landscapes if the code accepts both. Raises: SceneError."""
    point = objective.starts[0]
    single, double = (_refusal(objective, point, dtype) for dtype in (torch.float32, torch.float64))
    if single and double:
        gradient_check.explain(objective, single)
        raise single
    if single:
        objective.dtype = torch.float64
    if double and objective.dtype == torch.float64:
        raise double
    if double or _is_single_elsewhere(objective):
        objective.exact = objective.dtype


def _is_single_elsewhere(objective: Objective) -> bool:
    """Whether the code accepts only single precision at other points, behind an `if`."""
    refusals = (
        (_refusal(objective, point, torch.float64), _refusal(objective, point, torch.float32))
        for point in objective.test_points[1:]
    )
    return any(double and not single for double, single in refusals)


def _refusal(objective: Objective, point: Point, dtype: torch.dtype) -> SceneError | None:
    try:
        objective.loss(objective.parameters(point, dtype))
    except SceneError as error:
        return error
    return None


def _needs_gradients(objective: Objective) -> bool:
    """Whether own code computes gradients itself; else they are disabled for landscapes, which saves time."""
    point = objective.starts[0]
    values = []
    for enabled in (True, False):
        objective.generators.reset()
        try:
            with torch.set_grad_enabled(enabled):
                values.append(_value_at(objective, point))
        except SceneError:
            return True
    return values[0] != values[1]


def _check_randomness(objective: Objective) -> bool:
    """Warn if two calls at one point differ; False if they differ even with the same random numbers."""
    generators, name = objective.generators, objective.declared.name
    for point in objective.test_points:
        generators.reset()
        first = _value_at(objective, point)
        tries = TRIES if generators.drew else 1
        if all(_value_at(objective, point) == first for _ in range(tries)):
            continue
        objective.random = True
        generators.reset()
        if _value_at(objective, point) == first:
            drawn = f"the heatmap shows seed {generators.seed}"
            objective.warnings += (f"{name} is random: two calls at one point differ; {drawn} and no minimum",)
            return True
        objective.warnings += (f"{name} is random and ignores the seed: its heatmap is noise, without a minimum",)
        return False
    return True


def _value_at(objective: Objective, point: Point) -> str:
    return repr(objective.loss(objective.parameters(point, objective.exact)).item())  # as text, nan equals nan
