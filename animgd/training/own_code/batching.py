"""Own code at many points: vectorized, if that agrees with single points."""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.scene.problem import Point
from animgd.training.own_code.call import announce

if TYPE_CHECKING:
    from animgd.training.objective import Objective

Vectorized = Callable[[Tensor, Tensor], Tensor]  # (weight, bias) -> values, all of shape (n,)
IN_FLIGHT = 1 << 16  # numbers in one tensor, which fit into the processor's cache
FEW = 16  # points that are faster one by one
MOST_STARTS = 2
RANDOM = 3  # random points among those that are checked
BRANCHES = ("control flow", ".item()")  # in vmap's errors for code that branches on a value


def sampled(weight: Tensor, bias: Tensor, code: Objective) -> Tensor:
    """The values at many points, by the first way that agrees with single points, else one by one.

    Shapes: (n,), (n,) -> (n,), in double precision. Points form a grid or some of its rows.
    """
    if len(weight) <= FEW:
        return code.one_by_one(weight, bias)
    indices = _checked_indices(weight, bias, code.starts)
    expected = _reference(weight[indices], bias[indices], code)
    for way in code.ways():
        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of torch, about operations that vmap cannot vectorize
                values = way(weight.clone(), bias.clone())
        except SceneError:
            raise
        except Exception as error:
            if isinstance(error, RuntimeError) and any(words in str(error) for words in BRANCHES):
                break  # the code branches on values, so it must be called for single points
            continue
        fits = isinstance(values, Tensor) and values.shape == weight.shape and not values.is_complex()
        if fits and _agree(values[indices], expected):
            return values.double()
    return code.one_by_one(weight, bias)


def _reference(weight: Tensor, bias: Tensor, code: Objective) -> Tensor:
    """The values at a few points, with as little overhead as possible. Raises: SceneError."""
    if not code.needs_gradients:
        announce(code.declared)
        with torch.no_grad(), contextlib.suppress(Exception):
            points = zip(weight.unbind(), bias.unbind(), strict=True)
            return torch.stack([code.point(w, b).reshape(()) for w, b in points]).double()
    return code.one_by_one(weight, bias)  # with an error message


def mapped(code: Objective, weight: Tensor, bias: Tensor) -> Tensor:
    """Own code at many points, as if it were called for each.

    Raises: SceneError, and any error of torch for code that it cannot map.
    """
    count = max(1, IN_FLIGHT // code.widest)
    parts = []
    for i in range(0, len(weight), count):
        w, b = weight[i : i + count], bias[i : i + count]
        announce(code.declared)
        parts.append(torch.func.vmap(code.point)(w, b).reshape(len(w)))
    return torch.cat(parts) if len(parts) > 1 else parts[0]


def _checked_indices(weight: Tensor, bias: Tensor, starts: tuple[Point, ...]) -> Tensor:
    """The points that are checked: corners, the middle, those nearest to the starts, some at random."""
    count = len(weight)
    wide = int(np.count_nonzero(weight.numpy() == weight[0].item()))  # points in a row
    corners = [0, wide - 1, count - wide, count - 1]
    near = [_nearest(weight[::wide], p.weight) * wide + _nearest(bias[:wide], p.bias) for p in starts[:MOST_STARTS]]
    near = [min(index, count - 1) for index in near]  # rounding may make rows of unequal length
    seeded = random.Random(0)
    some = [seeded.randrange(count) for _ in range(RANDOM)]
    return torch.tensor([*corners, *near, count // 2, *some], device="cpu")


def _nearest(axis: Tensor, value: float) -> int:
    """The index that is nearest to a value on an evenly spaced axis."""
    first, last = axis[0].item(), axis[-1].item()
    part = (value - first) / (last - first) if last != first else 0.0
    return round(min(max(part, 0.0), 1.0) * (len(axis) - 1))


def _agree(values: Tensor, expected: Tensor) -> bool:
    """Whether values are equal except for rounding, as sums may be taken in another order."""
    eps = torch.finfo(values.dtype).eps if values.is_floating_point() else 0.0
    here, there = values.double().numpy(), expected.numpy()
    greatest = np.abs(there[np.isfinite(there)]).max(initial=0.0)
    with np.errstate(invalid="ignore"):  # inf - inf
        near = np.abs(here - there) <= eps**0.5 * np.abs(there) + 1e3 * eps * greatest
    return bool((np.where(np.isfinite(there), near, here == there) | (np.isnan(here) & np.isnan(there))).all())
