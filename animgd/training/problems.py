"""Objectives: functions of (weight, bias), made of data and a loss, or of a formula."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.recording import precision
from animgd.recording.model import Series
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Function, Point, Problem
from animgd.training.build import CLASSIFYING, criterion
from animgd.training.objective import Objective, OwnCall
from animgd.training.own_code.call import evaluate
from animgd.training.own_code.examine import examine, probe
from animgd.training.seeding import Generators

CONVEX = {"MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "BCEWithLogitsLoss"}  # in the predictions
CHUNK = 1 << 16  # numbers in one step of a landscape: they fit into the processor's cache
STARTS = (Point(weight=0.5, bias=-0.25),)


def toy() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The 50 points of the article: a noisy parabola that no line can fit.

    Source: "visualizing gradient descent parameters in torch", figure 1.
    """
    random = np.random.RandomState(20240215)
    x = random.randn(50).astype(np.float32)
    y = (0.75 * x**2 + 1.0 * x + 2.0 + 0.3 * random.randn(50)).astype(np.float32)
    return tuple(x.tolist()), tuple(y.tolist())


def data(problem: Problem) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The points (x, y) that the line is fitted to."""
    return toy() if problem.x is None or problem.y is None else (problem.x, problem.y)


class LineFit(Objective):
    """The line weight · x + bias against the data, under a loss.

    Shapes: predictions and targets are (points,) for an own loss, (points, 1) for a loss of torch.nn by name.
    """

    def __init__(
        self, problem: Problem, loss: Loss, starts: Sequence[Point] = STARTS, generators: Generators | None = None
    ) -> None:
        super().__init__(loss, starts, generators or Generators(0, loss.factory))
        columns = [*data(problem), *([problem.weights] if problem.weights else [])]
        self._columns = [torch.tensor(c, dtype=torch.float64, device="cpu").reshape(-1, 1) for c in columns]
        self.points = len(self._columns[0])
        self._seen: dict[object, list[Tensor]] = {}
        self.dtype = getattr(torch, problem.dtype)
        if loss.factory in CLASSIFYING:
            raise SceneError(f"{loss.name} needs class labels, but a line predicts numbers; try MSELoss", loss.origin)
        self._criterion = criterion(loss)
        self._pointwise = None if self.is_own else _unreduced(self._criterion)
        self.convex = not self.is_own and loss.name in CONVEX
        self._weighs = problem.weights is not None
        self._check()
        self.rounded = self.dtype == torch.float32 and any(precision.remarks(problem))

    def standardized(self) -> tuple[Objective, float, float]:
        """The same fit with x of mean 0 and standard deviation 1; the original mean and deviation."""
        x, *others = self._data(self.exact)
        middle, spread = x.mean().item(), x.std(correction=0).item()
        if spread <= 1e-12 * abs(middle):  # all x are equal, except for rounding
            return self, 0.0, 1.0
        fit = copy.copy(self)
        fit._seen = {(self.dtype, self.exact): [(x - middle) / spread, *others]}
        return fit, middle, spread

    def shaped(self, weight: Tensor, bias: Tensor) -> list[Tensor]:
        """The shapes of the parameters of `torch.nn.Linear(1, 1)`."""
        return [weight.reshape(1, 1), bias.reshape(1)]

    def loss(self, parameters: list[Tensor], subset: Tensor | None = None) -> Tensor:
        """The loss over all points at once, or over those with some indices."""
        weight, bias = parameters
        x, y, *weights = (column if subset is None else column[subset] for column in self._data(weight.dtype))
        predicted = torch.nn.functional.linear(x, weight, bias)
        if self.is_own:
            return evaluate(self.declared, self._criterion, predicted.squeeze(1), y.squeeze(1).clone())
        if self._weighs:
            return evaluate(self.declared, functools.partial(self._weighed, weights[0]), predicted, y)
        return evaluate(self.declared, self._criterion, predicted, y)

    def _data(self, dtype: torch.dtype) -> list[Tensor]:
        """x, y and any weights as a run has them: rounded to its data type, then converted to `dtype`."""
        key = self.dtype, dtype
        if key not in self._seen:
            self._seen[key] = [column.to(self.dtype).to(dtype) for column in self._columns]
        return self._seen[key]

    def _weighed(self, weights: Tensor, predicted: Tensor, y: Tensor) -> Tensor:
        assert self._pointwise is not None
        return self._reduced(self._pointwise(predicted, y), weights).squeeze(0)

    def _reduced(self, losses: Tensor, weights: Tensor | None = None) -> Tensor:
        """The mean or sum over the points. Shapes: (points, n), (points, 1) -> (n,)."""
        sums = getattr(self._criterion, "reduction", "mean") == "sum"
        if weights is None:
            return losses.sum(0) if sums else losses.mean(0)
        total = (losses * weights).sum(0)
        tiny = torch.finfo(weights.dtype).tiny  # a batch may have only points of weight 0
        return total if sums else total / weights.sum().clamp(min=tiny)

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The loss at many points, by broadcasting in bounded memory if the loss allows it."""
        if self._pointwise is None:
            return super().values(weight, bias)
        step = max(1, CHUNK // len(self._columns[0]))
        parts = [self._broadcast(weight[i : i + step], bias[i : i + step]) for i in range(0, len(weight), step)]
        return torch.cat(parts)

    def _broadcast(self, weight: Tensor, bias: Tensor) -> Tensor:
        assert self._pointwise is not None
        x, y, *weights = self._data(torch.float64)  # one row per data point, which is the fast axis order for sums
        with torch.no_grad():
            predicted = torch.addcmul(bias[None, :], weight[None, :], x)
            return self._reduced(self._pointwise(predicted, y.expand_as(predicted)), *weights)

    def own_call(self, weight: Tensor, bias: Tensor) -> OwnCall:
        """An own loss, and the predictions at a point."""
        x, y = (column.squeeze(1) for column in self._data(self.exact))
        return (lambda predicted: self._criterion(predicted, y.clone())), [torch.addcmul(bias, weight, x)]

    def _check(self) -> None:
        """Examine an own loss; for a loss of torch, check the gradient, and broadcasting against single points."""
        name, origin = self.declared.name, self.declared.origin
        if self.is_own:
            if self._weighs:
                raise SceneError(f"weights need a loss of torch.nn by name; apply them in {name} instead", origin)
            examine(self)
            return
        if self._weighs and self._pointwise is None:
            cure = 'give it reduction="mean" or "sum", or use MSELoss'
            raise SceneError(f"weights need a mean or a sum over the points, unlike {name}: {cure}", origin)
        probe(self)
        if self._pointwise is not None and not self._agrees():
            self._pointwise = None

    def _agrees(self) -> bool:
        weight, bias = torch.tensor([0.5, -3.0, 2.0]).double(), torch.tensor([-0.25, 4.0, 1.0]).double()
        one_by_one = self.one_by_one(weight, bias)
        try:
            return torch.allclose(self._broadcast(weight, bias), one_by_one, rtol=1e-9, equal_nan=True)
        except (RuntimeError, TypeError, ValueError, IndexError):
            return False


def _unreduced(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor] | None:
    if isinstance(loss, torch.nn.Module) and getattr(loss, "reduction", None) in ("mean", "sum"):
        single = copy.copy(loss)
        single.reduction = "none"  # type: ignore[assignment]
        return single
    return None


class Formula(Objective):
    """A function of the two parameters themselves."""

    def __init__(
        self, function: Function, starts: Sequence[Point] = STARTS, generators: Generators | None = None
    ) -> None:
        super().__init__(function, starts, generators or Generators(0, function.of))
        self._of: Callable[..., Any] = function.usual.formula if function.usual else function.of  # type: ignore[assignment]
        self.names = _argument_names(self._of)
        if self.is_own:
            examine(self)

    def arranged(self, values: Series) -> Series:
        """Those of f(x, y) are recorded as x, y."""
        return values[::-1]

    def loss(self, parameters: list[Tensor], subset: Tensor | None = None) -> Tensor:
        """The function's value."""
        weight, bias = parameters
        if self.is_own:  # a function that changes its arguments must not change the parameters
            weight, bias = weight.clone(), bias.clone()
        return evaluate(self.declared, self._of, bias, weight)

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The function at many points; for a test function in one call."""
        if self.is_own:
            return super().values(weight, bias)
        with torch.no_grad():
            values: Tensor = self._of(bias, weight)
            return values

    def own_call(self, weight: Tensor, bias: Tensor) -> OwnCall:
        """The function and its arguments."""
        return self._of, [bias, weight]


def _argument_names(of: Callable[..., Any]) -> tuple[str, ...]:
    """A function's own names of its two arguments."""
    with contextlib.suppress(Exception):
        x, y, *_ = inspect.signature(of).parameters
        return x, y
    return "x", "y"


def objective(
    problem: Problem | Function,
    loss: Loss | None,
    starts: Sequence[Point] = STARTS,
    generators: Generators | None = None,
) -> Objective:
    """The objective of runs on a loss; own code is tested at their `starts`. Raises: SceneError."""
    if isinstance(problem, Function):
        return Formula(problem, starts, generators)
    assert loss is not None  # only a Function has none
    return LineFit(problem, loss, starts, generators)
