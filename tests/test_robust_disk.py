"""A full disk, at whatever moment: `No space left`, the older film untouched, the first reason told."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animgd import Lecture, Pause, Scene, Title, Video
from animgd.encoders import FORMATS
from animgd.encoders.mp4.locate import executable
from animgd.errors import AnimgdError
from animgd.output import preflight
from animgd.output.lecture.encoding import prepared
from animgd.output.lecture.film import render_lecture
from animgd.output.recorder.base import Here
from animgd.output.target import Target
from tests import doubles
from tests.encoders.test_contract import content, make
from tests.rig import HEAD, LONGER, Program, count

ROW = "disk full"
SIZE = (96, 64)
FULL = "No space left on device"


def film(count: int = 6) -> Any:
    """A film with some bytes in every format."""
    return replace(doubles.info(SIZE, count=count), describe=lambda: {"loss": list(np.arange(9000) / 7)})


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A place to mount disks at; they need root."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid():
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], capture_output=True)


@contextmanager
def mounted(place: Path, size: int) -> Iterator[None]:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.long
@pytest.mark.parametrize("name", FORMATS)
def test_fill_levels(disk: Path, tmp_path: Path, name: str, record_property) -> None:
    """Disks of many sizes that are all too small: the older film stays, one line names the reason."""
    info = film(5)
    whole = content(make(name, tmp_path / "whole", info, doubles.noise(info)))
    pages = sum(-(-len(data) // 4096) for data in whole.values())
    levels = sorted({1 + pages * level // count(4, 20) for level in range(count(4, 20))})
    record_property("count", len(levels))
    for level in levels:
        with mounted(disk, (level + 1) * 4096 if level < pages else pages * 4096):
            target = old(disk, name)
            with pytest.raises(AnimgdError, match=FULL) as caught:
                make(name, target, info, doubles.noise(info))
            assert str(caught.value).isprintable()
            assert list(content(target).values()) == [b"old"]
            assert doubles.names(disk) == ["film"]


def old(folder: Path, name: str) -> Path:
    """An older film under the name."""
    target = folder / "film"
    if FORMATS[name].suffix:
        target.write_text("old")
    else:
        target.mkdir()
        (target / "00000.png").write_text("old")
    return target


class Torn:
    """A file whose k-th write, flush or close fails, counted over all files; cleaning up fails from then on too."""

    def __init__(self, file: Any, tearing: Tearing) -> None:
        self._file, self._tearing = file, tearing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Torn:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def write(self, data: Any) -> int:
        self._tearing.step("write")
        return int(self._file.write(data))

    def flush(self) -> None:
        self._tearing.step("flush")
        self._file.flush()

    def close(self) -> None:
        self._file.close()
        self._tearing.step("close")


class Tearing:
    """Counts the calls of one kind, and lets number k fail."""

    def __init__(self, kind: str, number: int) -> None:
        self.kind, self.number, self.calls = kind, number, 0

    def step(self, kind: str) -> None:
        if kind == self.kind:
            self.calls += 1
            if self.calls == self.number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["write", "flush", "close", "fsync", "rename", "replace", "mkdir"])
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "mp4"])
def test_every_step_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str, record_property
) -> None:
    """The k-th write, flush, close, fsync, rename for every k, until none fails: old or new, and one line."""
    info, failed = film(), 0
    for number in range(1, 500):
        folder = tmp_path / str(number)
        folder.mkdir()
        target, tearing = old(folder, name), Tearing(kind, number)
        with monkeypatch.context() as patch:
            tear(patch, tearing)
            try:
                make(name, target, info, doubles.frames(info))
                right = True
            except AnimgdError as error:
                right = False
                assert FULL in str(error) and str(error).isprintable()
        assert doubles.names(folder) == ["film"]
        kept = list(content(target).values()) == [b"old"]
        assert right or kept or kind == "fsync"  # the folder's own, after the change of names
        failed += not right
        shutil.rmtree(folder)
        if tearing.calls < number:
            break
    assert failed or number == 1  # a failure of tidying up alone is not told
    record_property("count", number - 1)


def tear(patch: pytest.MonkeyPatch, tearing: Tearing) -> None:
    opening = io.open

    def torn(path: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
        file = opening(path, mode, *given, **named)
        return Torn(file, tearing) if "w" in mode else file

    patch.setattr(io, "open", torn)
    for step in ("fsync", "rename", "replace", "mkdir"):
        patch.setattr(os, step, counted(getattr(os, step), step, tearing))


def counted(right: Any, step: str, tearing: Tearing) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        tearing.step(step)
        return right(*given, **named)

    return call


@pytest.mark.long
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_every_write_of_ffmpeg_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property) -> None:
    """The k-th write of ffmpeg itself fails, for every k: status 1 or not, no broken film is published."""
    real, info, failed, number = executable(), film(), 0, 0
    for number in range(1, 60):
        fake, log = tmp_path / "ffmpeg", tmp_path / "log"
        fake.write_text(
            f"#!/bin/sh\nexec strace -f -qq -o {log} -e trace=write "
            f'-e inject=write:error=ENOSPC:when={number}+ "{real}" "$@"\n'
        )
        fake.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))
        target = old(tmp_path, "mp4")
        try:
            make("mp4", target, info, doubles.frames(info))
        except AnimgdError as error:
            assert str(error).isprintable()
            assert target.read_bytes() == b"old"
            failed += 1
        assert sorted(doubles.names(tmp_path)) == ["ffmpeg", "film", "log"]
        if "INJECTED" not in log.read_text():
            break
        if target.read_bytes() != b"old":  # what failed was no part of the film
            assert len(doubles.decode(target, SIZE)) == info.count
    assert failed
    record_property("count", number)


@pytest.mark.long
def test_the_program_refuses_a_full_disk_at_once(disk: Path, tmp_path: Path) -> None:
    """Before the first frame: what cannot fit is refused with what is needed and what is free."""
    program = Program(tmp_path)
    scene = program.write("film.py", HEAD + LONGER)
    with mounted(disk, 8 * 4096):
        done = program.run(scene, "-o", disk, "-f", "png")
        assert done.status == 1 and len(done.err) == 1 and FULL in done.err[0]
        assert "are needed" in done.err[0] and "-o" in done.err[0]
        assert doubles.names(disk) == []


@pytest.mark.long
def test_a_lecture_on_a_full_disk(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full in a piece, in the film that joins them, or in what stands beside it: the older films stay, in one line."""
    monkeypatch.setattr(preflight, "check_files", lambda *given: None)
    lecture = Lecture((Title("A talk"), Scene(losses=("MSELoss",), epochs=6), Pause("Look.", 1)), title="A talk",
                      video=Video(320, 180, 10))  # fmt: skip
    ready = prepared(lecture.replace(names=("title", "scene", "pause")), Here(), cache=False)
    render_lecture(ready, [Target(tmp_path / "talk.mp4", "mp4")])
    whole = {file.name: file.read_bytes() for file in tmp_path.glob("talk*")}
    pages = sum(-(-len(data) // 4096) for data in whole.values()) + -(-len(whole["talk.mp4"]) // 4096)
    old, failed = dict.fromkeys(whole, b"old"), 0
    for free in range(0, pages + 8, max(1, pages // count(6, 30))):
        with mounted(disk, (len(old) + 2 + free) * 4096):
            for name, data in old.items():
                (disk / name).write_bytes(data)
            try:
                render_lecture(ready, [Target(disk / "talk.mp4", "mp4")])
            except AnimgdError as error:
                failed += 1
                assert FULL in str(error) and str(error).isprintable()
            found = {file.name: file.read_bytes() for file in disk.iterdir()}
            assert found in (old, whole)
    assert failed > 2
