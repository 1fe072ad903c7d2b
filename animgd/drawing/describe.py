"""The film as data: what `-f json` writes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from animgd._version import __version__
from animgd.drawing.timeline import Timeline
from animgd.layout import Layout, PanelBox
from animgd.recording.events import Event, events, same_as
from animgd.recording.model import Minimum, PanelRecording, Recording
from animgd.recording.settling import settled_at
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
            _placed(scene.grid, recording, panel, place)
            for panel, place in zip(range(len(scene.grid)), layout.panels, strict=False)
        ],
    }


def _placed(grid: Sequence[FilledPanel], recording: Recording, panel: int, place: PanelBox) -> dict[str, Any]:
    filled, recorded, scale = grid[panel], recording.panels[panel], place.scale
    window, twin = recorded.landscape.window, same_as(recording, panel)
    same = [] if twin is None else [Event(0, "same_as", grid[twin].title)]
    decay = {"decay": recorded.landscape.decay} if recorded.landscape.decay else {}
    return {
        "title": filled.title,
        "box": list(place.box),
        "axes": list(recording.axes),
        "landscape": scale and {"low": scale.low, "high": scale.high, "log": scale.log, **decay},  # of the colour bar
        "window": {"bias": list(window.bias), "weight": list(window.weight)},
        "minimum": _minimum(recorded.minimum),
        "minima": [_minimum(point) for point in recorded.minima],
        **({"maxima": [_minimum(point) for point in recorded.maxima]} if recorded.maxima else {}),
        "runs": [_run(run, recorded, r, same) for r, run in enumerate(filled.runs)],
    }


def _minimum(minimum: Minimum | None) -> dict[str, Any] | None:
    return None if minimum is None else dict(vars(minimum))


def _run(run: Run, recorded: PanelRecording, number: int, same: list[Event]) -> dict[str, Any]:
    path, decayed = recorded.runs[number], recorded.decayed[number]
    told = {
        "label": run.label,
        "optimizer": _optimizer(run.optimizer),
        "steps_per_epoch": path.steps_per_epoch,
        "weight": path.weight.tolist(),
        "bias": path.bias.tolist(),
        "loss": path.loss.tolist(),
        "lr": None if path.lr is None else path.lr.tolist(),
        "diverged_at": None if path.diverged_at is None else _plain(path.epoch(path.diverged_at)),
        "settled_at": _plain(settled_at(recorded, number)),
        "events": [{**event._asdict(), "epoch": _plain(event.epoch)} for event in (*same, *events(recorded, number))],
    }
    # Where weight decay pulls the run: the minimum of loss (-loss, where it ascends) + (decay / 2) · ‖parameters‖².
    return told if decayed is None else {**told, "decayed_minimum": _minimum(decayed)}


def _plain(epoch: Fraction | int | None) -> float | int | None:
    """An epoch as a number of JSON."""
    return epoch if epoch is None or isinstance(epoch, int) else float(epoch) if epoch % 1 else int(epoch)


def _optimizer(optimizer: AnyOptimizer) -> dict[str, Any]:
    plain = (bool, int, float, str, type(None), tuple)
    settings = {k: v if isinstance(v, plain) else type(v).__name__ for k, v in optimizer.settings}
    return {"name": optimizer.name, **settings}
