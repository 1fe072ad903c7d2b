"""Record a scene: its landscapes, trajectories and minima."""

from __future__ import annotations

import numpy as np

from animgd.recording.model import PanelRecording, Recording, Series, Trajectory
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Function, Point, Problem, Window
from animgd.scene.scene import FilledPanel, Run, Scene
from animgd.scene.weight_decay import ascends
from animgd.training.landscape import survey
from animgd.training.minima.marks import Marks, TrainedRun, decayed
from animgd.training.objective import Objective
from animgd.training.own_code.call import is_own
from animgd.training.problems import data, objective
from animgd.training.seeding import Generators, generators
from animgd.training.trajectory import descend, with_divergence


def record(scene: Scene) -> Recording:
    """Train every run and sample every landscape of a scene. Raises: SceneError."""
    rng = generators(scene)
    with rng.preserved():
        return _Recorder(scene, rng).recording()


class _Recorder:
    """Computes once what several panels share."""

    def __init__(self, scene: Scene, rng: Generators) -> None:
        self._scene = scene
        self._panels = scene.grid
        self._rng = rng
        made: dict[object, Objective] = {}
        for panel in self._panels:
            if panel.loss not in made:
                made[panel.loss] = objective(scene.problem, panel, self._starts(panel.loss), rng)
        self._objectives = made
        self._warnings = [warning for each in made.values() for warning in each.warnings]

    def _starts(self, loss: Loss | None) -> list[Point]:
        """Where runs on a loss start; the scene's start if there are none."""
        starts = [run.start for panel in self._panels if panel.loss == loss for run in panel.runs if run.start]
        return starts or [self._scene.start]

    def recording(self) -> Recording:
        starts = [(start.weight, start.bias) for panel in self._panels for start in self._starts(panel.loss)]
        trained = [self._trained(panel) for panel in self._panels]
        rests = [[decayed(self._objectives[run.loss], run) for run in row] for row in trained]
        marks = Marks(self._objectives, [run for row in trained for run in row])
        window = self._scene.window or marks.window(starts, [point for row in rests for point in row if point])
        assert isinstance(window, Window)
        landscapes = {loss: survey(o, window, self._scene.resolution) for loss, o in self._objectives.items()}
        marks.finish(landscapes)
        panels = tuple(
            PanelRecording(
                landscapes[panel.loss],
                marks.minima[panel.loss],
                tuple(with_divergence(run.path, window) for run in row),
                tuple(rest_points),
                with_divergence(self._path(panel, panel.ghost), window) if panel.ghost else None,
                marks.maxima[panel.loss] if any(ascends(run.optimizer) for run in panel.runs) else (),
            )
            for panel, row, rest_points in zip(self._panels, trained, rests, strict=True)
        )
        problem = self._scene.problem
        axes = problem.axes if isinstance(problem, Function) else ("bias", "weight")
        return Recording(panels, axes, _points(self._scene.problem), tuple(dict.fromkeys(self._warnings)))

    def _trained(self, panel: FilledPanel) -> list[TrainedRun]:
        return [TrainedRun(panel.loss, run.optimizer, self._path(panel, run)) for run in panel.runs]

    def _path(self, panel: FilledPanel, run: Run) -> Trajectory:
        assert run.start is not None  # filled in by the scene
        function = self._objectives[panel.loss]
        path = descend(function, run.optimizer, run.start, self._scene.epochs)
        if is_own(run.optimizer) and not function.random and self._rng.drew:
            self._warnings.append(f"{run.optimizer.name} is random: its trajectory is that of seed {self._scene.seed}")
        return path


def _points(problem: Problem | Function) -> Series | None:
    return None if isinstance(problem, Function) else np.array(data(problem))
