"""Compare torch's gradients with finite differences of the function that is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from animgd.scene.problem import Point
from animgd.training.objective import Objective

CLOSER = 8  # factor between the steps of the two differences
SURE = 5  # errors of a difference that a gradient must be away from it to be wrong


class Difference(NamedTuple):
    """The slope along one axis by finite differences, and its error bound."""

    slope: float
    error: float


def contradiction(objective: Objective, point: Point, axis: int, claimed: float | None) -> float | None:
    """The slope along an axis (0: weight, 1: bias) if the gradient `claimed` is certainly wrong, else None.

    At kinks, steps and undefined points nothing is certain, as differences to both sides, or over two distances,
    do not agree.
    """
    fine = _eps(objective.exact)
    found = _contradiction(objective, point, axis, claimed or 0.0, fine)
    if claimed is None:  # without a gradient, the value may be rounded too, as by torch.Tensor([y])
        return found or _contradiction(objective, point, axis, 0.0, _eps(torch.float32))
    coarse = fine if found is None else _coarseness(objective, point)
    return found if coarse <= fine else _contradiction(objective, point, axis, claimed, coarse)


def _contradiction(objective: Objective, point: Point, axis: int, claimed: float, eps: float) -> float | None:
    wide = _difference(objective, point, axis, eps, 1)
    if not _is_wrong(claimed, wide):
        return None
    near = _difference(objective, point, axis, eps, CLOSER)
    agree = abs(wide.slope - near.slope) < abs(claimed - near.slope) / SURE
    return near.slope if agree and _is_wrong(claimed, near) else None


def moved(point: Point, axis: int, by: float) -> Point:
    """The point shifted along an axis."""
    return Point(weight=point.weight + by * (axis == 0), bias=point.bias + by * (axis == 1))


def _difference(objective: Objective, point: Point, axis: int, eps: float, closer: int) -> Difference:
    """Source: central differences; the best distance grows with the third root of the precision."""
    step = eps ** (1 / 3) * max(abs((point.weight, point.bias)[axis]), 0.01) / closer
    low, here, high = (objective.value(moved(point, axis, by)) for by in (-step, 0, step))
    before, after = (here - low) / step, (high - here) / step
    noise = 8 * eps * max(abs(low), abs(here), abs(high)) / step
    return Difference((before + after) / 2, abs(after - before) + noise)


def _is_wrong(claimed: float, found: Difference) -> bool:
    if not math.isfinite(claimed + found.slope + found.error):
        return False
    return abs(claimed - found.slope) > SURE * found.error + 1e-3 * max(abs(claimed), abs(found.slope))


def _eps(dtype: torch.dtype) -> float:
    return float(torch.finfo(dtype).eps)


def _coarseness(objective: Objective, point: Point) -> float:
    """The lowest precision of tensors that are computed from the parameters."""
    return greatest(objective, point, lambda tensor: _eps(tensor.dtype if tensor.requires_grad else objective.exact))


class _Measured(TorchFunctionMode):
    """Finds the greatest measure of the tensors in a computation."""

    def __init__(self, measure: Callable[[Tensor], float]) -> None:
        super().__init__()
        self._measure, self.greatest = measure, 0.0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        if isinstance(answer, Tensor):
            self.greatest = max(self.greatest, self._measure(answer))
        return answer


def greatest(objective: Objective, point: Point, measure: Callable[[Tensor], float]) -> float:
    """The greatest measure of the tensors that a loss is computed of, the parameters included."""
    seen = _Measured(measure)
    with seen:
        objective.loss(objective.parameters(point, objective.exact))
    return seen.greatest
