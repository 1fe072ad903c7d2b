"""Warnings about a recording: divergence, constant or undefined losses, ignored settings."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

import numpy as np

from animgd.recording import precision
from animgd.recording.model import Recording, Trajectory
from animgd.scene.optimizers import SGD
from animgd.scene.problem import Function
from animgd.scene.runs.run import cycles_momentum
from animgd.scene.scene import Scene
from animgd.scene.weight_decay import coupled_decay, other_decay


def declared(scene: Scene) -> Iterator[str]:
    """Warnings that do not need training: ignored settings, and data that single precision distorts."""
    runs = [run for panel in scene.grid for run in panel.runs]
    for optimizer in {run.optimizer: None for run in runs if not cycles_momentum(run)}:
        if isinstance(optimizer, SGD):
            yield from optimizer.remarks
    yield from precision.remarks(scene.problem)


def remarks(scene: Scene, recording: Recording) -> Iterator[str]:
    """All warnings about a recording, one line each."""
    yield from declared(scene)
    yield from recording.warnings
    runs = [run for panel in scene.grid for run in panel.runs]
    rests = [point for panel in recording.panels for point in panel.decayed]
    for optimizer in {run.optimizer: None for run in runs}:
        lost = any(run.optimizer == optimizer and point is None for run, point in zip(runs, rests, strict=True))
        if scene.problem.plane is not None:  # of a model, no minimum is claimed at all
            continue
        if other_decay(optimizer) or (coupled_decay(optimizer) and lost):
            decay = f"{optimizer.name}: the point where its weight decay and the loss balance"
            yield f"{decay} is unknown, so it is not marked"
    random = {warning.partition(" is random")[0] for warning in recording.warnings}
    declared_minima = isinstance(scene.problem, Function) and scene.problem.minima is not None
    for panel, recorded in zip(scene.grid, recording.panels, strict=True):
        loss = recorded.landscape.loss
        if not np.isfinite(loss).any():
            yield f"{panel.title}: the loss is not finite anywhere in the window"
        elif np.nanmin(loss) == np.nanmax(loss):
            yield f"{panel.title}: the loss is constant over the window"
        elif panel.loss and not recorded.plane and not recorded.minima and panel.loss.name not in random:
            yield f"{panel.title}: no unique minimum was found, so none is marked"
        if recorded.minima and recorded.minima[0].proven is False and declared_minima:
            yield f"{panel.title}: the loss is lower in the window than at the declared minima"
        for run, path in zip(panel.runs, recorded.runs, strict=True):
            if path.fate and np.isfinite(loss).any():
                yield f"{panel.title}{run.label and ', ' + run.label}: {_fate(path)}"


def _fate(path: Trajectory) -> str:
    """How a run ended: a path that was never far away has met a loss that is no number, and has not diverged."""
    step = path.diverged_at
    if not step or np.isfinite(path.loss[step]):
        return path.fate
    what = "not a number" if np.isnan(path.loss[step]) else "infinite"
    since = "at" if np.isfinite(path.loss[step:]).any() else "from"
    return f"the loss is {what} {since} epoch {floor(path.epoch(step))}"
