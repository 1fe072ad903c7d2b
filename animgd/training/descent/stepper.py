"""Torch's optimizers, made of declarations, and their steps."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from animgd.errors import SceneError, did_you_mean
from animgd.scene.module.author_errors import inside
from animgd.scene.optimizers import SGD
from animgd.scene.scene import AnyOptimizer
from animgd.training.build import accepted, constructed
from animgd.training.own_code.call import announce, first_line, is_own

Closure = Callable[[], Tensor]


def stepper(optimizer: AnyOptimizer, parameters: list[Tensor]) -> torch.optim.Optimizer:
    """The optimizer of torch for some parameters. Raises: SceneError."""
    kind = _kind(optimizer)
    settings = dict(optimizer.settings)
    known = accepted(kind) or {}
    # torch's fused kernels differ by about 1e-6 from the plain ones, which the article's losses come from.
    plain: dict[str, Any] = {name: False for name in ("foreach", "fused") if name in known}
    made = constructed(kind, {**plain, **settings}, optimizer, parameters)
    if not isinstance(made, torch.optim.Optimizer):
        raise SceneError(f"{optimizer.name} does not return a torch.optim.Optimizer", optimizer.origin)
    return made


def _kind(optimizer: AnyOptimizer) -> Any:
    factory = "SGD" if isinstance(optimizer, SGD) else optimizer.factory
    if not isinstance(factory, str):
        return factory
    names = [n for n, value in vars(torch.optim).items() if isinstance(value, type) and n != "Optimizer"]
    if factory not in names:
        raise SceneError(f"torch.optim has no {factory!r}; {did_you_mean(factory, names)}", optimizer.origin)
    return getattr(torch.optim, factory)


def take(made: torch.optim.Optimizer, declared: AnyOptimizer, closure: Closure | None) -> None:
    """Make one step. Raises: SceneError."""
    try:
        announce(declared)
        if closure is None:
            made.step()
        else:
            made.step(closure)  # type: ignore[arg-type]  # torch's stubs want a float
    except (SceneError, MemoryError):
        raise
    except Exception as error:
        where = inside(error) or declared.origin
        raise SceneError(f"{declared.name} cannot step these parameters: {first_line(error)}", where) from error


def needs_closure(made: torch.optim.Optimizer, declared: AnyOptimizer, parameters: list[Tensor]) -> bool:
    """Whether an optimizer must evaluate the loss itself; of own code that may, this is tried on copies.

    The parameters need their gradients.
    """
    try:
        closure = inspect.signature(made.step).parameters.get("closure")
    except (TypeError, ValueError):
        return False
    if closure is None or closure.default is inspect.Parameter.empty:
        return closure is not None
    if not is_own(declared):
        return False
    copies = [each.detach().clone().requires_grad_() for each in parameters]
    for copy, each in zip(copies, parameters, strict=True):
        copy.grad = None if each.grad is None else each.grad.clone()
    trial = stepper(declared, copies)
    try:
        announce(declared)
        trial.step()
    except Exception as error:  # what else is wrong is said when the first step is made
        return "closure" in str(error) or "'NoneType' object is not callable" in str(error)
    return False
