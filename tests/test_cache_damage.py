"""Damaged and foreign entries of the cache: noticed before anything parses them, recorded again, replaced."""

from __future__ import annotations

import os
import socket
import tokenize
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import test_cache
from test_cache import RECORDING, SCENE, named

from animgd.output import render
from animgd.output.recorder.base import Here
from animgd.recording import cache
from animgd.scene.scene import Scene

place, trained = test_cache.place, test_cache.trained


def damages() -> dict[str, Callable[[bytes], bytes]]:
    """What may have become of a file."""
    return {
        "empty": lambda data: b"",
        "half": lambda data: data[: len(data) // 2],
        "all but a byte": lambda data: data[:-1],
        "a byte more": lambda data: data + b"\0",
        "zeros": lambda data: bytes(len(data)),
        "foreign": lambda data: b"PK\x03\x04 not ours",
        "text": lambda data: b"hello\n" * 50,
        "huge sizes": lambda data: data.replace(b"(3, 3)", b"(9999999999, 3)"[:6]),
        "without a head": lambda data: data[cache.HEAD :],
        "the head alone": lambda data: data[: cache.HEAD],
    }


@pytest.mark.parametrize("damage", damages())
def test_damaged_recordings_are_replaced(damage: str, place: Path, trained: list[Scene]) -> None:
    """A file that is not whole is as good as none: the scene is recorded again and the file replaced."""
    cache.store(named(), RECORDING)
    file = place / f"{named()}.recording"
    good = file.read_bytes()
    file.write_bytes(damages()[damage](good))
    recorder = Here()
    for _ in range(2):
        render.recorded(SCENE, recorder)
        assert trained == [SCENE]
        assert file.read_bytes() == good


def test_every_flipped_bit_is_noticed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bit of an entry can change unseen, and nothing parses an entry that is not what was written."""
    cache.store(named(), RECORDING)
    good = (place / f"{named()}.recording").read_bytes()
    parsed: list[bytes] = []
    monkeypatch.setattr(cache, "loads", parsed.append)
    read = bytearray(good)
    monkeypatch.setattr(cache, "_read", lambda file, most: bytes(read))
    name, head = named(), cache.HEAD + 600  # the first member's names, sizes and NumPy header too
    bits = [(at, bit) for at in range(head) for bit in range(8)]
    for at, bit in bits + [(at, at % 8) for at in range(head, len(good))]:
        read[at] ^= 1 << bit
        cache.load(name)
        read[at] ^= 1 << bit
    assert parsed == []
    cache.load(name)
    assert parsed == [good[cache.HEAD :]]


def test_exchanged_entries_are_noticed(place: Path, trained: list[Scene]) -> None:
    """An entry under another's name is not that other recording: both are recorded again, and are right then."""
    other = replace(SCENE, epochs=3)
    for scene in (SCENE, other):
        cache.store(named(scene), RECORDING)
    files = [place / f"{named(scene)}.recording" for scene in (SCENE, other)]
    data = [file.read_bytes() for file in files]
    for file, content in zip(files, reversed(data), strict=True):
        file.write_bytes(content)
    recorder = Here()
    for scene in (SCENE, other, SCENE, other):
        render.recorded(scene, recorder)
    assert trained == [SCENE, other]
    assert [file.read_bytes() for file in files] == data


@pytest.mark.parametrize("error", [SyntaxError, RuntimeError, MemoryError, RecursionError, tokenize.TokenError])
def test_what_cannot_be_parsed_is_recorded_again(
    error: type[Exception], trained: list[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a reader raises over an entry that is what was written, the scene is recorded again."""
    cache.store(named(), RECORDING)

    def loads(data: bytes) -> None:
        raise error

    monkeypatch.setattr(cache, "loads", loads)
    recorder = Here()
    assert render.recorded(SCENE, recorder) is RECORDING
    assert trained == [SCENE]


OTHERS: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to a device": lambda file: file.symlink_to("/dev/zero"),
    "a link to a pipe": lambda file: (os.mkfifo(file.with_suffix(".pipe")), file.symlink_to(file.with_suffix(".pipe"))),
    "a link to itself": lambda file: file.symlink_to(file.name),
    "a link to nothing": lambda file: file.symlink_to("nothing"),
    "a socket": lambda file: socket.socket(socket.AF_UNIX).bind(os.path.relpath(file)),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_file_is_never_opened(
    kind: str, place: Path, trained: list[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever has the name of an entry, the scene is recorded again at once; all but a folder is replaced."""
    place.mkdir(parents=True)
    (place / cache.MARKER).write_text("")
    monkeypatch.chdir(place)
    file = place / f"{named()}.recording"
    OTHERS[kind](file)
    opened = os.open
    real = lambda path, *rest: opened(path, *rest) if Path(path) != file else pytest.fail("opened")  # noqa: E731
    recorder = Here()
    with monkeypatch.context() as patch:
        patch.setattr(cache.os, "open", real)
        assert render.recorded(SCENE, recorder) is RECORDING
    assert trained == [SCENE]
    assert (cache.load(named()) is None) == (kind == "a folder")


def test_a_file_that_becomes_a_pipe_does_not_hang(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at may be exchanged before it is opened."""
    cache.store(named(), RECORDING)
    file = place / f"{named()}.recording"
    looked = file.lstat()
    file.unlink()
    os.mkfifo(file)
    monkeypatch.setattr(cache.Path, "lstat", lambda path: looked)
    assert cache.load(named()) is None


def test_an_endless_file_is_read_to_a_bound(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file much larger than any entry is not read to its end."""
    cache.store(named(), RECORDING)
    monkeypatch.setattr(cache, "ROOM", 1 << 20)
    with (place / f"{named()}.recording").open("r+b") as file:
        file.truncate(1 << 26)
    tracemalloc.start()
    assert cache.load(named()) is None
    assert tracemalloc.get_traced_memory()[1] < 2 << 20
    tracemalloc.stop()
