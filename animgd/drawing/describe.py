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
from animgd.scene.runs.run import AnyOptimizer, Run
from animgd.scene.runs.schedule import Schedule
from animgd.scene.scene import FilledPanel, Scene


def document(scene: Scene, recording: Recording, layout: Layout, timeline: Timeline) -> dict[str, Any]:
    """Everything a page needs to draw over the film. Units: boxes in pixels of the frame, top-left origin."""
    return {
        "animgd": __version__,
        "title": scene.title or "",
        **({"device": recording.device} if recording.device else {}),
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
        "axes": list(recorded.plane.axes if recorded.plane else recording.axes),
        **({"variance": list(recorded.plane.shares)} if recorded.plane else {}),  # of the paths, that each axis holds
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
        "batch": run.batch,
        "seed": run.seed,
        "schedule": [_schedule(schedule) for schedule in run.schedules],
        "clip": run.clip,
        "steps_per_epoch": path.steps_per_epoch,
        "weight": path.weight.tolist(),
        "bias": path.bias.tolist(),
        "loss": path.loss.tolist(),
        **({} if path.off_plane is None else {"off_plane": path.off_plane.tolist()}),
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
    return {"name": optimizer.name, **{name: _setting(value) for name, value in optimizer.settings}}


def _schedule(schedule: Schedule) -> dict[str, Any]:
    settings = {name: _setting(value) for name, value in schedule.settings}
    return {"name": schedule.name, "every": schedule.every, **settings}


def _setting(value: Any) -> Any:
    """A setting as JSON; of what is not plain data, the name of its class."""
    if isinstance(value, Schedule):
        return _schedule(value)
    if isinstance(value, tuple):
        return [_setting(each) for each in value]
    return value if isinstance(value, (bool, int, float, str, type(None))) else type(value).__name__
