"""The training loop: any parameters, in batches, with schedules and clipping."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.scene.runs.recorded import Recorded
from animgd.scene.runs.run import Clip, Run
from animgd.training.descent import replay
from animgd.training.descent.batches import Batches
from animgd.training.descent.schedulers import Schedulers
from animgd.training.descent.stepper import stepper, take, take_first
from animgd.training.objective import Objective, one_thread
from animgd.training.own_code.call import announce, differentiate

MOST_STEPS = 10_000_000  # of a run


class Moment(NamedTuple):
    """What there is before a step, and after the last one.

    `parameters` have the gradients that the step uses: of the batch, clipped. `loss` is that of all data. `norm` is
    that of the gradient before it was clipped, None without clipping. All of it is changed by the step.
    """

    step: int
    parameters: list[Tensor]
    loss: float
    stepper: torch.optim.Optimizer
    norm: float | None

    @property
    def lr(self) -> float:
        """The learning rate of the step that follows; nan for an own optimizer without one."""
        return float(self.stepper.param_groups[0].get("lr", math.nan))

    @property
    def momentum_factor(self) -> float:
        """The momentum, or the first beta, of the step that follows, which some schedules change; nan without one."""
        group = self.stepper.param_groups[0]
        betas = group.get("betas") or (math.nan,)
        return float(group["momentum"] if isinstance(group.get("momentum"), (int, float)) else betas[0])


class Log(Protocol):
    """Keeps what a run is recorded for."""

    def note(self, moment: Moment) -> None:
        """Called steps + 1 times."""


def steps_per_epoch(objective: Objective, run: Run) -> int:
    """The optimizer steps in one pass over the data."""
    if isinstance(run.optimizer, Recorded):
        return run.optimizer.steps_per_epoch
    return Batches(objective.points, run.batch or None, 0).steps_per_epoch


def train(
    objective: Objective, run: Run, epochs: int, log: Log, stepped: Callable[[], None] | None = None
) -> list[Tensor]:
    """Train on one thread; returns the parameters. `stepped` is called after each step. Raises: SceneError."""
    objective.generators.reset(run.seed)
    parameters = objective.initial(run)
    if isinstance(run.optimizer, Recorded):
        _replay(objective, run.optimizer, parameters, epochs, log, stepped)
        return parameters
    batches = Batches(objective.points, run.batch or None, run.seed or 0)
    steps = epochs * batches.steps_per_epoch
    if steps > MOST_STEPS:
        raise SceneError(
            f"{steps:,} steps are more than {MOST_STEPS:,}; use larger batches or fewer epochs", run.origin
        )
    made = stepper(run.optimizer, parameters)
    schedulers = Schedulers(run.schedules, made, epochs, batches.steps_per_epoch)
    with one_thread():
        for step in range(steps + 1):
            evaluate = _Evaluation(objective, run, made, parameters, batches.next(step))
            loss = evaluate()
            shown = objective.full_loss(parameters) if evaluate.is_partial else float(loss.item())
            if step:
                schedulers.advance(step, shown)
            log.note(Moment(step, parameters, shown, made, evaluate.norm))
            if step == steps:
                break
            if step == 0:
                closing = take_first(made, run.optimizer, evaluate)
            else:
                take(made, run.optimizer, evaluate if closing else None)
            if stepped:
                stepped()
    return parameters


def _replay(
    objective: Objective,
    declared: Recorded,
    parameters: list[Tensor],
    epochs: int,
    log: Log,
    stepped: Callable[[], None] | None,
) -> None:
    """Note the entries of a training that was recorded elsewhere; gradients are those of all data."""
    made = torch.optim.SGD(parameters, lr=0.0)  # holds the learning rate, and makes no step
    run = Run("", declared)
    steps = epochs * declared.steps_per_epoch
    with one_thread():
        for step, entry in enumerate(replay.entries(declared, steps + 1)):
            replay.put(parameters, objective.arranged(entry.values), declared)
            made.param_groups[0]["lr"] = entry.lr
            loss = _Evaluation(objective, run, made, parameters, None)()
            shown = objective.full_loss(parameters) if objective.evaluates else float(loss.item())
            log.note(Moment(step, parameters, shown, made, None))
            if stepped and step < steps:
                stepped()


class _Evaluation:
    """The closure of a step: computes the loss of its batch, and the gradient, clipped."""

    def __init__(
        self,
        objective: Objective,
        run: Run,
        made: torch.optim.Optimizer,
        parameters: list[Tensor],
        subset: Tensor | None,
    ) -> None:
        self._objective, self._run, self._stepper = objective, run, made
        self._parameters, self._subset = parameters, subset
        self.is_partial = subset is not None or objective.evaluates
        self.norm: float | None = None  # of the gradient before it was clipped, if it was

    def __call__(self) -> Tensor:
        announce(self._objective.declared, self._run.optimizer)
        self._stepper.zero_grad()
        grad = contextlib.nullcontext() if torch.is_grad_enabled() else torch.enable_grad()  # in a closure
        with grad:
            loss = self._objective.loss(self._parameters, self._subset)
        differentiate(loss, self._objective.declared)
        if self._run.clip:
            self.norm = _clip(self._parameters, self._run.clip)
        return loss


def _clip(parameters: list[Tensor], clip: Clip) -> float:
    """Clip the gradients; returns their norm before."""
    if isinstance(clip, tuple):
        gradients = [each.grad for each in parameters if each.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(each) for each in gradients]))
        torch.nn.utils.clip_grad_value_(parameters, clip[1])
        return float(norm)
    return float(torch.nn.utils.clip_grad_norm_(parameters, clip))
