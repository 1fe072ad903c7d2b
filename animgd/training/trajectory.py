"""Train with torch's own optimizer and record every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from animgd.errors import SceneError, did_you_mean
from animgd.recording.model import Series, Trajectory
from animgd.scene.module.author_errors import inside
from animgd.scene.optimizers import SGD, Optimizer
from animgd.scene.problem import Point, Window
from animgd.scene.scene import AnyOptimizer
from animgd.training.build import accepted, constructed
from animgd.training.objective import Objective, one_thread
from animgd.training.own_code.call import announce, differentiate, first_line

FAR = 1000.0  # windows, or distances of the start from the window: a path that stays further away diverges


def descend(
    objective: Objective, optimizer: AnyOptimizer, start: Point, epochs: int, stepped: Callable[[], None] | None = None
) -> Trajectory:
    """Train full batch, on one thread; `stepped` is called after each step. Raises: SceneError."""
    objective.generators.reset()
    parameters = objective.parameters(start)
    stepper = _stepper(optimizer, parameters)
    table = np.zeros((epochs + 1, 5))
    momentum: Series | None = None
    with one_thread():
        for epoch in range(epochs + 1):
            announce(objective.declared, optimizer)
            stepper.zero_grad()
            loss = objective.loss(parameters)
            differentiate(loss, objective.declared)
            table[epoch] = [p.item() for p in parameters] + [loss.item()] + [_item(p.grad) for p in parameters]
            if epoch == epochs:
                break
            _step(stepper, optimizer)
            buffers = [_buffer(stepper.state[p]) for p in parameters]
            if any(b is not None for b in buffers):
                momentum = np.zeros((epochs + 1, 2)) if momentum is None else momentum
                momentum[epoch + 1] = [_item(b) for b in buffers]
            if stepped:
                stepped()
    return Trajectory(table[:, 0], table[:, 1], table[:, 2], table[:, 3:], momentum)


def _buffer(state: object) -> torch.Tensor | None:
    """The momentum buffer of a parameter; an own optimizer may store anything under that name."""
    buffer = state.get("momentum_buffer") if isinstance(state, dict) else None
    return buffer if isinstance(buffer, torch.Tensor) and buffer.numel() == 1 else None


def _item(tensor: torch.Tensor | None) -> float:
    return 0.0 if tensor is None else float(tensor.item())


def _stepper(optimizer: AnyOptimizer, parameters: list[torch.Tensor]) -> torch.optim.Optimizer:
    kind = _kind(optimizer)
    settings = dict(optimizer.settings)
    known = accepted(kind) or {}
    # torch's fused kernels differ by about 1e-6 from the plain ones, which the article's losses come from.
    plain: dict[str, Any] = {name: False for name in ("foreach", "fused") if name in known}
    stepper = constructed(kind, {**plain, **settings}, optimizer, parameters)
    if not isinstance(stepper, torch.optim.Optimizer):
        raise SceneError(f"{optimizer.name} does not return a torch.optim.Optimizer", optimizer.origin)
    return stepper


def _kind(optimizer: AnyOptimizer) -> Any:
    factory = "SGD" if isinstance(optimizer, SGD) else optimizer.factory
    if not isinstance(factory, str):
        return factory
    names = [n for n, value in vars(torch.optim).items() if isinstance(value, type) and n != "Optimizer"]
    if factory not in names:
        raise SceneError(f"torch.optim has no {factory!r}; {did_you_mean(factory, names)}", optimizer.origin)
    return getattr(torch.optim, factory)


def _step(stepper: torch.optim.Optimizer, declared: Optimizer | SGD) -> None:
    try:
        announce(declared)
        stepper.step()
    except (SceneError, MemoryError):
        raise
    except Exception as error:
        why = "it needs a closure" if "closure" in str(error) else first_line(error)
        where = inside(error) or declared.origin
        raise SceneError(f"{declared.name} cannot step two scalar parameters: {why}", where) from error


def with_divergence(trajectory: Trajectory, window: Window) -> Trajectory:
    """The trajectory with the epoch from which it is not finite, or stays far away, as `diverged_at`."""
    finite = np.isfinite(trajectory.loss)
    away = np.zeros(len(finite))  # from the window, in its sides
    for values, (low, high) in ((trajectory.weight, window.weight), (trajectory.bias, window.bias)):
        finite &= np.isfinite(values)
        with np.errstate(invalid="ignore", over="ignore"):
            away = np.fmax(away, np.maximum(values - high, low - values) / (high - low))
    end = len(finite) if finite.all() else int(finite.argmin())
    near = np.flatnonzero(away[:end] <= FAR * max(1.0, away[0]))
    first = int(near[-1]) + 1 if near.size else 0
    return replace(trajectory, diverged_at=first if first < len(finite) else None)
