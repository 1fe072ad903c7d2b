"""The terms of an optimizer's steps: momentum, downhill and decay, whose sum is the step that torch makes.

Source: the algorithms in torch's documentation of SGD, Adam, AdamW, RMSprop and Adagrad.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from animgd.recording.model import Series, Trajectory
from animgd.scene.optimizers import SGD, Optimizer
from animgd.scene.runs.run import AnyOptimizer, Run, cycles_momentum
from animgd.scene.weight_decay import ascends

GRADIENT = ("downhill", "uphill")  # the names of the gradient's part
NAMES = ("step", "momentum", *GRADIENT, "decay")


class Terms(NamedTuple):
    """The terms of every step; the last are those of the step that would follow.

    Shapes: `step` (steps, 2), each term (steps + 1, 2); the second axis is (weight, bias).
    `downhill` is the part of the gradient alone, uphill if the optimizer `ascends`; `momentum` and `decay` are None
    where it has none. The terms add up to the step unless they are not `complete`: then `downhill` is a direction, as
    long as the step.
    """

    step: Series
    downhill: Series
    momentum: Series | None = None
    decay: Series | None = None
    complete: bool = True
    ascends: bool = False

    @property
    def named(self) -> dict[str, Series]:
        """The terms that there are, by name; the step itself, with 0 for the one that would follow, if incomplete."""
        gradient = "uphill" if self.ascends else "downhill"
        every = {"momentum": self.momentum, gradient: self.downhill, "decay": self.decay}
        if not self.complete:
            every["step"] = _with_last(self.step)
        return {name: term for name in NAMES if (term := every.get(name)) is not None}


class _History(NamedTuple):
    """What an optimizer has seen: parameters, gradients and its settings before each step.

    Shapes: `at` and `gradient` (steps + 1, 2); `lr` and `factor`, of momentum, (steps + 1, 1).
    """

    at: Series
    gradient: Series  # that torch descends: negated by `maximize`
    decay: float
    lr: Series
    factor: Series | None = None  # if a schedule changes it

    @property
    def whole(self) -> Series:
        """The gradients with coupled weight decay."""
        result: Series = self.gradient + self.decay * self.at
        return result


def terms(optimizer: AnyOptimizer, path: Trajectory) -> Terms:
    """The terms of a run's steps; of an optimizer whose terms are not known, the step and the downhill direction."""
    at = np.stack([path.weight, path.bias], 1)
    settings = dict(optimizer.settings)
    with np.errstate(all="ignore"):  # of a run that diverges
        sign = -1.0 if ascends(optimizer) else 1.0
        lr = np.full(len(at), float(settings.get("lr", 1.0))) if path.lr is None else path.lr
        factor = None if path.momentum_factor is None else path.momentum_factor[:, None]
        decay = float(settings.get("weight_decay") or 0.0)
        history = _History(at - np.array(path.zero), sign * path.gradient, decay, lr[:, None], factor)
        known = _is_known(optimizer, path.off_plane is not None)
        made = _TERMS[optimizer.name](settings, history, path) if known else None
        step: Series = np.diff(at, axis=0)
        if made is None:
            lengths, slopes = np.hypot(*_with_last(step).T), np.hypot(*history.gradient.T)
            parts = np.where(slopes > 0, lengths / slopes, 0.0)
            made = Terms(step, -parts[:, None] * history.gradient, complete=False)
        return made._replace(step=step, ascends=ascends(optimizer))


def _with_last(step: Series) -> Series:
    """Steps, and 0 for the one that would follow."""
    return np.concatenate([step, np.zeros((1, 2))])


def term_names(run: Run, projected: bool = False) -> tuple[str, ...]:
    """The names of the terms of a run's steps; in a plane of more parameters if they are `projected`."""
    optimizer = run.optimizer
    settings, known = dict(optimizer.settings), _is_known(optimizer, projected)
    gradient = "uphill" if ascends(optimizer) else "downhill"
    if not known:
        return "step", gradient
    momentum = optimizer.name in ("Adam", "AdamW") or settings.get("momentum") or cycles_momentum(run)
    decay = settings.get("weight_decay", 0.01 if optimizer.name == "AdamW" else 0.0)
    return (*(["momentum"] if momentum else []), gradient, *(["decay"] if decay else []))


def _is_known(optimizer: AnyOptimizer, projected: bool) -> bool:
    """Whether the terms of an optimizer can be told apart. Those of SGD are sums, so their projections add up too."""
    if projected and optimizer.name != "SGD":
        return False
    named = isinstance(optimizer, SGD) or (isinstance(optimizer, Optimizer) and isinstance(optimizer.factory, str))
    return named and optimizer.name in _TERMS


