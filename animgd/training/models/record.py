"""Record a scene with a model: its runs in the full parameter space, then planes, landscapes and projected paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from animgd.errors import SceneError
from animgd.recording.model import (
    Boundaries,
    Curves,
    Landscape,
    PanelRecording,
    PlaneRecording,
    Recording,
    Series,
    Trajectory,
)
from animgd.scene.model.network import Model
from animgd.scene.model.planes import PCA, Parameters, Plane, Random, Span
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Window
from animgd.scene.runs.recorded import Recorded
from animgd.scene.scene import FilledPanel, Run, Scene
from animgd.training.descent.replay import doubts, remarks
from animgd.training.descent.train import steps_per_epoch, train
from animgd.training.models import planes
from animgd.training.models.data import named
from animgd.training.models.directions import check_labels, parameter_plane, point_name, random_plane, span_plane
from animgd.training.models.function import FunctionObjective
from animgd.training.models.iterates import check_room
from animgd.training.models.network import Network, trained
from animgd.training.models.objective import MOST_KEPT, ModelLog, ModelObjective
from animgd.training.models.predictions import Predictions, shown_points
from animgd.training.models.sampling import Sampler, survey
from animgd.training.seeding import Generators
from animgd.training.trajectory import with_divergence

PLANE, PASSES = 100, 4  # what a plane counts in it, and how often all iterates are read for it
STEP = 4  # how much more a training step counts in the progress than a sample of a landscape
MARGIN = 0.16  # of a side of the window, at each end
SLENDER = 0.7  # of the longer side: the least length of the other


@dataclass
class _Trained:
    """A run: its log, the module as it was at the end, and what it predicted."""

    run: Run
    log: ModelLog
    steps: int  # in an epoch
    module: torch.nn.Module
    predicted: Curves | Boundaries | None


class ModelRecorder:
    """Records the panels of a scene with a model."""

    def __init__(self, scene: Scene, rng: Generators, progress: Callable[[int, int], None] | None) -> None:
        self._scene, self._rng, self._progress, self._done = scene, rng, progress, 0.0
        self._problem: Any = scene.problem
        rng.reset()
        self._network = Network(self._problem) if isinstance(self._problem, Model) else None
        losses = dict.fromkeys(panel.loss for panel in scene.grid)
        self._objectives = {loss: self._objective(loss) for loss in losses}
        every = [(panel, run) for panel in scene.grid for run in _all(panel)]
        steps = sum(steps_per_epoch(self._objectives[panel.loss], run) for panel, run in every) * scene.epochs
        self._count = STEP * steps + len(scene.grid) * (PLANE + scene.resolution**2)
        self._warnings: list[str] = []
        if self._network and self._network.declared.y is None:
            self._warnings.append(f"the Dataset is taken whole: {self._network.size}")
        self._plane = self._declared_plane()

    def _declared_plane(self) -> Plane:
        """The scene's plane; in a film that is too short for the points that it names, `PCA()`."""
        declared, last = self._problem.plane, self._scene.epochs
        if not isinstance(declared, Span) or declared.last <= last:
            return declared  # type: ignore[no-any-return]
        found = f"the runs have epochs 0 to {last}, so there is no epoch {declared.last}"
        self._warnings.append(f"Span: {found}; PCA() is shown instead")
        return PCA()

    def _check_plane(self, panel: FilledPanel, module: torch.nn.Module) -> None:
        """Refuse names that do not exist, before anything is trained. Raises: SceneError."""
        if isinstance(self._plane, Span):
            check_labels(self._plane, [run.label for run in _all(panel)])
        elif isinstance(self._plane, Parameters):
            self._of_parameters(self._plane, np.zeros(sum(each.numel() for each in trained(module).values())), module)

    @staticmethod
    def _of_parameters(declared: Parameters, end: Series, module: torch.nn.Module) -> planes.Plane:
        frozen = [name for name, each in module.named_parameters() if not each.requires_grad]
        return parameter_plane(declared, end, trained(module), frozen)

    def _objective(self, loss: Loss | None) -> ModelObjective:
        if self._network is None:
            return FunctionObjective(self._problem, self._rng)
        assert loss is not None  # only a Function has none
        return ModelObjective(self._network, loss, self._rng)

    def recording(self) -> Recording:
        """Train, then look for planes. Raises: SceneError."""
        made = [_PanelOfModel(self, panel) for panel in self._scene.grid]
        window = self._scene.window or _window([each.seen for each in made])
        assert isinstance(window, Window)
        panels = tuple(each.recorded(window) for each in made)
        axes = _together([each.plane.axes for each in panels if each.plane])
        device = "" if self._network is None else named(self._network.device)
        shown = "fit" in self._scene.companions
        points = shown_points(self._objectives[self._scene.grid[0].loss]) if shown else None
        return Recording(panels, axes, points, tuple(dict.fromkeys(self._warnings)), device)

    def trained(self, panel: FilledPanel, run: Run, arrows: bool) -> _Trained:
        """Train a run. Raises: SceneError."""
        objective, scene = self._objectives[panel.loss], self._scene
        steps = steps_per_epoch(objective, run)
        self._rng.reset(run.seed)
        objective.initial(run)  # to know its size before it is trained
        self._check_plane(panel, objective.module)
        width, entries = sum(each.numel() for each in trained(objective.module).values()), scene.epochs * steps + 1
        kept = 1 + 2 * (arrows and width * entries <= MOST_KEPT)
        check_room(len(_all(panel)) * kept * entries, width, np.dtype(np.float32), self._problem.origin)
        predictions = Predictions(objective, steps) if "fit" in scene.companions else None
        log = ModelLog(width, entries, arrows, predictions.note if predictions else None)
        self._warnings += objective.warnings
        train(objective, run, scene.epochs, log, lambda: self.step(STEP))
        if isinstance(run.optimizer, Recorded):
            self._warnings += remarks(run.optimizer, scene.epochs * steps)
            if not objective.evaluates:
                self._warnings += doubts(run.optimizer, log.table[:, 0])
        return _Trained(run, log, steps, objective.module, predictions.made() if predictions else None)

    def survey(self, panel: FilledPanel, module: torch.nn.Module, plane: planes.Plane, window: Window) -> Landscape:
        """Sample the loss of a panel in a plane."""
        sampler = Sampler(module, self._objectives[panel.loss].over)
        return survey(sampler, plane, window, self._scene.resolution, self.step)

    def read(self, part: float) -> None:
        """Count a part of all iterates that was read for a plane."""
        self.step(PLANE / PASSES * part)

    def step(self, many: float) -> None:
        """Count what is done."""
        self._done += many
        if self._progress:
            self._progress(min(int(self._done), self._count), self._count)

    def plane(self, panel: FilledPanel, every: list[_Trained], used: Series) -> planes.Plane:
        """The plane of a panel. Raises: SceneError."""
        declared, rows = self._plane, [each.log.rows for each in every]
        if isinstance(declared, Span):
            labels, steps = [each.run.label for each in every], [each.steps for each in every]
            return span_plane(declared, labels, rows, steps)
        if isinstance(declared, PCA):
            found = planes.principal(rows, used, self.read) if used.sum() > 1 else None
            if found is None:
                raise SceneError(f"PCA: {_why_flat(every, used)}", declared.origin)
            return found
        end = rows[0].row(int(np.flatnonzero(used[: len(rows[0])])[-1])).astype(np.float64)
        module = every[0].module
        if isinstance(declared, Random):
            return random_plane(declared, end, trained(module))
        return self._of_parameters(declared, end, module)

    def names(self, shares: tuple[float, float]) -> tuple[str, str]:
        """What the axes are, and how much of the variance of the paths they hold."""
        declared = self._plane
        what = ("PC 1", "PC 2")
        if isinstance(declared, Random):
            what = ("random direction 1", "random direction 2")
        elif isinstance(declared, Parameters):
            what = (declared.horizontal, declared.vertical)
        elif isinstance(declared, Span):
            a, b, c = map(point_name, declared.points)
            what = (f"from {a} to {b}", f"towards {c}")
        right, up = (f"{name} ({percent(share)} of the variance)" for name, share in zip(what, shares, strict=True))
        return right, up


