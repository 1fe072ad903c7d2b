"""The film as data: what `-f json` writes."""

from __future__ import annotations

from typing import Any

from animgd._version import __version__
from animgd.drawing.timeline import Timeline
from animgd.layout import Layout, PanelBox
from animgd.recording.model import Minimum, PanelRecording, Recording, Trajectory
from animgd.scene.scene import AnyOptimizer, FilledPanel, Run, Scene


def document(scene: Scene, recording: Recording, layout: Layout, timeline: Timeline) -> dict[str, Any]:
    """Everything a page needs to draw over the film. Units: boxes in pixels of the frame, top-left origin."""
    return {
        "animgd": __version__,
        "title": scene.title or "",
        "width": layout.size[0],
        "height": layout.size[1],
        "fps": f"{timeline.fps.numerator}/{timeline.fps.denominator}",
        "frames": timeline.count,
        "epoch_of_frame": [float(timeline.moment(frame)) for frame in range(timeline.count)],
        "panels": [
            _placed(filled, recorded, place, recording.axes)
            for filled, place, recorded in zip(scene.grid, layout.panels, recording.panels, strict=False)
        ],
    }


def _placed(filled: FilledPanel, recorded: PanelRecording, place: PanelBox, axes: tuple[str, str]) -> dict[str, Any]:
    window, scale = recorded.landscape.window, place.scale
    decay = {"decay": recorded.landscape.decay} if recorded.landscape.decay else {}
    runs = zip(filled.runs, recorded.runs, recorded.decayed, strict=True)
    return {
        "title": filled.title,
        "box": list(place.box),
        "axes": list(axes),
        "landscape": scale and {"low": scale.low, "high": scale.high, "log": scale.log, **decay},  # of the colour bar
        "window": {"bias": list(window.bias), "weight": list(window.weight)},
        "minimum": _minimum(recorded.minimum),
        "minima": [_minimum(point) for point in recorded.minima],
        **({"maxima": [_minimum(point) for point in recorded.maxima]} if recorded.maxima else {}),
        "runs": [_run(run, path, decayed) for run, path, decayed in runs],
    }


def _minimum(minimum: Minimum | None) -> dict[str, Any] | None:
    return None if minimum is None else dict(vars(minimum))


def _run(run: Run, path: Trajectory, decayed: Minimum | None) -> dict[str, Any]:
    told = {
        "label": run.label,
        "optimizer": _optimizer(run.optimizer),
        "weight": path.weight.tolist(),
        "bias": path.bias.tolist(),
        "loss": path.loss.tolist(),
        "diverged_at": path.diverged_at,
    }
    # Where weight decay pulls the run: the minimum of loss (-loss, where it ascends) + (decay / 2) · ‖parameters‖².
    return told if decayed is None else {**told, "decayed_minimum": _minimum(decayed)}


def _optimizer(optimizer: AnyOptimizer) -> dict[str, Any]:
    plain = (bool, int, float, str, type(None), tuple)
    settings = {k: v if isinstance(v, plain) else type(v).__name__ for k, v in optimizer.settings}
    return {"name": optimizer.name, **settings}
