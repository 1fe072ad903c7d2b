"""Record a scene: its landscapes, trajectories and minima."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from animgd.errors import SceneError
from animgd.recording.cache import spec
from animgd.recording.model import Landscape, PanelRecording, Recording, Trajectory
from animgd.recording.windows.nearer import Rest, narrowed, rests
from animgd.recording.windows.wider import doublings, widened
from animgd.scene.model.network import Model
from animgd.scene.optimizers import Loss
from animgd.scene.problem import Function, Point, Window
from animgd.scene.runs.recorded import Recorded
from animgd.scene.scene import FilledPanel, Run, Scene
from animgd.scene.weight_decay import ascends
from animgd.training.curvature import curvatures
from animgd.training.descent import replay
from animgd.training.descent.train import steps_per_epoch
from animgd.training.earlier import Earlier
from animgd.training.landscape import survey
from animgd.training.minima.marks import Marks, Minima, decayed, known_minima, window_of
from animgd.training.models.record import ModelRecorder
from animgd.training.own_code.call import is_own
from animgd.training.problems import data, objective
from animgd.training.seeding import Generators, generators
from animgd.training.trajectory import descend, with_divergence

SMALL = 49  # samples along each axis of a wider landscape, which is drawn small
FINE = 401  # at most, of one around a minimum: more than it has pixels


def record(
    scene: Scene, progress: Callable[[int, int], None] | None = None, earlier: Earlier | None = None
) -> Recording:
    """Train every run and sample every landscape of a scene; `progress` gets the steps done, and all.

    With `earlier`, what the last recording has computed already is not computed again.
    Raises: SceneError.
    """
    rng, earlier = generators(scene), earlier or Earlier()
    with rng.preserved(), _defaults(scene):
        if scene.problem.plane is not None:
            return ModelRecorder(scene, rng, progress).recording()
        recording = _Recorder(scene, rng, earlier, progress).recording()
    earlier.finish()
    return recording


@contextlib.contextmanager
def _defaults(scene: Scene) -> Iterator[None]:
    """Torch's own default type and device, unless the scene has own code, which may rely on what its module has set."""
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    if spec(scene) is None or (dtype, device.type) == (torch.float32, "cpu"):
        yield
        return
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device("cpu"):
            yield
    finally:
        torch.set_default_dtype(dtype)


