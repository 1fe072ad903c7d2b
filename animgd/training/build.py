"""Make torch's losses and optimizers from declarations."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from animgd.errors import RenderError, SceneError, did_you_mean, shortage
from animgd.scene.base import is_number, show
from animgd.scene.module.author_errors import inside, raised
from animgd.scene.optimizers import Loss
from animgd.training.own_code.call import announce

CLASSIFYING = {"CrossEntropyLoss", "NLLLoss", "NLLLoss2d", "MultiMarginLoss", "MultiLabelMarginLoss",
               "MultiLabelSoftMarginLoss", "CTCLoss", "AdaptiveLogSoftmaxWithLoss"}  # fmt: skip


def criterion(loss: Loss) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of a declaration: of torch.nn by name, or the scene's own callable."""
    if not isinstance(loss.factory, str):
        return functools.partial(loss.factory, **dict(loss.settings)) if loss.settings else loss.factory
    names = [name for name in dir(torch.nn) if name.endswith("Loss")]
    if loss.name not in names:
        raise SceneError(f"torch.nn has no loss {loss.name!r}; {did_you_mean(loss.name, names)}", loss.origin)
    return constructed(getattr(torch.nn, loss.name), dict(loss.settings), loss)  # type: ignore[no-any-return]


def constructed(kind: Callable[..., Any], settings: dict[str, Any], declared: Any, *before: Any) -> Any:
    """An object of torch with a declaration's settings. Raises: SceneError."""
    known = accepted(kind)
    for name, value in settings.items():
        if known is not None:
            if name not in list(known)[len(before) :]:
                hint = did_you_mean(name, list(known)[len(before) :])
                raise SceneError(f"{declared.name} has no setting {name!r}; {hint}", declared.origin)
            _compare(name, value, known[name], declared)
    announce(declared)
    try:
        return kind(*before, **settings)
    except Exception as error:
        made = isinstance(getattr(declared, "factory", ""), (str, type))
        what = f"cannot construct {declared.name}" if made else f"{declared.name} failed"  # torch calls it at epoch 0
        if short := shortage(error):
            raise RenderError(f"{what}: {short}") from error
        raise SceneError(f"{what}: {raised(error)}", inside(error) or declared.origin) from error


def accepted(kind: Callable[..., Any]) -> dict[str, Any] | None:
    """The arguments of a callable with their defaults, None if it accepts any."""
    try:
        parameters = inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return None
    if any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters.values()):
        return None
    return {name: parameter.default for name, parameter in parameters.items()}


def _compare(name: str, value: object, default: object, declared: Any) -> None:
    """Check the type of a setting: torch accepts "no" for a bool (as True), and True for a number."""
    if isinstance(default, bool):
        fits, allowed = isinstance(value, bool), "True or False"
    elif isinstance(default, (int, float)):
        fits, allowed = is_number(value), "a finite number"
    else:
        return
    if not fits:
        raise SceneError(f"{declared.name}: {name} must be {allowed}, not {show(value)}", declared.origin)
