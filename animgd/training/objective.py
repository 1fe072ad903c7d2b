"""What every objective offers: a loss that torch can descend, and its values at many points."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from animgd.scene.optimizers import Loss
from animgd.scene.problem import Function, Point
from animgd.training.own_code.batching import AtOnce, mapped, sampled
from animgd.training.own_code.call import is_own
from animgd.training.seeding import Generators

# Places to look at, per axis so many times the start and so far beyond: on the same side of zero, since there may be
# a logarithm, and on both sides of equal coordinates, where a maximum has a kink.
SPREAD = (((1.0, 0.0), (1.0, 0.0)), ((0.61, 0.3), (0.83, 0.2)), ((0.47, 0.9), (0.23, 0.7)))
Asked = tuple[Callable[..., Tensor], list[Tensor]]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread, with gradients, whatever it was set to."""
    # Sums over many points depend on the number of threads; one thread gives the same film everywhere.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(threads)


def _beyond(start: float, times: float, further: float) -> float:
    return times * start + math.copysign(further, start)


class Objective:
    """A function of (weight, bias) that torch can descend.

    `convex` where that is known; `random` where one place has several values, so that none of them is a minimum;
    `rounded` where single precision spoils its data, so that no minimum is proven for the data as they are given.
    `dtype` is what runs compute in, `exact` what landscapes and minima are computed in.
    """

    convex = False
    random = False
    rounded = False
    dtype = torch.float32
    exact = torch.float64
    warnings: tuple[str, ...] = ()
    widest = 1  # numbers in the largest tensor of one call
    graded = True  # whether a call must be able to ask for gradients

    def __init__(self, declared: Loss | Function, near: Sequence[Point], generators: Generators) -> None:
        self.declared, self.near, self.generators = declared, tuple(near), generators
        self.own = is_own(declared)

    def centred(self) -> tuple[Objective, float, float]:
        """The same loss over data around 0 with a spread of 1; how far its x was moved, and divided by what."""
        return self, 0.0, 1.0

    @property
    def places(self) -> list[Point]:
        """Where own code is examined: at the first start, and nearer to zero, in the same quadrant."""
        start = self.near[0]
        return [Point(weight=_beyond(start.weight, *up), bias=_beyond(start.bias, *right)) for up, right in SPREAD]

    def parameters(self, start: Point, dtype: torch.dtype | None = None) -> list[Tensor]:
        """Fresh parameters [weight, bias] at the start; `dtype` is that of a run unless it is given."""
        pair = [torch.tensor(value, dtype=dtype or self.dtype, device="cpu") for value in (start.weight, start.bias)]
        return [parameter.clone().requires_grad_() for parameter in self.shaped(*pair)]

    def loss(self, parameters: list[Tensor]) -> Tensor:
        """The loss at the parameters, a scalar that knows its gradient."""
        raise NotImplementedError

    def shaped(self, weight: Tensor, bias: Tensor) -> list[Tensor]:
        """Two scalars in the shapes of the parameters."""
        return [weight, bias]

    @property
    def names(self) -> list[str]:
        """What own code is given that varies, as messages call it."""
        raise NotImplementedError

    def asked(self, weight: Tensor, bias: Tensor) -> Asked:
        """The call of own code at a place, and what it is given, in the order of `names`."""
        raise NotImplementedError

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The loss at many points. Shapes: (n,), (n,) -> (n,), in double precision."""
        if self.random or not self.own:
            return self.singly(weight, bias)
        return sampled(weight.to(self.exact), bias.to(self.exact), self)

    def point(self, weight: Tensor, bias: Tensor) -> Tensor:
        """What own code answers for one point, as it is."""
        raise NotImplementedError

    def ways(self) -> Iterator[AtOnce]:
        """Ways to compute many points at once, the best first; each is checked before it is believed."""
        yield lambda weight, bias: mapped(self.point, weight, bias, self.widest, self.declared)

    def singly(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The same, point by point, each as a run computes it, and with the same random numbers."""
        pairs = zip(weight.to(self.exact), bias.to(self.exact), strict=True)
        return torch.stack([self._single(w, b).reshape(()) for w, b in pairs]).detach().double()

    def value(self, place: Point) -> float:
        """The loss at one place, as `singly` computes it."""
        weight, bias = (torch.tensor([each], dtype=torch.float64, device="cpu") for each in (place.weight, place.bias))
        return self.singly(weight, bias).item()

    def _single(self, weight: Tensor, bias: Tensor) -> Tensor:
        if self.random:
            self.generators.reset()
        if not self.graded:
            with torch.no_grad():
                return self.loss(self.shaped(weight, bias))
        with torch.enable_grad():
            return self.loss([each.detach().clone().requires_grad_() for each in self.shaped(weight, bias)]).detach()
