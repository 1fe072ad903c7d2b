"""What a viewer should know before believing a film."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from animgd.records import Recording
from animgd.scene import Scene


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
            if path.diverged_at is not None and np.isfinite(loss).any():
                yield f"{panel.title}{run.label and ', ' + run.label}: diverged at epoch {path.diverged_at}"
