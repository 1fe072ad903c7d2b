"""The landscape that weight decay makes of a loss: loss + (weight_decay / 2) · ‖parameters‖²."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from animgd.recording.model import Landscape, PanelRecording, Recording
from animgd.scene.scene import FilledPanel, Scene
from animgd.scene.weight_decay import ascends, coupled_decay


def with_objective(scene: Scene, recording: Recording) -> Recording:
    """The recording with the landscapes that are drawn: with weight decay where a scene shows the objective.

    Trajectories keep the loss. A second call changes nothing.
    """
    if not scene.shows("objective") or scene.problem.plane is not None:
        return recording
    rows = zip(scene.grid, recording.panels, strict=True)
    return replace(recording, panels=tuple(_decayed(recorded, common_decay(panel)) for panel, recorded in rows))


def common_decay(panel: FilledPanel) -> float:
    """The weight decay that all runs of a panel add to the gradient they descend; 0 if there is no such number."""
    found = {0.0 if ascends(run.optimizer) else coupled_decay(run.optimizer) for run in panel.runs}
    return found.pop() if len(found) == 1 else 0.0


def _decayed(recorded: PanelRecording, decay: float) -> PanelRecording:
    wider = tuple(landscape_with(land, decay) for land in recorded.wider)
    near = recorded.near and landscape_with(recorded.near, decay)
    return replace(recorded, landscape=landscape_with(recorded.landscape, decay), wider=wider, near=near)


def landscape_with(land: Landscape, decay: float) -> Landscape:
    """A landscape with so much weight decay added to its loss."""
    if land.decay == decay:
        return land
    weight, bias = (np.linspace(*side, len(land.loss)) for side in (land.window.weight, land.window.bias))
    more = (decay - land.decay) / 2 * (weight[:, None] ** 2 + bias[None, :] ** 2)
    return replace(land, loss=land.loss + more, decay=decay)


def remarks(scene: Scene) -> Iterator[str]:
    """Where the objective is asked for but does not apply."""
    if not scene.shows("objective"):
        return
    if scene.problem.plane is not None:
        yield "no objective: in a plane, the norm of all parameters is not to be seen"
        return
    needed = "the runs of a panel must descend, with one weight decay that is added to the gradient (AdamW's is not)"
    without = [panel.title for panel in scene.grid if not common_decay(panel)]
    if len(without) == len(scene.grid):
        yield f"no objective: {needed}"
    elif without:
        yield f"no objective on {', '.join(without)}: {needed}"
