"""Own code at many points: at once, if that gives what single points give."""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Function, Point
from animgd.training.own_code.call import timely

AtOnce = Callable[[Tensor, Tensor], Tensor]  # (weight, bias) -> values, all of shape (n,)
IN_FLIGHT = 1 << 16  # numbers in one tensor: so many fit the processor's cache
FEW = 16  # points that are quicker computed one by one
MOST_STARTS = 2
RANDOM = 3  # points at random among those that are checked
BRANCHES = ("control flow", ".item()")  # what vmap says where code reads a value and decides by it


class SinglePoints(Exception):  # noqa: N818 - a way out, not an error
    """The code looks at values: only single points are right."""


class Code(Protocol):
    """Own code, to be asked at points."""

    declared: Loss | Function
    near: tuple[Point, ...]
    graded: bool

    def point(self, weight: Tensor, bias: Tensor) -> Tensor: ...

    def singly(self, weight: Tensor, bias: Tensor) -> Tensor: ...

    def ways(self) -> Iterable[AtOnce]: ...


def sampled(weight: Tensor, bias: Tensor, code: Code) -> Tensor:
    """The values at many points, by the first way that agrees with single points, else point by point.

    Shapes: (n,), (n,) -> (n,), in double precision. Points lie on a grid or on some of its rows.
    """
    if len(weight) <= FEW:
        return code.singly(weight, bias)
    places = _places(weight, bias, code.near)
    wanted = _checked(weight[places], bias[places], code)
    for way in code.ways():
        try:
            values = _tried(way, weight, bias)
        except SinglePoints:
            break
        if values is not None and _agree(values[places], wanted):
            return values.double()
    return code.singly(weight, bias)


def _checked(weight: Tensor, bias: Tensor, code: Code) -> Tensor:
    """The values at a few points, with as little around each call as can be. Raises: SceneError."""
    if not code.graded:
        with torch.no_grad(), timely(code.declared), contextlib.suppress(Exception):
            points = zip(weight.unbind(), bias.unbind(), strict=True)
            return torch.stack([code.point(w, b).reshape(()) for w, b in points]).double()
    return code.singly(weight, bias)  # it says what is wrong


def mapped(call: AtOnce, weight: Tensor, bias: Tensor, widest: int, declared: Loss | Function) -> Tensor:
    """A function of one point at many, as if it were called for each; `widest` is its largest tensor for one point.

    Raises: SinglePoints, SceneError, and whatever torch says to code that it cannot map.
    """
    count = max(1, IN_FLIGHT // widest)
    parts = []
    try:
        for i in range(0, len(weight), count):
            w, b = weight[i : i + count], bias[i : i + count]
            with timely(declared):
                parts.append(torch.func.vmap(call)(w, b).reshape(len(w)))
        return torch.cat(parts) if len(parts) > 1 else parts[0]
    except RuntimeError as error:
        if any(words in str(error) for words in BRANCHES):
            raise SinglePoints from error
        raise


def _tried(way: AtOnce, weight: Tensor, bias: Tensor) -> Tensor | None:
    """All values, None where this way is not open."""
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, of operations that it maps one by one
            values = way(weight.clone(), bias.clone())
    except (SceneError, SinglePoints):
        raise
    except Exception:
        return None
    fits = isinstance(values, Tensor) and values.shape == weight.shape and not values.is_complex()
    return values if fits else None


def _places(weight: Tensor, bias: Tensor, near: tuple[Point, ...]) -> Tensor:
    """Which points are checked: corners, the middle, those next to the starts, some at random."""
    count = len(weight)
    wide = int(np.count_nonzero(weight.numpy() == weight[0].item()))  # points in a row
    corners = [0, wide - 1, count - wide, count - 1]
    starts = [_nearest(weight[::wide], p.weight) * wide + _nearest(bias[:wide], p.bias) for p in near[:MOST_STARTS]]
    seeded = random.Random(0)
    some = [seeded.randrange(count) for _ in range(RANDOM)]
    return torch.tensor([*corners, *starts, count // 2, *some], device="cpu")


def _nearest(axis: Tensor, value: float) -> int:
    """The index that is nearest to a value on an evenly spaced axis."""
    first, last = axis[0].item(), axis[-1].item()
    part = (value - first) / (last - first) if last != first else 0.0
    return round(min(max(part, 0.0), 1.0) * (len(axis) - 1))


def _agree(values: Tensor, wanted: Tensor) -> bool:
    """Whether values are equal but for rounding: sums may be taken in another order."""
    eps = torch.finfo(values.dtype).eps if values.is_floating_point() else 0.0
    here, there = values.double().numpy(), wanted.numpy()
    greatest = np.abs(there[np.isfinite(there)]).max(initial=0.0)
    with np.errstate(invalid="ignore"):  # inf - inf
        near = np.abs(here - there) <= eps**0.5 * np.abs(there) + 1e3 * eps * greatest
    return bool((np.where(np.isfinite(there), near, here == there) | (np.isnan(here) & np.isnan(there))).all())
