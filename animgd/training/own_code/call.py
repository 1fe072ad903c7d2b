"""Calls of losses and functions: each call of own code is announced, and errors name its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from animgd.errors import SceneError
from animgd.scene.base import show
from animgd.scene.module.author_errors import inside, raised
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Function


def is_own(declared: Any) -> bool:
    """Whether a declaration contains the author's own code, not a name in torch."""
    return not isinstance(getattr(declared, "factory", getattr(declared, "of", getattr(declared, "network", ""))), str)


listeners: list[Callable[[str], None]] = []  # told the name of own code before each of its calls


def announce(*declared: Any) -> None:
    """Tell that own code among what is declared is about to be called: the parent's deadline begins anew."""
    name = next((each.name for each in declared if is_own(each)), None) if listeners else None
    if name is not None:
        announce_own(name)


def announce_own(name: str) -> None:
    """Tell that own code of that name is about to be called."""
    for tell in listeners:
        tell(name)


def evaluate(declared: Loss | Function, call: Callable[..., Any], *args: Tensor) -> Tensor:
    """Call a loss or function that must return one number. Raises: SceneError, for any error of own code."""
    try:
        announce(declared)
        result = call(*args)
    except SceneError:
        raise
    except Exception as error:
        on = "a line's predictions" if isinstance(declared, Loss) else "two numbers (x, y)"
        where = inside(error) or declared.origin
        raise SceneError(f"{declared.name} failed on {on}: {raised(error)}", where) from error
    if not isinstance(result, Tensor):
        raise SceneError(f"{declared.name} must return a torch tensor, not {show(result)}", declared.origin)
    if result.numel() != 1:
        raise SceneError(f"{declared.name} returns {result.numel()} numbers; reduce them to one", declared.origin)
    return result


def differentiate(loss: Tensor, declared: Loss | Function) -> None:
    """Compute the gradient of a loss. Raises: SceneError, for any error of own code."""
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except MemoryError:
        raise
    except Exception as error:
        where = inside(error) or declared.origin
        raise SceneError(f"{declared.name} has no gradient: {raised(error)}", where) from error
