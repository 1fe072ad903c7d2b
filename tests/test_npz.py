"""A recording as bytes and back: nothing is lost, and no bytes can do harm."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest

from animgd.recording.model import Landscape, Minimum, PanelRecording, Recording, Trajectory
from animgd.recording.npz import dumps, loads
from animgd.scene.problem import Window
from tests import fabricated

ODD = np.array([0.1, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.7976931348623157e308, 1 / 3])


def same(one: object, other: object) -> bool:
    """Whether two records are equal to the last bit, nan and the sign of zero included."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(same, one, other))
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))  # type: ignore[arg-type]
    return one == other and type(one) is type(other)


def odd() -> Recording:
    """A recording with every kind of number, shared landscapes, and everything that may be None."""
    land = Landscape(Window(bias=(-0.1, 1e9), weight=(-3.0, 1 / 3)), np.array([[np.nan, 1.0], [np.inf, -0.0]]))
    run = Trajectory(ODD, ODD[::-1].copy(), ODD + 1, np.stack([ODD, -ODD], 1), None, None)
    gone = replace(run, momentum=np.stack([-ODD, ODD], 1), diverged_at=3)
    minimum = Minimum(1 / 3, -2.5e-300, 0.1, True)
    panels = (
        PanelRecording(land, (minimum, minimum), (run, gone), (None, replace(minimum, proven=False)), gone, (minimum,)),
        PanelRecording(land, (), (gone,), (None,)),
        PanelRecording(replace(land, loss=np.zeros((2, 2))), (), (), ()),
    )
    return Recording(panels, ("x", "y"), np.stack([ODD, ODD]))


@pytest.mark.parametrize(
    "recording", [odd(), replace(odd(), points=None), fabricated.recording(fabricated.scene(runs=3))]
)
def test_a_round_trip_is_exact(recording: Recording) -> None:
    """What comes back is what went in, to the last bit, and packs to the same bytes again."""
    data = dumps(recording)
    back = loads(data)
    assert same(back, recording)
    assert dumps(back) == data


def test_a_shared_landscape_is_stored_once() -> None:
    """Sixteen panels over one landscape take the room of one."""
    sizes = [
        len(dumps(fabricated.recording(fabricated.scene(panels=n, epochs=1), loss=np.zeros((300, 300)))))
        for n in (1, 16)
    ]
    assert sizes[1] < 1.2 * sizes[0]


def test_nothing_is_pickled() -> None:
    """Every member is a plain array: it loads where pickles are forbidden, and holds no objects."""
    with np.load(io.BytesIO(dumps(odd())), allow_pickle=False) as file:
        assert len(file.files) > 5
        assert all(file[name].dtype.kind in "fu" for name in file.files)


class Bomb:
    """Something whose unpickling would be noticed."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a pickle was loaded",)


def test_pickles_are_refused() -> None:
    """An archive that carries a pickle runs nothing: it is no recording."""
    file = io.BytesIO()
    np.savez(file, told=np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError):
        loads(file.getvalue())


def test_damaged_bytes_are_a_value_error() -> None:
    """Cut short or with a byte changed anywhere, an archive either raises ValueError or still is the recording."""
    recording = fabricated.recording(fabricated.scene(panels=2, epochs=3), loss=np.ones((3, 3)))
    data = dumps(recording)
    for end in range(0, len(data), max(1, len(data) // 97)):
        with pytest.raises(ValueError):
            loads(data[:end])
    for place in range(0, len(data), max(1, len(data) // 397)):
        broken = bytearray(data)
        broken[place] ^= 0x55
        try:
            back = loads(bytes(broken))
        except ValueError:
            continue
        assert same(back, recording)


@pytest.mark.parametrize("told", [b"", b"[]", b"{}", b"null", b'{"panels": 5, "axes": [], "points": null}', b"\xff\xfe",
                                  b'{"kind": "Recording"}', b'{"kind": "Scene"}', b'{"kind": []}', b'{"kind": "array"}',
                                  b'{"kind": "array", "name": "a0"}', b'{"kind": "Recording", "panels": [{}]}',
                                  b'{"kind": "Window", "bias": [0, 1], "weight": [0, 1]}',
                                  b'{"kind": "Window", "bias": [1, 1], "weight": [2, 2]}'])  # fmt: skip
def test_foreign_archives_are_a_value_error(told: bytes) -> None:
    """Another program's .npz, or one of another version, is no recording."""
    file = io.BytesIO()
    np.savez(file, told=np.frombuffer(told, np.uint8))
    with pytest.raises(ValueError):
        loads(file.getvalue())


def test_other_files_are_a_value_error() -> None:
    """So are zips without arrays, single arrays and text."""
    empty, single = io.BytesIO(), io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    np.save(single, np.zeros(3))
    for data in (empty.getvalue(), single.getvalue(), b"", b"some text", bytes(range(256)) * 9):
        with pytest.raises(ValueError):
            loads(data)
