"""Declarations: what an author writes in a scene module. They import neither torch nor matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import Any

from animgd.declaration import Declaration, here, is_number, show
from animgd.errors import SceneError
from animgd.style import Style
from animgd.video import Video

MOST_EPOCHS = 10_000_000
COMPANIONS = ("fit", "loss")
LARGEST = 1e15  # training is in float32: beyond this, a window's samples are one number
Settings = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Point(Declaration):
    """A place on the loss landscape."""

    weight: float
    bias: float

    def _check(self) -> None:
        for name in ("weight", "bias"):
            self._set(name, self._number(name, least=-LARGEST, below=LARGEST))


@dataclass(frozen=True)
class Window(Declaration):
    """The part of the landscape that is shown: bias runs to the right, weight upwards."""

    bias: tuple[float, float] = (-5.0, 8.0)
    weight: tuple[float, float] = (-5.0, 8.0)

    def _check(self) -> None:
        for name in ("bias", "weight"):
            value = getattr(self, name)
            pair = isinstance(value, (tuple, list)) and len(value) == 2 and all(map(is_number, value))
            if not pair or not -LARGEST <= value[0] < value[1] <= LARGEST or not _has_room(*value):
                raise self._wrong(name, value, "(low, high) with low < high, and room between them")
            self._set(name, (float(value[0]), float(value[1])))


def _has_room(low: float, high: float) -> bool:
    return bool(high - low > 1e-6 * max(abs(low), abs(high), 1e-6))


@dataclass(frozen=True)
class SGD(Declaration):
    """The settings of `torch.optim.SGD`, checked when they are made."""

    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False

    def _check(self) -> None:
        self._set("lr", self._number("lr", "a finite number above 0", above=0))
        self._set("momentum", self._number("momentum", "a number from 0 to below 1", least=0, below=1))
        self._set("weight_decay", self._number("weight_decay", "a finite number, 0 or above", least=0))
        self._set("dampening", self._number("dampening"))
        self._is("nesterov", bool, "True or False")
        if self.nesterov and not (self.momentum > 0 and self.dampening == 0):
            raise SceneError("SGD: nesterov=True needs a momentum above 0 and dampening 0", self.origin)

    @property
    def name(self) -> str:
        """The name of the class in torch.optim."""
        return "SGD"

    @property
    def settings(self) -> Settings:
        """All five, in torch's order of importance."""
        names = ("lr", "momentum", "weight_decay", "dampening", "nesterov")
        return tuple((name, getattr(self, name)) for name in names)

    @property
    def remarks(self) -> Iterator[str]:
        """What torch takes, but hardly anybody means."""
        if self.dampening and not self.momentum:
            yield f"SGD: torch ignores dampening={self.dampening:g} without momentum"
        elif not 0 <= self.dampening < 1:
            yield f"SGD: dampening={self.dampening:g} lies outside 0 to 1"


class _Torch(Declaration):
    """Something of torch by name, or the callable itself, with settings."""

    factory: str | Callable[..., Any]
    settings: Settings
    _home = ""

    def __init__(self, factory: str | Callable[..., Any], /, **settings: Any) -> None:
        if not (isinstance(factory, str) and factory.isidentifier()) and not callable(factory):
            raise SceneError(f"{type(self).__name__}: {show(factory)} is neither a name nor a callable", here())
        if isinstance(factory, type) and factory.__module__.startswith(self._home):
            factory = factory.__name__  # the class and its name declare the same
        self._set("factory", factory)
        self._set("settings", tuple((name, _kept(settings[name])) for name in sorted(settings, key=_rank)))
        super().__post_init__()

    @property
    def name(self) -> str:
        """How it is called on screen."""
        if isinstance(self.factory, str):
            return self.factory
        return getattr(self.factory, "__name__", type(self.factory).__name__)

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


def _rank(setting: str) -> tuple[bool, str]:
    return setting != "lr", setting  # one order for all, or equal settings would differ


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _kept(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, init=False)
class Optimizer(_Torch):
    """Any optimizer of torch: `Optimizer("Adam", lr=0.3)` or `Optimizer(torch.optim.Adam, lr=0.3)`."""

    factory: str | Callable[..., Any]
    settings: Settings
    _home = "torch.optim"

    def _check(self) -> None:
        super()._check()
        if self.factory == "SGD":  # by this name it is no less checked
            given = {name: value for name, value in self.settings if name in SGD.__dataclass_fields__}
            SGD(**{"lr": 0.001, **given})

    @property
    def remarks(self) -> Iterator[str]:
        """Nothing: what torch takes here, it means."""
        return iter(())


@dataclass(frozen=True, init=False)
class Loss(_Torch):
    """A loss of torch.nn with settings, `Loss("HuberLoss", delta=0.5)`, or a callable of (predictions, targets)."""

    factory: str | Callable[..., Any]
    settings: Settings
    _home = "torch.nn"


