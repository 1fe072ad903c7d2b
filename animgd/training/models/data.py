"""The data of a model as tensors on its device."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.scene.base import show
from animgd.scene.model.network import Model
from animgd.scene.module.author_errors import raised
from animgd.training.own_code.call import announce


def device_of(model: Model) -> torch.device:
    """The device of a declaration. Raises: SceneError, if it is not there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if model.device == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if there[kind]))
    kind, _, number = model.device.partition(":")
    if not there[kind]:
        raise SceneError(f'Model: torch finds no device "{kind}" here; write device="auto", or "cpu"', model.origin)
    if number and int(number) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise SceneError(f'Model: torch finds {count} cuda device(s), numbered from 0; "{model.device}" is none',
                         model.origin)  # fmt: skip
    return torch.device(model.device)


def named(device: torch.device) -> str:
    """A device for people: "cpu", or with the name of the chip."""
    return f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else str(device)


def data_of(model: Model, device: torch.device) -> tuple[Tensor, Tensor]:
    """x and y, one row a sample; numbers of Python and NumPy in double precision become single. Raises: SceneError."""
    x, y = (model.x, model.y) if model.y is not None else _items(model)
    made = [_tensor(model, name, value) for name, value in (("x", x), ("y", y))]
    for name, each in zip(("x", "y"), made, strict=True):
        if each.ndim == 0 or not len(each):
            raise SceneError(f"Model: {name} has no rows", model.origin)
        if not torch.isfinite(each).all():
            raise SceneError(f"Model: {name} has values that are not finite; remove their rows", model.origin)
    if len(made[0]) != len(made[1]):
        raise SceneError(f"Model: x has {len(made[0])} rows and y {len(made[1])}", model.origin)
    x, y = (each.float() if device.type == "mps" and each.dtype == torch.float64 else each for each in made)
    return x.to(device), y.to(device)  # mps has no double precision


def _tensor(model: Model, name: str, value: Any) -> Tensor:
    try:
        if isinstance(value, tuple):
            value = torch.stack(value) if value and isinstance(value[0], Tensor) else np.asarray(value)
        found = torch.as_tensor(value).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        why = f"an array of numbers, with rows of one length ({raised(error)})"
        raise SceneError(f"Model: {name} must be {why}, not {show(value)}", model.origin) from error
    if found.dtype == torch.float64 and not isinstance(value, Tensor):
        found = found.float()  # NumPy's and Python's own precision, which nobody asked for
    return found.clone() if isinstance(value, Tensor) else found


def _items(model: Model) -> tuple[Any, Any]:
    """All samples of a dataset. Raises: SceneError."""
    announce(model)
    try:
        pairs = [model.x[i] for i in range(len(model.x))]
        x, y = torch.utils.data.default_collate(pairs)
    except Exception as error:
        what = "a map-style Dataset whose items are pairs (x, y) of equal shapes"
        raise SceneError(f"Model: x must be arrays with y, or {what}: {raised(error)}", model.origin) from error
    return x, y
