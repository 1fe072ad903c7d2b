"""All landscapes and trajectories of a scene."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from animgd.records import Landscape, Minimum, PanelRecording, Recording, Trajectory
from animgd.scene import AnyOptimizer, FilledPanel, Function, Optimizer, Scene, Window

if TYPE_CHECKING:
    from animgd.problem import Objective

MARGIN = 0.12  # of a found window's width, on each side
FURTHEST = 2.0  # a found window reaches this many times the starts' and minima's span beyond them, to show paths
# What adds weight_decay · parameters to the gradient descends loss + (weight_decay / 2) · ‖parameters‖².
COUPLED = {"SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD"}


def record(scene: Scene) -> Recording:
    """Train every run and survey every landscape of a scene. Raises: SceneError."""
    return _Recorder(scene).recording()


class _Recorder:
    """Remembers what panels share, so that nothing is trained or solved twice."""

    def __init__(self, scene: Scene) -> None:
        from animgd.problem import objective

        self._scene = scene
        self._panels = scene.grid
        made: dict[object, Objective] = {}
        for panel in self._panels:
            if panel.loss not in made:
                made[panel.loss] = objective(scene.problem, panel)
        self._objectives = made

    def recording(self) -> Recording:
        from animgd.trajectory import judged

        paths = [self._paths(panel) for panel in self._panels]
        minima = {loss: _solved(objective) for loss, objective in self._objectives.items()}
        window = self._scene.window or self._found(paths, minima)
        assert isinstance(window, Window)
        lands = {loss: _surveyed(o, window, self._scene.resolution) for loss, o in self._objectives.items()}
        for loss, objective in self._objectives.items():
            if not objective.convex:
                minima[loss] = _refined(objective, lands[loss])
        panels = tuple(
            PanelRecording(
                lands[panel.loss],
                minima[panel.loss],
                tuple(judged(path, window) for path in runs),
                tuple(self._decayed(panel, run.optimizer) for run in panel.runs),
            )
            for panel, runs in zip(self._panels, paths, strict=True)
        )
        axes = ("x", "y") if isinstance(self._scene.problem, Function) else ("bias", "weight")
        return Recording(panels, axes)

    def _paths(self, panel: FilledPanel) -> list[Trajectory]:
        from animgd.trajectory import descend

        runs = []
        for run in panel.runs:
            assert run.start is not None  # filled in by the scene
            runs.append(descend(self._objectives[panel.loss], run.optimizer, run.start, self._scene.epochs))
        return runs

    def _decayed(self, panel: FilledPanel, optimizer: AnyOptimizer) -> Minimum | None:
        from animgd.minimum import solve

        decay = weight_decay(optimizer)
        objective = self._objectives[panel.loss]
        return solve(objective, decay) if decay and objective.convex else None

    def _found(self, paths: list[list[Trajectory]], minima: dict[object, Minimum | None]) -> Window:
        anchors = [(r.start.weight, r.start.bias) for p in self._panels for r in p.runs if r.start]
        anchors += [(m.weight, m.bias) for m in minima.values() if m]
        anchor = np.array(anchors)
        span = np.maximum(np.ptp(anchor, axis=0), 0.25 * np.ptp(anchor, axis=0).max() or 1.0)
        low, high = anchor.min(0) - FURTHEST * span, anchor.max(0) + FURTHEST * span
        walked = np.concatenate([np.stack([t.weight, t.bias], 1) for runs in paths for t in runs])
        with np.errstate(invalid="ignore"):
            near = walked[((walked >= low) & (walked <= high)).all(1)]
        shown = np.concatenate([anchor, near])
        low, high = shown.min(0), shown.max(0)
        margin = MARGIN * np.maximum(high - low, 0.25 * (high - low).max() or 1.0)
        low, high = low - margin, high + margin
        return Window(bias=(float(low[1]), float(high[1])), weight=(float(low[0]), float(high[0])))


def _solved(objective: Objective) -> Minimum | None:
    from animgd.minimum import solve

    return solve(objective) if objective.convex else None


def _refined(objective: Objective, landscape: Landscape) -> Minimum | None:
    from animgd.minimum import refine

    return refine(objective, landscape)


def _surveyed(objective: Objective, window: Window, resolution: int) -> Landscape:
    from animgd.landscape import survey

    return survey(objective, window, resolution)


def weight_decay(optimizer: AnyOptimizer) -> float:
    """The weight decay that an optimizer adds to the gradient, 0 where it has none or applies it apart."""
    settings = dict(optimizer.settings)
    named = not isinstance(optimizer, Optimizer) or isinstance(optimizer.factory, str)
    coupled = named and optimizer.name in COUPLED and not settings.get("decoupled_weight_decay", False)
    return float(settings.get("weight_decay", 0.0)) if coupled else 0.0


def remarks(scene: Scene, recording: Recording) -> Iterator[str]:
    """What a viewer should know before believing the film: one line each."""
    for optimizer in {run.optimizer: None for panel in scene.grid for run in panel.runs}:
        yield from optimizer.remarks
    for panel, recorded in zip(scene.grid, recording.panels, strict=True):
        loss = recorded.landscape.loss
        if not np.isfinite(loss).any():
            yield f"{panel.title}: the loss is not finite anywhere in the window"
        elif np.nanmin(loss) == np.nanmax(loss):
            yield f"{panel.title}: the loss is constant over the window"
        for run, path in zip(panel.runs, recorded.runs, strict=True):
            if path.diverged_at is not None:
                yield f"{panel.title}{run.label and ', ' + run.label}: diverged at epoch {path.diverged_at}"
