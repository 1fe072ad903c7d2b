"""A recording as bytes, and back; no pickle anywhere."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from animgd.errors import SceneError
from animgd.recording.model import Landscape, Minimum, PanelRecording, Recording, Series, Trajectory
from animgd.scene.problem import Window


def dumps(recording: Recording) -> bytes:
    """An uncompressed .npz; every member has its checksum."""
    arrays: dict[str, Series] = {}
    names: dict[int, str] = {}

    def keep(value: Series) -> str:
        if id(value) not in names:  # panels may share a landscape
            names[id(value)] = f"a{len(names)}"
            arrays[names[id(value)]] = value
        return names[id(value)]

    def path(run: Trajectory) -> dict[str, Any]:
        return {k: keep(v) if isinstance(v, np.ndarray) else v for k, v in vars(run).items()}

    panels = [
        {
            "window": [panel.landscape.window.bias, panel.landscape.window.weight],
            "landscape": keep(panel.landscape.loss),
            "minima": [vars(place) for place in panel.minima],
            "maxima": [vars(place) for place in panel.maxima],
            "decayed": [place and vars(place) for place in panel.decayed],
            "runs": [path(run) for run in panel.runs],
            "ghost": panel.ghost and path(panel.ghost),
        }
        for panel in recording.panels
    ]
    points = None if recording.points is None else keep(recording.points)
    told = json.dumps({"axes": recording.axes, "points": points, "panels": panels, "warnings": recording.warnings})
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, told=np.frombuffer(told.encode(), np.uint8), **arrays)
    return file.getvalue()


def loads(data: bytes) -> Recording:
    """The recording that was dumps. Raises: ValueError, whatever is wrong with the bytes."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        told = json.loads(arrays.pop("told").tobytes())
        points = None if told["points"] is None else arrays[told["points"]]
        panels = tuple(_panel(panel, arrays) for panel in told["panels"])
        return Recording(panels, tuple(told["axes"]), points, tuple(told["warnings"]))
    except (zipfile.BadZipFile, OSError, EOFError, LookupError, TypeError, AttributeError, NotImplementedError,
            SceneError) as error:  # fmt: skip
        raise ValueError(f"no recording: {error}") from error


def _panel(told: dict[str, Any], arrays: dict[str, Any]) -> PanelRecording:
    bias, weight = told["window"]
    window = Window(bias=tuple(bias), weight=tuple(weight))
    return PanelRecording(
        Landscape(window, arrays[told["landscape"]]),
        tuple(Minimum(**place) for place in told["minima"]),
        tuple(_path(run, arrays) for run in told["runs"]),
        tuple(map(_minimum, told["decayed"])),
        told["ghost"] and _path(told["ghost"], arrays),
        tuple(Minimum(**place) for place in told["maxima"]),
    )


def _path(told: dict[str, Any], arrays: dict[str, Any]) -> Trajectory:
    series = ("weight", "bias", "loss", "gradient", "momentum")
    return Trajectory(**{k: arrays[v] if k in series and v is not None else v for k, v in told.items()})


def _minimum(told: dict[str, Any] | None) -> Minimum | None:
    return None if told is None else Minimum(**told)
