"""The base class of objectives: a differentiable loss, and its values at many points."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.recording.model import Minimum, Series
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Function, Point
from animgd.scene.scene import Run
from animgd.training.own_code.batching import Vectorized, mapped, sampled
from animgd.training.own_code.call import announce, is_own
from animgd.training.seeding import Generators

# (factor, offset) of the start per axis, for points where own code is tested: on the start's side of zero, as there may
# be a logarithm, and on both sides of equal coordinates, where a maximum has a kink.
OFFSETS = (((1.0, 0.0), (1.0, 0.0)), ((0.61, 0.3), (0.83, 0.2)), ((0.47, 0.9), (0.23, 0.7)))
OwnCall = tuple[Callable[..., Tensor], list[Tensor]]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread and with gradients; the number of threads is restored."""
    # Rounding of sums over many points depends on the number of threads.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(threads)


def _away(start: float, factor: float, offset: float) -> float:
    return factor * start + math.copysign(offset, start)


class Objective:
    """A function of (weight, bias) that torch can minimise.

    `convex` if that is known; `random` if values at one point differ, so that there is no minimum; `rounded` if single
    precision distorts its data, so that no minimum of the given data is proven. `dtype` is the data type of runs,
    `exact` that of landscapes and minima.
    """

    convex = False
    random = False
    rounded = False
    dtype = torch.float32
    exact = torch.float64
    warnings: tuple[str, ...] = ()
    widest = 1  # numbers in the largest tensor of one call
    needs_gradients = True  # whether own code computes gradients itself
    points = 0  # of data that batches are made of; 0: there is none
    evaluates = False  # whether the loss on screen is not that of training, as with dropout
    names: tuple[str, ...] = ("the predictions",)  # in messages, of the arguments of own code

    def __init__(self, declared: Loss | Function, starts: Sequence[Point], generators: Generators) -> None:
        self.declared, self.starts, self.generators = declared, tuple(starts), generators
        self.is_own = is_own(declared)

    def standardized(self) -> tuple[Objective, float, float]:
        """The same loss over x of mean 0 and standard deviation 1; the original mean and deviation."""
        return self, 0.0, 1.0

    @property
    def test_points(self) -> list[Point]:
        """Points where own code is tested: the first start and two nearer to zero, in the same quadrant."""
        start = self.starts[0]
        return [Point(weight=_away(start.weight, *up), bias=_away(start.bias, *right)) for up, right in OFFSETS]

    def parameters(self, start: Point, dtype: torch.dtype | None = None) -> list[Tensor]:
        """New parameters [weight, bias] at a start; by default of the data type of a run."""
        pair = [torch.tensor(value, dtype=dtype or self.dtype, device="cpu") for value in (start.weight, start.bias)]
        return [parameter.clone().requires_grad_() for parameter in self.shaped(*pair)]

    def initial(self, run: Run) -> list[Tensor]:
        """New parameters where a run starts; its random numbers were reset before."""
        assert run.start is not None  # filled in by the scene
        return self.parameters(run.start)

    def arranged(self, values: Series) -> Series:
        """The numbers of a recorded training in the order of the parameters. Shapes: (width,)."""
        return values

    def loss(self, parameters: list[Tensor], subset: Tensor | None = None) -> Tensor:
        """The loss at the parameters, a differentiable scalar: on all data, or on the points with these indices."""
        raise NotImplementedError

    def full_loss(self, parameters: list[Tensor]) -> float:
        """The loss on all data, for the screen; it draws no random numbers from those of the run."""
        with torch.no_grad(), self.generators.preserved() if self.random else contextlib.nullcontext():
            return float(self.loss(parameters).item())

    def shaped(self, weight: Tensor, bias: Tensor) -> list[Tensor]:
        """Two scalars in the shapes of the parameters."""
        return [weight, bias]

    def own_call(self, weight: Tensor, bias: Tensor) -> OwnCall:
        """The call of own code at a point, and its arguments that depend on the parameters, in the order of `names`."""
        raise NotImplementedError

    def gradient(self, point: Point) -> tuple[float, list[float | None]]:
        """The loss and torch's gradient [weight, bias]; None for a parameter without a connection to the loss."""
        if self.random:
            self.generators.reset()
        parameters = self.parameters(point, self.exact)
        announce(self.declared)
        with torch.enable_grad():
            loss = self.loss(parameters)
            found = torch.autograd.grad(loss, parameters, allow_unused=True) if loss.requires_grad else (None, None)
        return loss.item(), [None if each is None else each.item() for each in found]

    def slope(self, at: Sequence[float] | Series) -> tuple[float, Series]:
        """The loss at (weight, bias) and its gradient, as numbers; nan if the point is too far away."""
        try:
            point = Point(weight=float(at[0]), bias=float(at[1]))
        except SceneError:
            return math.nan, np.zeros(2)
        loss, gradient = self.gradient(point)
        return loss, np.array([0.0 if part is None else part for part in gradient])

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The loss at many points. Shapes: (n,), (n,) -> (n,), in double precision."""
        if self.random or not self.is_own:
            return self.one_by_one(weight, bias)
        return sampled(weight.to(self.exact), bias.to(self.exact), self)

    def point(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The unchecked result of own code for one point."""
        call, args = self.own_call(weight, bias)
        return call(*args)

    def ring(self, middle: Minimum, reach: float | Tensor, turns: Tensor) -> Tensor:
        """The loss on a circle, or on several if `reach` is a column. Units: `turns` in radians."""
        weight, bias = middle.weight + reach * turns.sin(), middle.bias + reach * turns.cos()
        return self.values(weight.flatten(), bias.flatten())

    def ways(self) -> Iterator[Vectorized]:
        """Ways to compute many points at once, the best first; the results of each are checked."""
        yield functools.partial(mapped, self)
        if isinstance(self.declared, Function):  # it may accept all points in one call
            yield self.point

    def one_by_one(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The same point by point, each computed as in a run, with the same random numbers."""
        pairs = zip(weight.to(self.exact), bias.to(self.exact), strict=True)
        return torch.stack([self._single(w, b).reshape(()) for w, b in pairs]).detach().double()

    def value(self, point: Point) -> float:
        """The loss at one point, as `one_by_one` computes it."""
        weight, bias = (torch.tensor([each], dtype=torch.float64, device="cpu") for each in (point.weight, point.bias))
        return self.one_by_one(weight, bias).item()

    def _single(self, weight: Tensor, bias: Tensor) -> Tensor:
        if self.random:
            self.generators.reset()
        parameters = self.shaped(weight, bias)
        if self.needs_gradients:
            parameters = [each.detach().clone().requires_grad_() for each in parameters]
        with torch.set_grad_enabled(self.needs_gradients):
            return self.loss(parameters).detach()
