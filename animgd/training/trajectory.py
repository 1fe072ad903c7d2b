"""The trajectories of two parameters: every step of a run, recorded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from animgd.recording.model import Series, Trajectory
from animgd.scene.problem import Window
from animgd.scene.scene import Run
from animgd.training.descent.train import Moment, steps_per_epoch, train
from animgd.training.objective import Objective

FAR = 1000.0  # windows, or distances of the start from the window: a path that stays further away diverges


def descend(objective: Objective, run: Run, epochs: int, stepped: Callable[[], None] | None = None) -> Trajectory:
    """Train the two parameters of an objective; `stepped` is called after each step. Raises: SceneError."""
    steps = steps_per_epoch(objective, run)
    pair = PairLog(epochs * steps + 1)
    train(objective, run, epochs, pair, stepped)
    return pair.trajectory(steps)


class PairLog:
    """Tables of two parameters, each of one number, weight and bias."""

    def __init__(self, entries: int) -> None:
        self._table = np.zeros((entries, 8))
        self._momentum: Series | None = None

    def note(self, moment: Moment) -> None:
        """Keep what the parameters, gradients and momentum buffers are now."""
        parameters, state = moment.parameters, moment.stepper.state
        gradient = [_item(each.grad) for each in parameters]
        norm = math.hypot(*gradient) if moment.norm is None else moment.norm
        factor = moment.momentum_factor
        row = [*(each.item() for each in parameters), moment.loss, *gradient, norm, moment.lr, factor]
        self._table[moment.step] = row
        buffers = [_buffer(state[each]) for each in parameters] if moment.step else []
        if any(each is not None for each in buffers):
            if self._momentum is None:
                self._momentum = np.zeros((len(self._table), 2))
            self._momentum[moment.step] = [_item(each) for each in buffers]

    def trajectory(self, steps_per_epoch: int = 1) -> Trajectory:
        """The path that was kept."""
        weight, bias, loss = self._table[:, :3].T
        norm, lr, factor = self._table[:, 5:].T
        varies = bool((factor != factor[0]).any()) and not np.isnan(factor).any()
        return Trajectory(
            *(weight, bias, loss, self._table[:, 3:5], self._momentum),
            steps_per_epoch=steps_per_epoch,
            lr=None if np.isnan(lr).any() else lr,
            norm=norm,
            momentum_factor=factor if varies else None,
        )


def _buffer(state: object) -> torch.Tensor | None:
    """The momentum buffer of a parameter; an own optimizer may store anything under that name."""
    buffer = state.get("momentum_buffer") if isinstance(state, dict) else None
    return buffer if isinstance(buffer, torch.Tensor) and buffer.numel() == 1 else None


def _item(tensor: torch.Tensor | None) -> float:
    return 0.0 if tensor is None else float(tensor.item())


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
