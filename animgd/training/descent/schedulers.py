"""Torch's learning rate schedulers, made of declarations."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import torch
from torch.optim import lr_scheduler

from animgd.errors import SceneError, did_you_mean
from animgd.scene.module.author_errors import inside, raised
from animgd.scene.runs.schedule import Schedule
from animgd.training.build import accepted, constructed
from animgd.training.own_code.call import announce_own

BASES = ("LRScheduler", "_LRScheduler")
LENGTHS = {"total_steps": ("epochs", "steps_per_epoch"), "T_max": ()}  # settings -> others that replace them


class Schedulers:
    """The schedulers of one run; several of them change the learning rate together."""

    def __init__(self, declared: tuple[Schedule, ...], stepper: torch.optim.Optimizer, epochs: int, steps: int) -> None:
        """Units: `steps` in an epoch."""
        self._steps = steps
        lengths = {"epoch": epochs, "step": epochs * steps}
        self._each = [(schedule, _built(schedule, stepper, lengths[schedule.every])) for schedule in declared]

    def advance(self, step: int, loss: float) -> None:
        """Adapt the learning rate after so many steps, with the loss on all data there. Raises: SceneError."""
        for schedule, scheduler in self._each:
            if schedule.every == "epoch" and step % self._steps:
                continue
            plateau = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
            try:
                if schedule.calls_own_code:
                    announce_own(schedule.name)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of torch, about how its own schedulers call each other
                    scheduler.step(*([loss] if plateau else []))
            except Exception as error:
                where = inside(error) or schedule.origin
                raise SceneError(f"{schedule.name} failed after {step} steps: {raised(error)}", where) from error


def _built(schedule: Schedule, stepper: torch.optim.Optimizer, length: int | None = None) -> Any:
    """A scheduler; `length` is how often it will step. Raises: SceneError."""
    settings: dict[str, Any] = {name: _parts(value, stepper) for name, value in schedule.settings}
    kind: Any = _named(schedule) if isinstance(schedule.factory, str) else schedule.factory
    if not isinstance(kind, type):  # a function of the epoch
        kind, settings = lr_scheduler.LambdaLR, {"lr_lambda": functools.partial(kind, **settings)}
    known = accepted(kind) or {}
    for name, others in LENGTHS.items():
        if length and name in known and not {name, *others} & set(settings):
            settings[name] = length
    before = [] if next(iter(known), "optimizer") != "optimizer" else [stepper]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = constructed(kind, settings, schedule, *before)
    if not callable(getattr(scheduler, "step", None)):
        raise SceneError(f"{schedule.name} has no step(); a schedule is a scheduler of torch", schedule.origin)
    return scheduler


def _named(schedule: Schedule) -> Any:
    kinds = {name: kind for name, kind in vars(lr_scheduler).items() if isinstance(kind, type) and name not in BASES
             and issubclass(kind, lr_scheduler.LRScheduler)}  # fmt: skip
    if schedule.factory not in kinds:
        hint = did_you_mean(schedule.name, list(kinds))
        raise SceneError(f"torch.optim.lr_scheduler has no {schedule.name!r}; {hint}", schedule.origin)
    return kinds[schedule.name]


def _parts(value: Any, stepper: torch.optim.Optimizer) -> Any:
    """A setting, with schedulers in place of schedules, as SequentialLR needs them."""
    if isinstance(value, Schedule):
        return _built(value, stepper)
    return [_parts(each, stepper) for each in value] if isinstance(value, tuple) else value
