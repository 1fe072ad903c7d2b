"""Recordings as bytes in NumPy's npz format, without pickle."""

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
    """A recording as an uncompressed .npz, in which every member has a checksum."""
    arrays: dict[str, Series] = {}
    names: dict[int, str] = {}

    def add(value: Series) -> str:
        if id(value) not in names:  # panels may share a landscape
            names[id(value)] = f"a{len(names)}"
            arrays[names[id(value)]] = value
        return names[id(value)]

    def trajectory(run: Trajectory) -> dict[str, Any]:
        return {k: add(v) if isinstance(v, np.ndarray) else v for k, v in vars(run).items()}

    panels = [
        {
            "window": [panel.landscape.window.bias, panel.landscape.window.weight],
            "landscape": add(panel.landscape.loss),
            "minima": [vars(minimum) for minimum in panel.minima],
            "maxima": [vars(minimum) for minimum in panel.maxima],
            "decayed": [minimum and vars(minimum) for minimum in panel.decayed],
            "runs": [trajectory(run) for run in panel.runs],
            "ghost": panel.ghost and trajectory(panel.ghost),
        }
        for panel in recording.panels
    ]
    points = None if recording.points is None else add(recording.points)
    text = json.dumps({"axes": recording.axes, "points": points, "panels": panels, "warnings": recording.warnings})
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, told=np.frombuffer(text.encode(), np.uint8), **arrays)
    return file.getvalue()


def loads(data: bytes) -> Recording:
    """The recording that `dumps` made these bytes of. Raises: ValueError, if they are damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays.pop("told").tobytes())
        points = None if header["points"] is None else arrays[header["points"]]
        panels = tuple(_panel(panel, arrays) for panel in header["panels"])
        return Recording(panels, tuple(header["axes"]), points, tuple(header["warnings"]))
    except (zipfile.BadZipFile, OSError, EOFError, LookupError, TypeError, AttributeError, NotImplementedError,
            SceneError) as error:  # fmt: skip
        raise ValueError(f"not a recording: {error}") from error


def _panel(fields: dict[str, Any], arrays: dict[str, Any]) -> PanelRecording:
    bias, weight = fields["window"]
    window = Window(bias=tuple(bias), weight=tuple(weight))
    return PanelRecording(
        Landscape(window, arrays[fields["landscape"]]),
        tuple(Minimum(**minimum) for minimum in fields["minima"]),
        tuple(_path(run, arrays) for run in fields["runs"]),
        tuple(map(_minimum, fields["decayed"])),
        fields["ghost"] and _path(fields["ghost"], arrays),
        tuple(Minimum(**minimum) for minimum in fields["maxima"]),
    )


def _path(fields: dict[str, Any], arrays: dict[str, Any]) -> Trajectory:
    series = ("weight", "bias", "loss", "gradient", "momentum")
    return Trajectory(**{k: arrays[v] if k in series and v is not None else v for k, v in fields.items()})


def _minimum(fields: dict[str, Any] | None) -> Minimum | None:
    return None if fields is None else Minimum(**fields)
