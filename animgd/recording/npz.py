"""Recordings as bytes in NumPy's npz format, without pickle."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from animgd.errors import SceneError
from animgd.recording.model import (
    Boundaries,
    Curvature,
    Curves,
    Landscape,
    Minimum,
    PanelRecording,
    PlaneRecording,
    Recording,
    Series,
    Trajectory,
)
from animgd.scene.codec import decoded, described
from animgd.scene.problem import Window

KINDS = (Recording, PanelRecording, PlaneRecording, Landscape, Window, Minimum, Trajectory, Curvature, Curves,
         Boundaries)  # fmt: skip


def dumps(recording: Recording) -> bytes:
    """A recording as an uncompressed .npz, in which every member has a checksum."""
    arrays: dict[str, Series] = {}
    names: dict[int, str] = {}

    def told(value: Any) -> dict[str, Any]:
        if not isinstance(value, np.ndarray):
            return described(value)
        name = names.setdefault(id(value), f"a{len(names)}")  # panels may share a landscape
        arrays[name] = value
        return {"kind": "array", "name": name}

    text = json.dumps(recording, default=told)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, told=np.frombuffer(text.encode(), np.uint8), **arrays)
    return file.getvalue()


def loads(data: bytes) -> Recording:
    """The recording that `dumps` made these bytes of. Raises: ValueError, if they are damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        makers = {kind.__name__: kind for kind in KINDS} | {"array": lambda name: arrays[name]}
        recording = decoded(arrays.pop("told").tobytes(), makers)
    except (zipfile.BadZipFile, OSError, EOFError, LookupError, TypeError, AttributeError, NotImplementedError,
            SceneError) as error:  # fmt: skip
        raise ValueError(f"not a recording: {error}") from error
    if not isinstance(recording, Recording):
        raise ValueError("not a recording")
    return recording
