"""Torch's optimizers, made of declarations, and their steps."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from animgd.errors import SceneError, did_you_mean
from animgd.scene.module.author_errors import inside, raised
from animgd.scene.optimizers import SGD
from animgd.scene.runs.recorded import Recorded
from animgd.scene.runs.run import AnyOptimizer
from animgd.training.build import accepted, constructed
from animgd.training.own_code.call import announce, is_own

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
    assert not isinstance(optimizer, Recorded)  # it is replayed
    factory = "SGD" if isinstance(optimizer, SGD) else optimizer.factory
    if not isinstance(factory, str):
        return factory
    names = [n for n, value in vars(torch.optim).items() if isinstance(value, type) and n != "Optimizer"]
    if factory not in names:
        raise SceneError(f"torch.optim has no {factory!r}; {did_you_mean(factory, names)}", optimizer.origin)
    return getattr(torch.optim, factory)


def needs_closure(made: torch.optim.Optimizer) -> bool:
    """Whether a step must be given a function that evaluates the loss."""
    closure = _closure(made)
    return closure is not None and closure.default is inspect.Parameter.empty


def take(made: torch.optim.Optimizer, declared: AnyOptimizer, closure: Closure | None = None) -> None:
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
        raise SceneError(f"{declared.name} cannot step these parameters: {raised(error)}", where) from error


def take_first(made: torch.optim.Optimizer, declared: AnyOptimizer, closure: Closure) -> bool:
    """Make the first step; returns whether it took the closure, which own code may need though it is optional.

    Raises: SceneError.
    """
    parameters = [each for group in made.param_groups for each in group["params"]]
    before = [each.detach().clone() for each in parameters]
    if not needs_closure(made):
        try:
            take(made, declared)
            return False
        except SceneError as error:
            words = ("closure", "'NoneType' object is not callable")
            if not (is_own(declared) and _closure(made) and any(each in error.args[0] for each in words)):
                raise
        with torch.no_grad():  # it may have moved before it found out
            for each, value in zip(parameters, before, strict=True):
                each.copy_(value)
        made.state.clear()
        closure()
    take(made, declared, closure)
    return True


def _closure(made: torch.optim.Optimizer) -> inspect.Parameter | None:
    try:
        return inspect.signature(made.step).parameters.get("closure")
    except (TypeError, ValueError):
        return None
