"""Declarations of learning rate schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from animgd.errors import SceneError
from animgd.scene.base import Declaration
from animgd.scene.optimizers import TorchObject

# Names in torch.optim.lr_scheduler, for suggestions before torch is imported; torch may have others.
SCHEDULES = ("LambdaLR", "MultiplicativeLR", "StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR",
             "PolynomialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR",
             "ReduceLROnPlateau", "SequentialLR", "ChainedScheduler")  # fmt: skip
EVERY_STEP = {"CyclicLR", "OneCycleLR"}  # that torch's documentation steps after each batch


@dataclass(frozen=True, init=False, repr=False)
class Schedule(TorchObject):
    """How the learning rate changes: `Schedule("CosineAnnealingWarmRestarts", T_0=15)`, or a function of the epoch.

    factory (name in torch.optim.lr_scheduler, or a class of (optimizer, **settings), or a function epoch -> factor):
        makes the scheduler; a function gives the factor of the optimizer's learning rate.
    every ("epoch" or "step"; default: "step" for CyclicLR and OneCycleLR, else "epoch"): when the scheduler steps.
    settings (keywords; number, text, callable, `Schedule`, or tuple of them; default: the factory's): passed on.
        `total_steps` of OneCycleLR and `T_max` of CosineAnnealingLR are by default those of the whole film.
    """

    every: str
    _module = "torch.optim.lr_scheduler"
    _spelling = 'Schedule("CosineAnnealingWarmRestarts", T_0=15)'

    def __init__(self, factory: str | Callable[..., Any], /, every: str | None = None, **settings: Any) -> None:
        self._set("every", every)
        super().__init__(factory, **settings)

    def _arguments(self) -> Iterator[str]:
        yield from super()._arguments()
        if self.every != "epoch":
            yield f"every={self.every!r}"

    def replace(self, **settings: Any) -> Self:
        """A copy with `every` or some settings changed; its origin is that of the original. Raises: SceneError."""
        made = type(self)(self.factory, **{"every": self.every, **dict(self.settings), **settings})
        made._set("origin", self.origin)
        return made

    def _check(self) -> None:
        super()._check()
        spelt = {name.casefold(): name for name in SCHEDULES}.get(str(self.factory).casefold())
        if isinstance(self.factory, str) and spelt not in (None, self.factory):
            module, hint = self._module, f"did you mean {spelt!r}?"
            raise SceneError(f"{module} has no {self.factory!r}; {hint}", self.origin)
        if vars(self)["every"] is None:
            often = self.name in EVERY_STEP or any(each.every == "step" for each in self.parts)
            self._set("every", "step" if often else "epoch")
        self._one_of("every", ("epoch", "step"))

    @property
    def parts(self) -> tuple[Schedule, ...]:
        """The schedules among its settings, as those of SequentialLR."""
        values = [each for _, value in self.settings for each in (value if isinstance(value, tuple) else (value,))]
        return tuple(value for value in values if isinstance(value, Schedule))

    @property
    def calls_own_code(self) -> bool:
        """Whether it has a function or a class of the author's."""
        values = [each for _, value in self.settings for each in (value if isinstance(value, tuple) else (value,))]
        own = any(callable(value) for value in values) or any(part.calls_own_code for part in self.parts)
        return own or not isinstance(self.factory, str)


ScheduleLike = Schedule | Callable[[int], float] | tuple["Schedule | Callable[[int], float]", ...]


def schedules(value: object, owner: Declaration) -> tuple[Schedule, ...]:
    """One schedule or several, which are applied together, as a tuple. Raises: SceneError."""
    allowed = "a Schedule(...), a function epoch -> factor, or a tuple of them"
    found = []
    for each in value if isinstance(value, (tuple, list)) else (value,):
        if not (isinstance(each, Schedule) or callable(each)):
            raise owner._wrong("schedule", value, allowed)
        schedule = each if isinstance(each, Schedule) else Schedule(each)
        if schedule is not each:
            schedule._set("origin", owner.origin)
        found.append(schedule)
    return tuple(found)
