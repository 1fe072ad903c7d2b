"""Declarations of runs: what makes the steps, on which data, from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from animgd.scene.base import Declaration, is_number
from animgd.scene.optimizers import SGD, Optimizer
from animgd.scene.problem import Point
from animgd.scene.runs.recorded import Recorded
from animgd.scene.runs.schedule import Schedule, ScheduleLike, schedules

AnyOptimizer = SGD | Optimizer | Recorded
Clip = float | tuple[str, float]
MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Run(Declaration):
    """One optimizer on a panel; what is None comes from the scene.

    label (text): its name in the legend; "" leaves the run out of the legend.
    optimizer (`SGD`, `Optimizer`, or `Recorded`, which made them elsewhere): what makes the steps.
    start (`Point`; default: the panel's): where it begins.
    schedule (`Schedule`, function epoch -> factor, or tuple of them; default: the scene's): of the learning rate.
    batch (int from 1; default: the scene's): data points in one step.
    seed (int from 0; default: the scene's): of the batches' order, and of all random numbers.
    clip (number, or ("value", number); default: the scene's): the largest norm, or entry, of a gradient.
    False for schedule, batch or clip: none, though the scene has one.
    """

    label: str
    optimizer: AnyOptimizer
    start: Point | None = None
    schedule: ScheduleLike | Literal[False] | None = None
    batch: int | Literal[False] | None = None
    seed: int | None = None
    clip: Clip | Literal[False] | None = None
    _spelling = 'Run("fast", SGD(lr=0.1))'

    def _check(self) -> None:
        self._is("label", str, "text")
        self._is("optimizer", AnyOptimizer, "SGD(...), Optimizer(...) or Recorded(...)")
        self._is("start", Point | None, "Point(weight=..., bias=...)")
        check_training(self)
        if self.seed is not None:
            self._whole("seed", "a whole number from 0 to 2**32 - 1", least=0, most=MOST_SEED)

    def filled(self, **defaults: Any) -> Run:
        """The run with these values for its fields that are None; a field that is False becomes None."""
        own = {name: getattr(self, name) for name in defaults}
        given = {name: defaults[name] if own[name] is None else own[name] for name in defaults}
        return self.replace(**{name: None if value is False else value for name, value in given.items()})

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """The schedules of the learning rate, () if it is constant."""
        return self.schedule if isinstance(self.schedule, tuple) else ()  # type: ignore[return-value]


def cycles_momentum(run: Run) -> bool:
    """Whether a schedule changes the momentum too, or gives the optimizer one."""
    cycling = [schedule for schedule in run.schedules if schedule.name in ("CyclicLR", "OneCycleLR")]
    return any(dict(schedule.settings).get("cycle_momentum", True) for schedule in cycling)


def check_training(declared: Any) -> None:
    """Check and normalise schedule, batch and clip of a run or a scene. Raises: SceneError."""
    if declared.schedule is not None and declared.schedule is not False:
        declared._set("schedule", schedules(declared.schedule, declared) or False)
    if declared.batch is not None and declared.batch is not False:
        declared._whole("batch", "a whole number from 1, or None for all data at once", least=1, most=2**31)
    if declared.clip is not None and declared.clip is not False:
        kind, most = declared.clip if isinstance(declared.clip, (tuple, list)) else ("norm", declared.clip)
        if kind not in ("norm", "value") or not is_number(most) or not most > 0:
            allowed = 'a number above 0 (the largest norm), or ("value", number)'
            raise declared._wrong("clip", declared.clip, allowed)
        declared._set("clip", float(most) if kind == "norm" else (kind, float(most)))