AnyOptimizer = SGD | Optimizer
LossLike = str | Loss | Callable[..., Any]


@dataclass(frozen=True)
class Run(Declaration):
    """One optimizer on a panel; `start` is the panel's unless it is given."""

    label: str
    optimizer: AnyOptimizer
    start: Point | None = None

    def _check(self) -> None:
        self._is("label", str, "text")
        self._is("optimizer", (SGD, Optimizer), "SGD(...) or Optimizer(...)")
        if self.start is not None:
            self._is("start", Point, "Point(weight=..., bias=...)")


OptimizerLike = AnyOptimizer | Mapping[str, AnyOptimizer] | tuple[Run, ...]


@dataclass(frozen=True)
class Panel(Declaration):
    """One heatmap with its runs; what is None comes from the scene."""

    title: str | None = None
    loss: LossLike | None = None
    optimizer: OptimizerLike | None = None
    start: Point | None = None

    def _check(self) -> None:
        if self.title is not None:
            self._is("title", str, "text")
        if self.loss is not None:
            self._set("loss", _loss(self.loss, self))
        if self.optimizer is not None:
            self._set("optimizer", _optimizer(self.optimizer, self))
        if self.start is not None:
            self._is("start", Point, "Point(weight=..., bias=...)")


@dataclass(frozen=True)
class Problem(Declaration):
    """The data that a line `weight · x + bias` is fitted to; without any, the toy regression of the document."""

    x: tuple[float, ...] | None = None
    y: tuple[float, ...] | None = None

    def _check(self) -> None:
        if self.x is None and self.y is None:
            return
        for name in ("x", "y"):
            self._set(name, self._numbers(name))
        if len(self.x or ()) != len(self.y or ()):
            raise SceneError(f"Problem: x has {len(self.x or ())} numbers and y has {len(self.y or ())}", self.origin)

    def _numbers(self, name: str) -> tuple[float, ...]:
        given = getattr(self, name)
        try:
            numbers = tuple(_float(value) for value in (() if isinstance(given, (str, bytes)) else given))
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(name, given, "a sequence of numbers") from None
        if not numbers or not all(abs(number) <= LARGEST for number in numbers):
            allowed = f"at least one number, all finite and at most {LARGEST:g}"
            raise self._wrong(name, given, allowed)
        return numbers


def _float(value: Any) -> float:
    if isinstance(value, (bool, str, bytes)):  # float() would take them
        raise TypeError
    return float(value)


@dataclass(frozen=True)
class Function(Declaration):
    """Any function of two parameters instead of data: a name in `animgd.problem.FUNCTIONS`, or a callable.

    The callable takes two torch tensors of one shape, (weight, bias), and returns a tensor of that shape.
    """

    of: str | Callable[..., Any]

    def _check(self) -> None:
        if not isinstance(self.of, str) and not callable(self.of):
            raise self._wrong("of", self.of, "the name of a test function, or a callable of (weight, bias)")

    @property
    def name(self) -> str:
        """How it is called on screen."""
        return self.of if isinstance(self.of, str) else getattr(self.of, "__name__", "function")


LOSSES: tuple[LossLike, ...] = (Loss("MSELoss"), Loss("L1Loss"), Loss("HuberLoss"), Loss("SmoothL1Loss"))