class _PanelOfModel:
    """One panel: its runs, and where they are in its plane."""

    def __init__(self, recorder: ModelRecorder, panel: FilledPanel) -> None:
        self._recorder, self._panel = recorder, panel
        alone = len(panel.runs) == 1
        self._every = [recorder.trained(panel, run, arrows=alone and run is not panel.ghost) for run in _all(panel)]
        rows = [each.log.rows for each in self._every]
        used = planes.counted(rows) if rows else np.zeros(0, bool)
        self._plane = recorder.plane(panel, self._every, used)
        self._projected = planes.project(self._plane, rows, used, recorder.read)
        self.seen = self._projected.at[used]

    def recorded(self, window: Window) -> PanelRecording:
        """The panel with the landscape of a window."""
        paths = [with_divergence(path, window) for path in self._paths()]
        runs, ghost = paths[: len(self._panel.runs)], paths[len(self._panel.runs) :]
        land = self._recorder.survey(self._panel, self._every[0].module, self._plane, window)
        predicted = tuple(each.predicted for each in self._every[: len(runs)] if each.predicted is not None)
        axes = self._recorder.names(self._projected.shares)
        none = (None,) * len(runs)
        model = PlaneRecording(axes, self._projected.shares, self._projected.spread, predicted)
        return PanelRecording(land, (), tuple(runs), none, ghost[0] if ghost else None, curvatures=none, plane=model)

    def _paths(self) -> list[Trajectory]:
        found, first = [], 0
        for each in self._every:
            last = first + len(each.log.rows)
            found.append(self._path(each, self._projected.at[first:last], self._projected.off[first:last]))
            first = last
        return found

    def _path(self, one: _Trained, at: Series, off: Series) -> Trajectory:
        """A run's path. Its gradient and momentum are projected too, and 0 where they were not kept."""
        log = one.log
        gradient, momentum = (None if rows is None else self._plane.turned([rows])[:, ::-1]
                              for rows in (log.gradients, log.momenta))  # fmt: skip
        loss, norm, lr, factor = log.table.T
        varies = bool((factor != factor[0]).any()) and not np.isnan(factor).any()
        return Trajectory(
            *(at[:, 1], at[:, 0], loss, np.zeros_like(at) if gradient is None else gradient, momentum),
            steps_per_epoch=one.steps,
            lr=None if np.isnan(lr).any() else lr,
            norm=norm,
            momentum_factor=factor if varies else None,
            off_plane=off,
            zero=self._plane.zero[::-1],
        )


