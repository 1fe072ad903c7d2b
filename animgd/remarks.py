"""What a viewer should know before believing a film."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from animgd import rounding
from animgd.records import Recording
from animgd.scene import Scene


def declared(scene: Scene) -> Iterator[str]:
    """What is known before anything is trained: ignored settings, and data that single precision spoils."""
    for optimizer in {run.optimizer: None for panel in scene.grid for run in panel.runs}:
        yield from optimizer.remarks
    yield from rounding.remarks(scene.problem)


def remarks(scene: Scene, recording: Recording) -> Iterator[str]:
    """What a viewer should know before believing the film: one line each."""
    yield from declared(scene)
    yield from recording.warnings
    for panel, recorded in zip(scene.grid, recording.panels, strict=True):
        loss = recorded.landscape.loss
        if not np.isfinite(loss).any():
            yield f"{panel.title}: the loss is not finite anywhere in the window"
        elif np.nanmin(loss) == np.nanmax(loss):
            yield f"{panel.title}: the loss is constant over the window"
        for run, path in zip(panel.runs, recorded.runs, strict=True):
            if path.diverged_at is not None and np.isfinite(loss).any():
                yield f"{panel.title}{run.label and ', ' + run.label}: diverged at epoch {path.diverged_at}"
