"""Gradients against finite differences: whether a run descends the function that is drawn."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from animgd.scene.problem import Point
from animgd.training.objective import Objective
from animgd.training.own_code.call import timely

CLOSER = 8  # the second difference is taken over so much less
SURE = 5  # a gradient is wrong where it is so many times further from a difference than that may be from the truth


class Rise(NamedTuple):
    """How a function rises along one axis, and how far that may be from the truth."""

    slope: float
    doubt: float


def gradient(objective: Objective, place: Point) -> list[float | None]:
    """torch's gradient [weight, bias]; None for what is not connected to the loss at all."""
    parameters = objective.parameters(place, objective.exact)
    if objective.random:
        objective.generators.reset()
    loss = objective.loss(parameters)
    if not loss.requires_grad:
        return [None, None]
    with timely(objective.declared):
        found = torch.autograd.grad(loss.reshape(()), parameters, allow_unused=True)
    return [None if each is None else each.item() for each in found]


def contradiction(objective: Objective, place: Point, axis: int, claimed: float | None) -> float | None:
    """The slope along an axis (0: weight, 1: bias) where `claimed` is surely not it, else None.

    Kinks, steps and undefined places are not judged: there the differences to both sides, or over two distances,
    do not agree.
    """
    fine = _eps(objective.exact)
    found = _contradiction(objective, place, axis, claimed or 0.0, fine)
    if claimed is None:  # what torch does not see may be rounded on its way, as torch.Tensor([y]) does
        return found or _contradiction(objective, place, axis, 0.0, _eps(torch.float32))
    coarse = fine if found is None else _coarseness(objective, place)
    return found if coarse <= fine else _contradiction(objective, place, axis, claimed, coarse)


def _contradiction(objective: Objective, place: Point, axis: int, claimed: float, eps: float) -> float | None:
    wide = _rise(objective, place, axis, eps, 1)
    if not _is_wrong(claimed, wide):
        return None
    near = _rise(objective, place, axis, eps, CLOSER)
    agree = abs(wide.slope - near.slope) < abs(claimed - near.slope) / SURE
    return near.slope if agree and _is_wrong(claimed, near) else None


def moved(place: Point, axis: int, by: float) -> Point:
    """The place a little further along an axis."""
    return Point(weight=place.weight + by * (axis == 0), bias=place.bias + by * (axis == 1))


def _rise(objective: Objective, place: Point, axis: int, eps: float, closer: int) -> Rise:
    """Source: central differences; the best distance grows with the third root of the precision."""
    step = eps ** (1 / 3) * max(abs((place.weight, place.bias)[axis]), 0.01) / closer
    low, here, high = (objective.value(moved(place, axis, by)) for by in (-step, 0, step))
    before, after = (here - low) / step, (high - here) / step
    noise = 8 * eps * max(abs(low), abs(here), abs(high)) / step
    return Rise((before + after) / 2, abs(after - before) + noise)


def _is_wrong(claimed: float, rise: Rise) -> bool:
    if not math.isfinite(claimed + rise.slope + rise.doubt):
        return False
    return abs(claimed - rise.slope) > SURE * rise.doubt + 1e-3 * max(abs(claimed), abs(rise.slope))


def _eps(dtype: torch.dtype) -> float:
    return float(torch.finfo(dtype).eps)


class _Coarsest(TorchFunctionMode):
    """Remembers the lowest precision of all that is computed from the parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.eps = 0.0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        if isinstance(answer, torch.Tensor) and answer.requires_grad:
            self.eps = max(self.eps, _eps(answer.dtype))
        return answer


def _coarseness(objective: Objective, place: Point) -> float:
    seen = _Coarsest()
    with seen:
        objective.loss(objective.parameters(place, objective.exact))
    return max(seen.eps, _eps(objective.exact))