def _why_flat(every: list[_Trained], used: Series) -> str:
    """Why runs have no principal components."""
    if not np.isfinite(every[0].log.table[0, 0]):
        return "the loss is not finite at the start; look at the network's first predictions"
    if not used.all():
        return "the runs diverge at the first step; lower lr"
    return "the runs do not move, so they have no principal components; raise lr, or use plane=Random()"


def _all(panel: FilledPanel) -> list[Run]:
    """The runs of a panel, and its ghost."""
    return [*panel.runs, *([panel.ghost] if panel.ghost else [])]


def _window(seen: list[Series]) -> Window:
    """The window around all paths, in all planes."""
    points = np.concatenate(seen)
    low, high = points.min(0), points.max(0)
    spans = high - low
    sides = np.maximum(spans, SLENDER * spans.max()) if spans.max() > 0 else np.ones(2)
    middle, half = (low + high) / 2, sides * (0.5 + MARGIN)
    (left, bottom), (right, top) = (middle - half).tolist(), (middle + half).tolist()
    return Window(bias=(left, right), weight=(bottom, top))


def _together(every: list[tuple[str, str]]) -> tuple[str, str]:
    """The names of the axes of all panels: what they have in common, where they differ in their parts of variance."""
    pairs = [tuple(dict.fromkeys(names)) for names in zip(*every, strict=True)]
    right, up = (names[0] if len(names) == 1 else names[0].partition(" (")[0] for names in pairs)
    return right, up


def percent(share: float) -> str:
    """A part in percent, such as "83 %"; what is neither nothing nor all is not rounded to that."""
    rounded = f"{100 * share:.0f}"
    if rounded == "0" and share > 0:
        return "under 1 %"
    return "over 99 %" if rounded == "100" and share < 1 - 1e-9 else f"{rounded} %"