def _sgd(settings: dict[str, Any], history: _History, path: Trajectory) -> Terms:
    lr, m = history.lr, history.factor if history.factor is not None else float(settings.get("momentum", 0.0))
    has_momentum = np.any(m)
    share = np.full((len(history.at), 1), 1.0 - float(settings.get("dampening", 0.0)) if has_momentum else 1.0)
    share[:1] = 1.0  # the first step's buffer is the gradient
    buffer = None if path.momentum is None else path.momentum
    momentum = None
    if has_momentum and buffer is not None:
        if settings.get("nesterov"):  # its momentum is that of the buffer with this gradient in it
            last = m[-1:] if history.factor is not None else m  # type: ignore[index]
            buffer = np.concatenate([buffer[1:], last * buffer[-1:] + share[-1:] * history.whole[-1:]])
        momentum = -lr * m * buffer
    down = -lr * (np.ones_like(share) if settings.get("nesterov") else share)
    return _with_decay(history, down, momentum)


def _adam(settings: dict[str, Any], history: _History, path: Trajectory) -> Terms:
    (first, second), eps = settings.get("betas", (0.9, 0.999)), settings.get("eps", 1e-8)
    first = np.full((len(history.at), 1), float(first)) if history.factor is None else history.factor
    return _moments(history, first, float(second), float(eps), bool(settings.get("amsgrad")))


def _adamw(settings: dict[str, Any], history: _History, path: Trajectory) -> Terms:
    decay = float(settings.get("weight_decay", 1e-2))
    made = _adam(settings, history._replace(decay=0.0), path)
    return made._replace(decay=-history.lr * decay * history.at if decay else None)


def _adam_or_adamw(settings: dict[str, Any], history: _History, path: Trajectory) -> Terms:
    return (_adamw if settings.get("decoupled_weight_decay") else _adam)(settings, history, path)


def _moments(history: _History, first: Series, second: float, eps: float, amsgrad: bool) -> Terms:
    gradient = history.whole
    step = np.arange(1, len(gradient) + 1)[:, None]
    mean, square = _average(gradient, first, 1 - first), _average(gradient**2, second, 1 - second)
    if amsgrad:
        square = np.maximum.accumulate(square)
    scale = -history.lr / (1 - first**step) / (np.sqrt(square) / np.sqrt(1 - second**step) + eps)
    before = np.concatenate([np.zeros((1, 2)), mean[:-1]])
    return _with_decay(history, scale * (1 - first), scale * first * before)


def _rmsprop(settings: dict[str, Any], history: _History, path: Trajectory) -> Terms:
    alpha, eps = (float(settings.get(k, v)) for k, v in (("alpha", 0.99), ("eps", 1e-8)))
    m = float(settings.get("momentum", 0.0)) if history.factor is None else history.factor
    lr, gradient = history.lr, history.whole
    square = _average(gradient**2, alpha, 1 - alpha)
    if settings.get("centered"):
        square = square - _average(gradient, alpha, 1 - alpha) ** 2
    scale = 1 / (np.sqrt(square) + eps)
    if not np.any(m):
        return _with_decay(history, -lr * scale, None)
    buffer = _average(gradient * scale, m, 1.0)
    before = np.concatenate([np.zeros((1, 2)), buffer[:-1]])
    return _with_decay(history, -lr * scale, -lr * m * before)


def _adagrad(settings: dict[str, Any], history: _History, path: Trajectory) -> Terms:
    slower, eps = (float(settings.get(k, v)) for k, v in (("lr_decay", 0.0), ("eps", 1e-10)))
    gradient = history.whole
    total = float(settings.get("initial_accumulator_value", 0.0)) + np.cumsum(gradient**2, axis=0)
    lrs = history.lr / (1 + np.arange(len(gradient))[:, None] * slower)
    return _with_decay(history, -lrs / (np.sqrt(total) + eps), None)


_TERMS = {"SGD": _sgd, "Adam": _adam_or_adamw, "AdamW": _adamw, "RMSprop": _rmsprop, "Adagrad": _adagrad}


def _with_decay(history: _History, scale: Series, momentum: Series | None) -> Terms:
    """The terms of gradient and coupled decay, which torch scales alike."""
    decay = scale * history.decay * history.at if history.decay else None
    return Terms(history.at, scale * history.gradient, momentum, decay)


def _average(values: Series, kept: float | Series, new: float | Series) -> Series:
    """The running average kept · before + new · value, from 0. Shapes: those of `values`; factors (steps, 1) or ()."""
    result: Series = np.empty_like(values)
    before = np.zeros(values.shape[1:])
    many = (len(values), 1)
    for i, (value, old, part) in enumerate(
        zip(values, np.broadcast_to(kept, many), np.broadcast_to(new, many), strict=True)
    ):
        before = old * before + part * value
        result[i] = before
    return result