@dataclass(frozen=True)
class Scene(Declaration):
    """One film, declared; `DESIGN.md` section 3 has the meaning of every field."""

    title: str | None = None
    optimizer: OptimizerLike = field(default_factory=lambda: SGD(lr=0.1))
    losses: tuple[LossLike, ...] = LOSSES
    epochs: int = 100
    start: Point = field(default_factory=lambda: Point(weight=6.0, bias=-3.0))
    problem: Problem | Function = field(default_factory=Problem)
    window: Window | EllipsisType | None = ...
    resolution: int = 101
    panels: tuple[Panel, ...] | None = None
    video: Video = field(default_factory=Video)
    style: Style = field(default_factory=Style)
    companions: tuple[str, ...] = ()  # pictures beside the grid, on the same clock: "fit", "loss"
    heatmaps: bool = True  # False leaves the companions alone
    ghost: AnyOptimizer | Run | None = None  # its finished path lies faintly under the others
    anatomy: bool = False  # takes each step of SGD apart into its vectors

    def _check(self) -> None:
        if self.title is not None:
            self._is("title", str, "text")
        self._set("optimizer", _optimizer(self.optimizer, self))
        self._whole("epochs", f"a whole number from 1 to {MOST_EPOCHS:,}", least=1, most=MOST_EPOCHS)
        self._whole("resolution", "a whole number from 2 to 4096", least=2, most=4096)
        self._is("start", Point, "Point(weight=..., bias=...)")
        self._is("problem", (Problem, Function), "Problem(x=..., y=...) or Function(...)")
        self._is("video", Video, "Video(...)")
        self._is("style", Style, "Style(...)")
        self._check_extras()
        if self.window is ...:
            self._set("window", Window() if self.problem == Problem() else None)
        if self.window is not None:
            self._is("window", Window, "Window(bias=(low, high), weight=(low, high)) or None")
        self._check_panels()

    def _check_extras(self) -> None:
        self._is("companions", (tuple, list), 'a tuple of "fit" and "loss"')
        self._set("companions", tuple(dict.fromkeys(self.companions)))
        if not set(self.companions) <= set(COMPANIONS):
            raise self._wrong("companions", self.companions, "a tuple of " + " and ".join(map(repr, COMPANIONS)))
        for flag in ("heatmaps", "anatomy"):
            self._is(flag, bool, "True or False")
        if not self.heatmaps and not self.companions:
            raise SceneError("Scene: heatmaps=False leaves nothing to show without companions", self.origin)
        if "fit" in self.companions and isinstance(self.problem, Function):
            raise SceneError("Scene: the companion 'fit' needs data, and a Function has none", self.origin)
        if isinstance(self.ghost, (SGD, Optimizer)):
            self._set("ghost", Run("ghost", self.ghost))
        if self.ghost is not None:
            self._is("ghost", Run, "SGD(...), Optimizer(...) or Run(label, optimizer, start=None)")

    def _check_panels(self) -> None:
        losses = self._several("losses", object, "losses")
        self._set("losses", tuple(_loss(loss, self) for loss in losses))
        if self.panels is not None and self.losses != LOSSES:
            raise SceneError("Scene: panels and losses exclude each other; give each Panel its loss", self.origin)
        if self.panels is not None:
            self._set("panels", self._several("panels", Panel, "Panels"))
        if isinstance(self.problem, Function) and (
            self.losses != LOSSES or any(panel.loss is not None for panel in self.panels or ())
        ):
            raise SceneError("Scene: a Function is its own loss; leave losses and the loss of Panels away", self.origin)
        if not all(_distinct([run.label for run in panel.runs if run.label]) for panel in self.grid):
            raise SceneError("Scene: two runs of a panel have the same label", self.origin)

    def _several(self, name: str, kind: type, what: str) -> tuple[Any, ...]:
        value = getattr(self, name)
        if not isinstance(value, (tuple, list)) or not value or not all(isinstance(v, kind) for v in value):
            raise self._wrong(name, value, f"a tuple of at least one of {what}")
        return tuple(value)

    @property
    def grid(self) -> tuple[FilledPanel, ...]:
        """The panels with everything that they leave out filled in from the scene."""
        if self.panels is None and isinstance(self.problem, Function):
            panels: tuple[Panel, ...] = (Panel(),)
        else:
            panels = self.panels or tuple(Panel(loss=loss) for loss in self.losses)
        return tuple(self._filled(panel) for panel in panels)

    def _filled(self, panel: Panel) -> FilledPanel:
        loss = None
        if not isinstance(self.problem, Function):
            loss = _loss(panel.loss if panel.loss is not None else self.losses[0], panel)
        start = panel.start or self.start
        declared = panel.optimizer if panel.optimizer is not None else self.optimizer
        runs = tuple(replace(run, start=run.start or start) for run in _runs(declared))
        title = panel.title if panel.title is not None else (loss.name if loss else self.problem.name)  # type: ignore[union-attr]
        ghost = replace(self.ghost, start=self.ghost.start or start) if isinstance(self.ghost, Run) else None
        return FilledPanel(title, loss, runs, ghost)


@dataclass(frozen=True)
class FilledPanel:
    """A panel as it is filmed; `loss` is None where the problem is a `Function`."""

    title: str
    loss: Loss | None
    runs: tuple[Run, ...]
    ghost: Run | None = None


def _distinct(labels: list[str]) -> bool:
    return len(set(labels)) == len(labels)


def _loss(value: object, owner: Declaration) -> Loss:
    if isinstance(value, Loss):
        return value
    if isinstance(value, str) or callable(value):
        loss = Loss(value)
        loss._set("origin", owner.origin)
        return loss
    raise owner._wrong("loss", value, "a name in torch.nn, Loss(...), or a callable")


def _optimizer(value: object, owner: Declaration) -> OptimizerLike:
    allowed = "SGD(...), Optimizer(...), {label: optimizer}, or a tuple of Runs"
    if isinstance(value, (SGD, Optimizer)):
        return value
    if isinstance(value, Mapping):
        value = tuple(Run(label, optimizer) for label, optimizer in value.items())
    if isinstance(value, (tuple, list)) and all(isinstance(run, Run) for run in value):
        return tuple(value)
    raise owner._wrong("optimizer", value, allowed)


def _runs(value: OptimizerLike) -> tuple[Run, ...]:
    if isinstance(value, (SGD, Optimizer)):
        return (Run("", value),)
    assert isinstance(value, tuple)  # _optimizer has made it one
    return value
