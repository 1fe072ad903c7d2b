"""Declarations of scenes, panels and runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from functools import cached_property
from importlib import import_module
from types import EllipsisType
from typing import Any, Self

from animgd.errors import SceneError, meant
from animgd.scene.base import Declaration
from animgd.scene.model.network import Model
from animgd.scene.optimizers import SGD, Loss
from animgd.scene.problem import Function, Point, Problem, Window
from animgd.scene.runs.run import MOST_SEED, Clip, check_training
from animgd.scene.runs.run import AnyOptimizer as AnyOptimizer  # noqa: PLC0414 - imported from here
from animgd.scene.runs.run import Run as Run  # noqa: PLC0414
from animgd.scene.runs.schedule import ScheduleLike
from animgd.scene.style import Style
from animgd.scene.themes import SHOWN, THEMES
from animgd.scene.video import Video

MOST_EPOCHS = 10_000_000
MOST_PANELS = 256
MOST_RUNS = 24  # with labels on a panel: as many as colour, shape and pattern distinguish
COMPANIONS = ("fit", "loss", "lr", "gradient")

LossLike = str | Loss | Callable[..., Any]
OptimizerLike = AnyOptimizer | Mapping[str, AnyOptimizer] | Run | tuple[Run, ...]


@dataclass(frozen=True)
class Panel(Declaration):
    """One heatmap with its runs; a field that is None comes from the scene.

    title (text; default: the loss's name, or the function's): shown above the panel.
    loss (a name in torch.nn, `Loss` or callable of (predictions, targets); default: the scene's first): minimised.
    optimizer (as in `Scene`; default: the scene's): the runs.
    start (`Point`; default: the scene's): where the runs begin.
    """

    title: str | None = None
    loss: LossLike | None = None
    optimizer: OptimizerLike | None = None
    start: Point | None = None

    def _check(self) -> None:
        self._is("title", str | None, "text")
        if self.loss is not None:
            self._set("loss", _loss(self.loss, self))
        if self.optimizer is not None:
            self._set("optimizer", _optimizer(self.optimizer, self))
        self._is("start", Point | None, "Point(weight=..., bias=...)")

    @classmethod
    def _hint(cls, unknown: str, known: list[str]) -> str:
        """A suggestion for an unknown field; what belongs to a run is named with it."""
        if unknown in Run.__dataclass_fields__:
            return f'write optimizer=Run("", SGD(lr=0.1), {unknown}=...)'
        return super()._hint(unknown, known)


AT_START = Point(x=0, y=0)  # of a model, whose own parameters are where it begins
LOSSES: tuple[LossLike, ...] = (Loss("MSELoss"), Loss("L1Loss"), Loss("HuberLoss"), Loss("SmoothL1Loss"))


@dataclass(frozen=True)
class Scene(Declaration):
    """One film: a problem, its optimizers, and how they are shown.

    title (text; default: the name of the module and the scene): shown on the film and kept in its metadata.
    optimizer (`SGD`, `Optimizer`, {label: optimizer}, a `Run` or a tuple of them; default: `SGD(lr=0.1)`): the runs.
    losses (tuple of names in torch.nn, `Loss` or callables; default: MSELoss, L1Loss, HuberLoss, SmoothL1Loss, for a
        `Model` MSELoss): one panel each.
    epochs (int from 1; default: 100): passes over the data; without `batch`, optimizer steps.
    start (`Point`; default: weight 6, bias -3, or the test function's): where all runs begin.
    problem (`Problem`, `Function` or `Model`; default: the article's 50 points): what is minimised.
    window (`Window`, or None to find one around starts, minima and trajectories; default: -5 to 8 on both axes for the
        article's data, the test function's own, else None): the part of the landscape that is shown.
    resolution (int from 2 to 4096; default: 101, or the test function's): samples along each axis, ends included.
    panels (tuple of `Panel`; default: one for each loss): any other grid; excludes `losses`.
    video (`Video`): size, rate and pace.
    style (`Style`): colours and fonts.
    companions (tuple of "fit", "loss", "lr", "gradient"; default: none): plots beside the grid, on the same clock: the
        line, the losses (above their minima, if known), the learning rates, the norms of the gradients.
    heatmaps (bool; default: True): False shows the companions alone.
    ghost (`SGD`, `Optimizer` or `Run`; default: none): its complete trajectory is drawn faintly under the others.
    show, hide (tuples of names; default: none): added to what is shown by default, and taken away; hide="all" leaves
        only what `show` names. "arrows": the terms of the next step, at the point; "rule": their numbers; both are
        shown by default with one run a panel and up to four panels. "events": what happens, in words; "small-map":
        where a run went that left its map; "lens": the neighbourhood of the minimum, magnified as soon as the path has
        become small; these by default with one run a panel. "anatomy": one step, taken apart slowly in a
        close-up on each panel with one run. "field": the downhill directions on a coarse grid. "objective": the
        landscape is that of loss + (weight_decay / 2) · ‖parameters‖², where the runs of a panel have one weight decay
        that is part of the gradient. "stability": the curvature at the minimum, and the learning rates of SGD that are
        stable there.
    anatomy (bool, or a tuple of epochs; default: False): True is as `show=("anatomy",)`, and the film takes the step
        apart whose terms differ most in direction; or the epochs whose next steps are taken apart.
    schedule (`Schedule`, function epoch -> factor, or tuple of them; default: none): of the learning rate.
    batch (int from 1; default: all): data points in one step; an epoch is one pass over the data, in random order.
    clip (number, or ("value", number); default: none): the largest norm, or the largest entry, of a gradient.
    seed (int from 0; default: 0): of all random numbers, set before every run and landscape, and of the batches' order.
    pauses (tuple of epochs, or "events"; default: none): where a `Lecture` stands still for three seconds.
    """

    title: str | None = None
    optimizer: OptimizerLike = field(default_factory=lambda: SGD(lr=0.1))
    losses: tuple[LossLike, ...] = LOSSES
    epochs: int = 100
    start: Point = None  # type: ignore[assignment]  # default: the problem's
    problem: Problem | Function | Model = field(default_factory=Problem)
    window: Window | EllipsisType | None = ...
    resolution: int = None  # type: ignore[assignment]  # default: the problem's, 101
    panels: tuple[Panel, ...] | None = None
    video: Video = field(default_factory=Video)
    style: Style = field(default_factory=Style)
    companions: tuple[str, ...] = ()
    heatmaps: bool = True
    ghost: AnyOptimizer | Run | None = None
    anatomy: bool | tuple[int, ...] = False
    schedule: ScheduleLike | None = None
    batch: int | None = None
    clip: Clip | None = None
    seed: int = 0
    show: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    pauses: tuple[int, ...] | str = ()

    def _check(self) -> None:
        self._is("problem", Problem | Function | Model, "Problem(x=..., y=...), Function(...) or Model(...)")
        self._set_defaults()
        self._is("title", str | None, "text")
        self._set("optimizer", _optimizer(self.optimizer, self))
        self._whole("epochs", f"a whole number from 1 to {MOST_EPOCHS:,}", least=1, most=MOST_EPOCHS)
        self._whole("resolution", "a whole number from 2 to 4096", least=2, most=4096)
        self._is("start", Point, "Point(weight=..., bias=...)")
        self._whole("seed", "a whole number from 0 to 2**32 - 1", least=0, most=MOST_SEED)
        check_training(self)
        self._is("video", Video, "Video(...)")
        self._is("style", Style, "Style(...)")
        self._check_extras()
        self._check_shown()
        self._is("window", Window | None, "Window(bias=(low, high), weight=(low, high)) or None")
        self._check_panels()

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields, or settings of its only optimizer, changed. Raises: SceneError."""
        settings = {name: value for name, value in changes.items() if name not in self.__dataclass_fields__}
        if settings:
            optimizer = changes.get("optimizer", self.optimizer)
            if not isinstance(optimizer, AnyOptimizer):
                message = f"Scene: cannot replace {', '.join(settings)} of several runs; replace optimizer instead"
                raise SceneError(message, self.origin)
            changes = {name: changes[name] for name in changes if name not in settings}
            changes["optimizer"] = optimizer.replace(**settings)
        return super().replace(**changes)

    def _default(self, field: Field[Any]) -> object:
        if field.name in ("start", "resolution", "window"):  # they are the problem's
            return getattr(Scene(problem=self.problem), field.name)
        return super()._default(field)

    def _repr_png_(self) -> bytes:
        """Its last frame, for notebooks."""
        notebook = import_module("animgd.notebook")  # by name: it stands above all packages
        return notebook.preview(self)  # type: ignore[no-any-return]

    @classmethod
    def _hint(cls, unknown: str, known: list[str]) -> str:
        """A suggestion for an unknown field; one of video, style or SGD is named with its part."""
        for part, kind in (("video", Video), ("style", Style), ("optimizer", SGD)):
            fields = list(kind.__dataclass_fields__)
            field = unknown if unknown in fields or meant(unknown, known) else meant(unknown, fields)
            if field in fields:
                return f"write {part}={kind.__name__}({field}=...)"
        return super()._hint(unknown, known)

    def _set_defaults(self) -> None:
        """Set the fields whose default depends on the problem."""
        usual = self.problem.usual if isinstance(self.problem, Function) else None
        toy = isinstance(self.problem, Problem) and self.problem.x is None  # the article's data
        given = vars(self)
        if self.problem.plane is not None:
            if given["start"] is None:
                self._set("start", AT_START)
            if given["resolution"] is None:
                self._set("resolution", 51)
        if given["start"] is None:
            self._set("start", Point(x=usual.start[0], y=usual.start[1]) if usual else Point(weight=6.0, bias=-3.0))
        if given["resolution"] is None:
            self._set("resolution", usual.resolution if usual else 101)
        if self.window is ...:
            self._set("window", Window(x=usual.x, y=usual.y) if usual else Window() if toy else None)

    def _check_extras(self) -> None:
        allowed = "a tuple of " + ", ".join(map(repr, COMPANIONS))
        self._is("companions", tuple | list, allowed)
        self._set("companions", tuple(dict.fromkeys(self.companions)))
        if not set(self.companions) <= set(COMPANIONS):
            raise self._wrong("companions", self.companions, allowed, COMPANIONS)
        self._is("heatmaps", bool, "True or False")
        self._check_anatomy()
        self._check_pauses()
        if not self.heatmaps and not self.companions:
            raise SceneError("Scene: heatmaps=False needs companions, such as ('loss',)", self.origin)
        if "fit" in self.companions and isinstance(self.problem, Function):
            raise SceneError("Scene: the companion 'fit' needs data, not a Function; remove it", self.origin)
        if isinstance(self.ghost, AnyOptimizer):
            self._set("ghost", Run("ghost", self.ghost))
        self._is("ghost", Run | None, "SGD(...), Optimizer(...) or Run(label, optimizer, start=None)")

    def _check_anatomy(self) -> None:
        value, allowed = self.anatomy, f"True, False, or a tuple of epochs from 0 to {self.epochs - 1}"
        self._is("anatomy", bool | tuple | list, allowed)
        if not isinstance(value, bool):
            if not all(type(epoch) is int and 0 <= epoch < self.epochs for epoch in value):
                raise self._wrong("anatomy", value, allowed)
            self._set("anatomy", tuple(value))

    def _check_pauses(self) -> None:
        value: Any = self.pauses
        allowed = f'a tuple of epochs from 0 to {self.epochs}, or "events"'
        if value != "events":
            whole = isinstance(value, (tuple, list)) and all(type(epoch) is int for epoch in value)
            if not whole or not all(0 <= epoch <= self.epochs for epoch in value):
                raise self._wrong("pauses", value, allowed, ("events",))
            self._set("pauses", tuple(sorted(set(value))))

    def _check_panels(self) -> None:
        losses = self._several("losses", object, "losses")
        self._set("losses", tuple(_loss(loss, self) for loss in losses))
        if self.panels is not None and self.losses != LOSSES:
            raise SceneError("Scene: panels and losses are both set; give each Panel its loss instead", self.origin)
        if self.panels is not None:
            self._set("panels", self._several("panels", Panel, "Panels"))
        if max(len(self.panels or ()), len(self.losses)) > MOST_PANELS:
            raise SceneError(f"Scene: too many panels; a film has at most {MOST_PANELS}", self.origin)
        if isinstance(self.problem, Function) and (
            self.losses != LOSSES or any(panel.loss is not None for panel in self.panels or ())
        ):
            raise SceneError("Scene: a Function is its own loss; remove losses, and loss from each Panel", self.origin)
        self._check_model()
        if isinstance(self.problem, Function) and any(run.batch for panel in self.grid for run in panel.runs):
            raise SceneError("Scene: a Function has no data to make batches of; remove batch", self.origin)
        labels = [[run.label for run in panel.runs] for panel in self.grid]
        named = [[label for label in each if label] for each in labels]
        if any(len(set(each)) < len(each) for each in named):
            raise SceneError("Scene: two runs of a panel have the same label; rename one", self.origin)
        looks = max(len(set(each)) for each in labels)
        if looks > MOST_RUNS:
            found = f"Scene: {looks} labelled runs on a panel, but at most {MOST_RUNS} look different"
            raise SceneError(f"{found}; spread them over several panels, or leave all labels empty", self.origin)

    def _check_model(self) -> None:
        """Check what a model of many parameters cannot have."""
        if self.problem.plane is None:
            return
        if any(run.start != AT_START for panel in self.grid for run in panel.runs):
            where = "the start of Function(...)" if isinstance(self.problem, Function) else "its own parameters"
            raise SceneError(f"Scene: a model starts from {where}; remove start", self.origin)
        if not all(panel.runs for panel in self.grid):
            raise SceneError("Scene: a model is shown in a plane of its runs; each panel needs one", self.origin)

    def _check_shown(self) -> None:
        for which, more in (("show", ()), ("hide", ("all",))):
            value = getattr(self, which)
            names = (value,) if isinstance(value, str) else value
            if not isinstance(names, (tuple, list)) or not set(names) <= {*SHOWN, *more}:
                known = (*SHOWN, *more)
                raise self._wrong(which, value, "a tuple of " + ", ".join(map(repr, known)), known)
            self._set(which, tuple(dict.fromkeys(names)))

    def shows(self, name: str) -> bool:
        """Whether a part of `SHOWN` is to be shown, where it applies."""
        usual = SHOWN[name] and "all" not in self.hide and name not in THEMES[self.style.theme]["hides"]
        wanted = name in self.show or (name == "anatomy" and bool(self.anatomy))
        return wanted or (usual and name not in self.hide)

    @property
    def clock_unit(self) -> str:
        """What the film counts: a function has no data over which an epoch could pass."""
        return "step" if isinstance(self.problem, Function) else "epoch"

    def _several(self, name: str, kind: type, what: str) -> tuple[Any, ...]:
        value = getattr(self, name)
        if not isinstance(value, (tuple, list)) or not value or not all(isinstance(v, kind) for v in value):
            raise self._wrong(name, value, f"a tuple of at least one of {what}")
        return tuple(value)

    @cached_property
    def grid(self) -> tuple[FilledPanel, ...]:
        """The panels, with missing fields filled in from the scene."""
        losses: tuple[LossLike | None, ...] = (None,) if isinstance(self.problem, Function) else self.losses
        if isinstance(self.problem, Model) and self.losses == LOSSES:
            losses = LOSSES[:1]
        return tuple(self._filled(panel) for panel in self.panels or [Panel(loss=loss) for loss in losses])

    def _filled(self, panel: Panel) -> FilledPanel:
        loss = None
        if not isinstance(self.problem, Function):
            loss = _loss(panel.loss if panel.loss is not None else self.losses[0], panel)
        start = panel.start or self.start
        declared: Any = panel.optimizer if panel.optimizer is not None else self.optimizer
        several = (Run("", declared),) if isinstance(declared, AnyOptimizer) else declared
        usual = {"schedule": self.schedule, "batch": self.batch, "seed": self.seed, "clip": self.clip}
        runs = tuple(run.filled(start=start, **usual) for run in several)
        title = panel.title if panel.title is not None else (loss.name if loss else self.problem.name)  # type: ignore[union-attr]
        ghost = self.ghost.filled(start=start, **usual) if isinstance(self.ghost, Run) else None
        return FilledPanel(title, loss, runs, ghost)


@dataclass(frozen=True)
class FilledPanel:
    """A panel without missing fields; `loss` is None if the problem is a `Function`."""

    title: str
    loss: Loss | None
    runs: tuple[Run, ...]
    ghost: Run | None = None


def _loss(value: object, owner: Declaration) -> Loss:
    if isinstance(value, Loss):
        return value
    if isinstance(value, str) or callable(value):
        loss = Loss(value)
        loss._set("origin", owner.origin)
        return loss
    raise owner._wrong("loss", value, "a name in torch.nn, Loss(...), or a callable")


def _optimizer(value: object, owner: Declaration) -> OptimizerLike:
    if isinstance(value, AnyOptimizer):
        return value
    if isinstance(value, Run):
        return (value,)
    if isinstance(value, Mapping) and value:  # an empty mapping is refused; () declares no runs
        value = tuple(Run(label, optimizer) for label, optimizer in value.items())
    if isinstance(value, (tuple, list)) and all(isinstance(run, Run) for run in value):
        return tuple(value)
    raise owner._wrong("optimizer", value, "SGD(...), Optimizer(...), {label: optimizer}, a Run, or a tuple of Runs")
