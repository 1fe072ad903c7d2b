"""Declarations: what an author writes in a scene module. They import neither torch nor matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import Any

from animgd.declaration import Declaration, is_number
from animgd.errors import SceneError
from animgd.settings import SGD, Loss, Optimizer
from animgd.style import Style
from animgd.video import Video

MOST_EPOCHS = 10_000_000
MOST_PANELS = 256
COMPANIONS = ("fit", "loss")
LARGEST = 1e15  # training is in float32: beyond this, a window's samples are one number


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
        if max(len(self.panels or ()), len(self.losses)) > MOST_PANELS:
            raise SceneError(f"Scene: a film has at most {MOST_PANELS} panels", self.origin)
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
    if isinstance(value, Mapping) and value:  # none at all is (), said on purpose
        value = tuple(Run(label, optimizer) for label, optimizer in value.items())
    if isinstance(value, (tuple, list)) and all(isinstance(run, Run) for run in value):
        return tuple(value)
    raise owner._wrong("optimizer", value, allowed)


def _runs(value: OptimizerLike) -> tuple[Run, ...]:
    if isinstance(value, (SGD, Optimizer)):
        return (Run("", value),)
    assert isinstance(value, tuple)  # _optimizer has made it one
    return value
