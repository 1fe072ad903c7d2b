"""All landscapes and trajectories of a scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from animgd.answer import is_own
from animgd.declared_problem import Function, Point, Problem, Window
from animgd.landscape import survey
from animgd.minimum import refine, solve
from animgd.objective import Objective
from animgd.problem import data, objective
from animgd.records import Minimum, PanelRecording, Recording, Series, Trajectory
from animgd.scene import AnyOptimizer, FilledPanel, Run, Scene
from animgd.seeding import Generators, generators
from animgd.settings import Loss, Optimizer
from animgd.trajectory import descend, judged

MARGIN = 0.12  # of a found window's width, on each side
FURTHEST = 2.0  # a found window reaches this many times the starts' and minima's span beyond them, to show paths
# What adds weight_decay · parameters to the gradient descends loss + (weight_decay / 2) · ‖parameters‖².
COUPLED = {"SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD"}


def record(scene: Scene) -> Recording:
    """Train every run and survey every landscape of a scene. Raises: SceneError."""
    drawn = generators(scene)
    with drawn.kept():
        return _Recorder(scene, drawn).recording()


class _Recorder:
    """Remembers what panels share, so that nothing is trained or solved twice."""

    def __init__(self, scene: Scene, drawn: Generators) -> None:
        self._scene = scene
        self._panels = scene.grid
        self._drawn = drawn
        made: dict[object, Objective] = {}
        for panel in self._panels:
            if panel.loss not in made:
                made[panel.loss] = objective(scene.problem, panel, self._starts(panel.loss), drawn)
        self._objectives = made
        self._warnings = [warning for each in made.values() for warning in each.warnings]

    def _starts(self, loss: Loss | None) -> list[Point]:
        """Where runs under a loss start; the scene's start without any."""
        starts = [run.start for panel in self._panels if panel.loss == loss for run in panel.runs if run.start]
        return starts or [self._scene.start]

    def recording(self) -> Recording:
        paths = [[self._path(panel, run) for run in panel.runs] for panel in self._panels]
        minima = {loss: self._solved(o) if o.convex else None for loss, o in self._objectives.items()}
        window = self._scene.window or self._found(paths, minima)
        assert isinstance(window, Window)
        lands = {loss: survey(o, window, self._scene.resolution) for loss, o in self._objectives.items()}
        for loss, function in self._objectives.items():
            if not function.convex and not function.random:
                minima[loss] = refine(function, lands[loss])
        panels = tuple(
            PanelRecording(
                lands[panel.loss],
                minima[panel.loss],
                tuple(judged(path, window) for path in runs),
                tuple(self._decayed(panel, run.optimizer) for run in panel.runs),
                judged(self._path(panel, panel.ghost), window) if panel.ghost else None,
            )
            for panel, runs in zip(self._panels, paths, strict=True)
        )
        problem = self._scene.problem
        axes = problem.axes if isinstance(problem, Function) else ("bias", "weight")
        return Recording(panels, axes, _points(self._scene.problem), tuple(dict.fromkeys(self._warnings)))

    def _path(self, panel: FilledPanel, run: Run) -> Trajectory:
        assert run.start is not None  # filled in by the scene
        function = self._objectives[panel.loss]
        path = descend(function, run.optimizer, run.start, self._scene.epochs)
        if is_own(run.optimizer) and not function.random and self._drawn.drew:
            self._warnings.append(f"{run.optimizer.name} is random: its path is one of many (seed {self._scene.seed})")
        return path

    def _solved(self, function: Objective, decay: float = 0.0) -> Minimum | None:
        """The minimum of a convex loss; not proven where it is that of data which single precision spoils."""
        found = solve(function, decay)
        return replace(found, proven=False) if found and function.rounded else found

    def _decayed(self, panel: FilledPanel, optimizer: AnyOptimizer) -> Minimum | None:
        decay = weight_decay(optimizer)
        function = self._objectives[panel.loss]
        return self._solved(function, decay) if decay and function.convex else None

    def _found(self, paths: list[list[Trajectory]], minima: dict[object, Minimum | None]) -> Window:
        anchors = [(r.start.weight, r.start.bias) for p in self._panels for r in p.runs if r.start]
        anchors = anchors or [(self._scene.start.weight, self._scene.start.bias)]
        anchors += [(m.weight, m.bias) for m in minima.values() if m]
        # Where no minimum is known, a run that got lower has come nearer to one.
        anchors += [(t.weight[-1], t.bias[-1]) for runs in paths for t in runs if t.loss[-1] < t.loss[0]]
        anchor = np.array(anchors)
        span = np.maximum(np.ptp(anchor, axis=0), 0.25 * np.ptp(anchor, axis=0).max() or 1.0)
        low, high = anchor.min(0) - FURTHEST * span, anchor.max(0) + FURTHEST * span
        walked = np.concatenate([np.stack([t.weight, t.bias], 1) for runs in paths for t in runs] or [anchor])
        with np.errstate(invalid="ignore"):
            near = walked[((walked >= low) & (walked <= high)).all(1)]
        shown = np.concatenate([anchor, near])
        low, high = shown.min(0), shown.max(0)
        margin = MARGIN * np.maximum(high - low, 0.25 * (high - low).max() or 1.0)
        low, high = low - margin, high + margin
        return Window(bias=(float(low[1]), float(high[1])), weight=(float(low[0]), float(high[0])))


def _points(problem: Problem | Function) -> Series | None:
    return None if isinstance(problem, Function) else np.array(data(problem))


def weight_decay(optimizer: AnyOptimizer) -> float:
    """The weight decay that an optimizer adds to the gradient, 0 where it has none or applies it apart."""
    settings = dict(optimizer.settings)
    named = not isinstance(optimizer, Optimizer) or isinstance(optimizer.factory, str)
    coupled = named and optimizer.name in COUPLED and not settings.get("decoupled_weight_decay", False)
    return float(settings.get("weight_decay", 0.0)) if coupled else 0.0
