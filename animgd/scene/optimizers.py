"""Declarations of optimizers and losses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

from animgd.errors import SceneError, did_you_mean, meant
from animgd.scene.base import Declaration, brief, here, is_number, show

Settings = tuple[tuple[str, Any], ...]

# Names in torch.optim and torch.nn, for suggestions before torch is imported; torch may have others.
OPTIMIZERS = ("Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop",
              "Adafactor", "Muon", "LBFGS", "SparseAdam")  # fmt: skip
LOSSES = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "BCEWithLogitsLoss", "BCELoss", "PoissonNLLLoss",
          "GaussianNLLLoss", "SoftMarginLoss", "HingeEmbeddingLoss", "KLDivLoss", "CrossEntropyLoss",
          "NLLLoss")  # fmt: skip


@dataclass(frozen=True)
class SGD(Declaration):
    """The optimizer `torch.optim.SGD`.

    lr (number above 0): learning rate.
    momentum (number from 0 to below 1; default: 0): factor of the momentum buffer at each step.
    weight_decay (number from 0; default: 0): factor of the parameters that are added to the gradient.
    dampening (number; default: 0): the gradient enters the momentum buffer times 1 - dampening.
    nesterov (bool; default: False): Nesterov momentum; needs a momentum above 0 and dampening 0.
    """

    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    name = "SGD"  # of the class in torch.optim
    _spelling = "SGD(lr=0.1)"

    def _check(self) -> None:
        self._set("lr", self._number("lr", "a finite number above 0", above=0))
        self._set("momentum", self._number("momentum", "a number from 0 to below 1", least=0, below=1))
        self._set("weight_decay", self._number("weight_decay", "a finite number, 0 or above", least=0))
        self._set("dampening", self._number("dampening"))
        self._is("nesterov", bool, "True or False")
        if self.nesterov and not (self.momentum > 0 and self.dampening == 0):
            raise SceneError("SGD: nesterov=True needs a momentum above 0 and dampening 0", self.origin)

    @property
    def settings(self) -> Settings:
        """All five settings as (name, value)."""
        return tuple((field.name, getattr(self, field.name)) for field in fields(self))

    @property
    def remarks(self) -> Iterator[str]:
        """Warnings about settings that torch accepts but ignores, or that are unusual."""
        if self.dampening and not self.momentum:
            yield f"SGD: torch ignores dampening={self.dampening:g} without momentum"
        elif not 0 <= self.dampening < 1:
            yield f"SGD: dampening={self.dampening:g} is outside 0 to 1"


@dataclass(frozen=True, init=False, repr=False)
class TorchObject(Declaration):
    """A class of torch by name, or a callable, with settings."""

    factory: str | Callable[..., Any]
    settings: Settings
    _module = ""

    def __init__(self, factory: str | Callable[..., Any], /, **settings: Any) -> None:
        if not (isinstance(factory, str) and factory.isidentifier()) and not callable(factory):
            near = meant(factory.rpartition(".")[2], OPTIMIZERS + LOSSES) if isinstance(factory, str) else None
            hint = f"; did you mean {near!r}?" if near else ""
            raise SceneError(f"{type(self).__name__}: {show(factory)} is neither a name nor a callable{hint}", here())
        if isinstance(factory, type) and getattr(sys.modules.get(self._module), factory.__name__, None) is factory:
            factory = factory.__name__  # the class and its name are equal declarations
        self._set("factory", factory)
        frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
        ordered = sorted(frozen, key=lambda name: (name != "lr", name))  # so that equal settings compare equal
        self._set("settings", tuple((name, frozen[name]) for name in ordered))
        super().__post_init__()

    @property
    def name(self) -> str:
        """The name shown on screen."""
        if isinstance(self.factory, str):
            return self.factory
        return getattr(self.factory, "__name__", type(self.factory).__name__)

    def _arguments(self) -> Iterator[str]:
        yield brief(self.factory)
        yield from (f"{name}={brief(value)}" for name, value in self.settings)

    def replace(self, **settings: Any) -> Self:
        """A copy with some settings changed; its origin is that of the original. Raises: SceneError."""
        made = type(self)(self.factory, **{**dict(self.settings), **settings})
        made._set("origin", self.origin)
        return made

    def _check(self) -> None:
        if not _is_hashable(self.factory):
            raise SceneError(f"{type(self).__name__}: {show(self.factory)} must be hashable", self.origin)
        for name, value in self.settings:
            if not _is_hashable(value):
                raise self._wrong(name, value, "a number, text, or a tuple of them")
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, (int, float)) and not isinstance(number, bool) and not is_number(number):
                    raise self._wrong(name, number, "finite")
            if name == "lr" and not (is_number(value) and value > 0):
                raise self._wrong(name, value, "a finite number above 0")


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


@dataclass(frozen=True, init=False, repr=False)
class Optimizer(TorchObject):
    """Any optimizer of torch: `Optimizer("Adam", lr=0.3)`, which is `Adam(lr=0.3)`, or an own class.

    factory (name in torch.optim, or a callable of (parameters, **settings)): makes the torch.optim.Optimizer.
    settings (keywords; number, text or tuple of them; default: the factory's): passed on; `lr` must be above 0.
    """

    _module = "torch.optim"
    _spelling = 'Optimizer("Adam", lr=0.1)'

    def __repr__(self) -> str:
        if self.factory not in OPTIMIZERS:
            return super().__repr__()
        _, *settings = self._arguments()
        return f"{self.factory}({', '.join(settings)})"

    def _check(self) -> None:
        super()._check()
        spelt = {name.casefold(): name for name in OPTIMIZERS}.get(str(self.factory).casefold())
        if isinstance(self.factory, str) and spelt not in (None, self.factory):
            raise SceneError(f"torch.optim has no {self.factory!r}; did you mean {spelt!r}?", self.origin)
        if self.factory == "SGD":  # checked like SGD(...)
            given = {name: value for name, value in self.settings if name in SGD.__dataclass_fields__}
            SGD(**{"lr": 0.001, **given})


@dataclass(frozen=True, init=False, repr=False)
class Loss(TorchObject):
    """A loss: `Loss("HuberLoss", delta=0.5)`, or a callable of (predictions, targets).

    factory (name in torch.nn, or a callable): takes predictions and targets, each of shape (points,) for a callable,
        and returns one number.
    settings (keywords; number, text or tuple of them; default: the factory's): passed on.
    """

    _module = "torch.nn"
    _spelling = 'Loss("HuberLoss", delta=0.5)'

    def _check(self) -> None:
        super()._check()
        if isinstance(self.factory, str) and not self.factory.endswith("Loss"):  # all losses of torch do
            hint = did_you_mean(self.factory, LOSSES)
            raise SceneError(f"torch.nn has no loss {self.factory!r}; {hint}", self.origin)