class _Recorder:
    """Computes once what several panels share."""

    def __init__(
        self, scene: Scene, rng: Generators, earlier: Earlier, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._scene, self._earlier, self._progress, self._steps = scene, earlier, progress, 0
        self._panels, problem = scene.grid, scene.problem
        assert not isinstance(problem, Model)
        self._problem = problem
        self._rng = rng
        losses = dict.fromkeys(panel.loss for panel in self._panels)
        self._objectives = {loss: objective(problem, loss, self._starts(loss), rng) for loss in losses}
        self._surveyed: dict[tuple[Loss | None, Window, int], Landscape] = {}
        every = [(panel, run) for panel in self._panels for run in (*panel.runs, panel.ghost) if run]
        passes = sum(steps_per_epoch(self._objectives[panel.loss], run) for panel, run in every)
        self._count = passes * scene.epochs  # steps of all runs
        self._warnings = [warning for each in self._objectives.values() for warning in each.warnings]

    def _starts(self, loss: Loss | None) -> list[Point]:
        """Where runs on a loss start; the scene's start if there are none."""
        runs = [run for panel in self._panels if panel.loss == loss for run in panel.runs]
        return [self._start(run) for run in runs] or [self._scene.start]

    def _start(self, run: Run) -> Point:
        """Where a run starts; one that was trained elsewhere, where it did."""
        assert run.start is not None  # filled in by the scene
        if not isinstance(run.optimizer, Recorded):
            return run.start
        values = replay.first(run.optimizer).tolist()
        if len(values) != 2:
            return run.start  # and an error when it is replayed
        names = ("x", "y") if isinstance(self._problem, Function) else ("weight", "bias")
        return Point(**dict(zip(names, values, strict=True)))

    def recording(self) -> Recording:
        trained = [(panel, [(run.optimizer, self._path(panel, run)) for run in panel.runs]) for panel in self._panels]
        resting = [[decayed(self._objectives[panel.loss], *run) for run in row] for panel, row in trained]
        marks = {
            loss: Marks(each, [run for panel, row in trained if panel.loss == loss for run in row], self._known(loss))
            for loss, each in self._objectives.items()
        }
        points_of_rest = [point for row in resting for point in row if point]
        window = self._scene.window or window_of([*marks.values()], points_of_rest)
        assert isinstance(window, Window)
        landscapes = {loss: self._survey(loss, window, self._scene.resolution) for loss in self._objectives}
        for loss, each in marks.items():
            each.finish(landscapes[loss])
        judged = [tuple(with_divergence(path, window) for _, path in row) for _, row in trained]
        panels = tuple(
            PanelRecording(
                landscapes[panel.loss],
                marks[panel.loss].minima,
                paths,
                tuple(rest_points),
                with_divergence(self._path(panel, panel.ghost), window) if panel.ghost else None,
                marks[panel.loss].maxima if any(ascends(run.optimizer) for run in panel.runs) else (),
                self._wider(panel, paths, window),
                curvatures=curvatures(self._objectives[panel.loss], row, rest_points, marks[panel.loss].minima),
            )
            for (panel, row), paths, rest_points in zip(trained, judged, resting, strict=True)
        )
        ends = zip(self._panels, panels, rests(panels), strict=True)
        panels = tuple(replace(recorded, near=self._near(panel, window, end)) for panel, recorded, end in ends)
        problem = self._problem
        axes = problem.axes if isinstance(problem, Function) else ("bias", "weight")
        points = None if isinstance(problem, Function) else np.array(data(problem))
        return Recording(panels, axes, points, tuple(dict.fromkeys(self._warnings)))

    def _wider(self, panel: FilledPanel, paths: tuple[Trajectory, ...], window: Window) -> tuple[Landscape, ...]:
        """The landscapes of the windows that the only run of a panel needs after it left."""
        if len(paths) != 1:
            return ()
        times = sorted({*doublings(paths[0], window).tolist()} - {0})
        try:
            resolution = min(SMALL, self._scene.resolution)
            return tuple(self._survey(panel.loss, widened(window, each), resolution) for each in times)
        except SceneError as error:  # own code need not answer so far away
            self._warnings.append(f"{panel.title}: no small map of where the run went: {error.args[0]}")
            return ()

    def _near(self, panel: FilledPanel, window: Window, found: Rest | None) -> Landscape | None:
        """The landscape around the minimum in which the only run of a panel ends with a long path."""
        if found is None:
            return None
        try:
            return self._survey(panel.loss, narrowed(window, found), min(FINE, self._scene.resolution))
        except SceneError as error:  # a lens is no reason to refuse the film
            self._warnings.append(f"{panel.title}: no lens: {error.args[0]}")
            return None

    def _survey(self, loss: Loss | None, window: Window, resolution: int) -> Landscape:
        """A landscape, computed once for all panels."""
        key = loss, window, resolution
        if key not in self._surveyed:
            objective, problem = self._objectives[loss], self._scene.problem
            compute = partial(survey, objective, window, resolution)
            self._surveyed[key] = self._earlier.get(compute, "landscape", problem, *key)
        return self._surveyed[key]

    def _known(self, loss: Loss | None) -> Minima | None:
        return self._earlier.get(partial(known_minima, self._objectives[loss]), "minima", self._scene.problem, loss)

    def _path(self, panel: FilledPanel, run: Run) -> Trajectory:
        function = self._objectives[panel.loss]
        epochs, began = self._scene.epochs, self._steps
        path = self._earlier.get(
            partial(descend, function, run, epochs, self._step),
            *("path", self._scene.problem, panel.loss, run.replace(label=""), epochs),
        )
        self._steps = began + epochs * steps_per_epoch(function, run)
        if isinstance(run.optimizer, Recorded):
            self._warnings += replay.remarks(run.optimizer, epochs * run.optimizer.steps_per_epoch)
            self._warnings += () if function.random else replay.doubts(run.optimizer, path.loss)
        if is_own(run.optimizer) and not function.random and self._rng.drew:
            self._warnings.append(f"{run.optimizer.name} is random: its trajectory is that of seed {run.seed}")
        return path

    def _step(self) -> None:
        """Count a step of a run."""
        self._steps += 1
        if self._progress:
            self._progress(self._steps, self._count)
