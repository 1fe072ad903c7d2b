"""What is found out about a loss or function before it is used: data types, random numbers, gradients."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from animgd.errors import SceneError
from animgd.scene.module.isolation import Late
from animgd.scene.problem import Point
from animgd.training.objective import Objective, one_thread
from animgd.training.own_code import gradient_check
from animgd.training.own_code.call import differentiate, timely

TRIES = 16  # calls at one place of code that draws random numbers: it may use them now and then only


def examine(objective: Objective) -> None:
    """Find out how own code can be computed, and whether torch follows it. Raises: SceneError."""
    with one_thread(), objective.generators.kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about the very things that are looked for
        _choose_types(objective)
        objective.widest = _widest(objective)
        objective.graded = _is_graded(objective)
        steady = _notice_randomness(objective)
        try:
            probe(objective)
        except SceneError as error:
            if not isinstance(error.__cause__, Late):  # what hangs would hang again
                _look_closer(objective, steady)
            raise
        _look_closer(objective, steady)


def _look_closer(objective: Objective, steady: bool) -> None:
    """Compare gradients with slopes, and warn. Raises: SceneError, which says better what is wrong with a gradient."""
    if steady:
        try:
            objective.warnings += gradient_check.check(objective)
        except SceneError:
            raise
        except Exception:  # a gradient that fails at another place: the run says so if it comes there
            return


def probe(objective: Objective) -> None:
    """There must be one number, and a gradient. Raises: SceneError."""
    with torch.enable_grad(), timely(objective.declared):  # a scene may have turned gradients off
        differentiate(objective.loss(objective.parameters(objective.near[0])), objective.declared)


def _choose_types(objective: Objective) -> None:
    """A run is in single precision and a landscape in double, where the code takes both. Raises: SceneError."""
    place = objective.near[0]
    single, double = (_refusal(objective, place, dtype) for dtype in (torch.float32, torch.float64))
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
    """Whether the code takes single precision only at other places, behind an `if`."""
    refusals = (
        (_refusal(objective, place, torch.float64), _refusal(objective, place, torch.float32))
        for place in objective.places[1:]
    )
    return any(double and not single for double, single in refusals)


def _refusal(objective: Objective, place: Point, dtype: torch.dtype) -> SceneError | None:
    try:
        objective.loss(objective.parameters(place, dtype))
    except SceneError as error:
        if isinstance(error.__cause__, Late):  # once is enough
            raise
        return error
    return None


class _Widest(TorchFunctionMode):
    """Remembers how many numbers the largest tensor of a computation has."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 1

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        if isinstance(answer, torch.Tensor):
            self.numbers = max(self.numbers, answer.numel())
        return answer


def _widest(objective: Objective) -> int:
    seen = _Widest()
    with seen:
        objective.loss(objective.parameters(objective.near[0], objective.exact))
    return seen.numbers


def _is_graded(objective: Objective) -> bool:
    """Whether own code asks for gradients itself; to keep them ready takes time at each point of a landscape."""
    place = objective.near[0]
    asked = []
    for graded in (True, False):
        objective.generators.reset()
        try:
            with torch.set_grad_enabled(graded):
                asked.append(_once(objective, place))
        except SceneError:
            return True
    return asked[0] != asked[1]


def _notice_randomness(objective: Objective) -> bool:
    """Say it where two calls at one place differ; False where they do even with the same random numbers."""
    generators, name = objective.generators, objective.declared.name
    for place in objective.places:
        generators.reset()
        first = _once(objective, place)
        tries = TRIES if generators.drew else 1
        if all(_once(objective, place) == first for _ in range(tries)):
            continue
        objective.random = True
        generators.reset()
        if _once(objective, place) == first:
            drawn = f"the heatmap shows seed {generators.seed}"
            objective.warnings += (f"{name} is random: two calls at one point differ; {drawn} and no minimum",)
            return True
        objective.warnings += (f"{name} is random and ignores the seed: its heatmap is noise, without a minimum",)
        return False
    return True


def _once(objective: Objective, place: Point) -> str:
    return repr(objective.loss(objective.parameters(place, objective.exact)).item())  # nan is equal to nan then
