"""The workers of the GIF: the same bytes whatever their number and whatever happens to them, and none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from animgd import system
from animgd.encoders import workers
from animgd.encoders.gif import compressor
from animgd.encoders.gif.encoder import Gif
from animgd.encoders.gif.ranges import Change, pack, unpack
from tests import doubles
from tests.encoders.test_gif import film, info

COUNT, BUFFERED = 120, 8000  # frames; pixels: about a quarter of them
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are counted on Linux only")


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small films have workers too; after every test there is no child, and no descriptor more than before."""
    monkeypatch.setattr(compressor, "SHORT", 0)
    monkeypatch.setattr("animgd.encoders.gif.encoder.BUFFERED_PIXELS", BUFFERED)
    before = doubles.descriptors()
    yield
    assert doubles.children() == []
    assert doubles.descriptors() == before


def use(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressor, "cores", lambda: max(2, count) if count else 1)
    monkeypatch.setattr(compressor, "MOST_WORKERS", count)


def write(path: Path, *signals: int, at: int = 0) -> bytes:
    """The bytes of a film; before frame `at`, its first workers get these signals."""
    encoder = Gif(path, info(COUNT))
    for n, frame in enumerate(film(COUNT)):
        if n == at:
            for worker, number in zip(sorted(doubles.children()), signals, strict=False):
                os.kill(worker, number)
        encoder.add(frame)
    encoder.finish()
    assert doubles.children() == []
    return path.read_bytes()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The film, compressed without workers."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        use(0, monkeypatch)
        monkeypatch.setattr("animgd.encoders.gif.encoder.BUFFERED_PIXELS", BUFFERED)
        return write(tmp_path_factory.mktemp("alone") / "a.gif")


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_same_bytes_for_any_number(tmp_path: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """The file does not depend on the number of workers, and each number is really started and used."""
    use(count, monkeypatch)
    encoder = Gif(tmp_path / "a.gif", info(COUNT))
    assert len(doubles.children()) == count
    monkeypatch.setattr(encoder._compressor._workers, "_answer", compressor.compress if count == 0 else None)
    for frame in film(COUNT):
        encoder.add(frame)
    encoder.finish()
    assert (tmp_path / "a.gif").read_bytes() == alone


@pytest.mark.parametrize("at", [0, 80, COUNT - 1])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGINT])
@pytest.mark.parametrize("count", [1, 2])
def test_workers_that_die_or_hang(
    tmp_path: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch, at: int, number: int, count: int
) -> None:
    """The encoder compresses by itself what a worker does not, whether one of two is lost or the only one."""
    use(count, monkeypatch)
    monkeypatch.setattr(workers, "PATIENCE", 1.0)
    assert write(tmp_path / "a.gif", number, at=at) == alone


def test_ctrl_c_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has started goes on after SIGINT, and is in a session that the terminal does not reach."""
    packed = pack(np.zeros((2, 3), np.uint8), [Change(np.array([4]), np.array([1], np.uint8))])
    lone = workers.Workers(compressor.compress, 1)
    monkeypatch.setattr(lone, "_answer", None)
    (worker,) = doubles.children()
    assert os.getsid(worker) == worker
    for _ in range(2):
        (image,) = unpack(lone.result(packed, lone.ask(packed)))
        assert image.box == (1, 1, 2, 2)
        os.kill(worker, signal.SIGINT)
    lone.close()


@pytest.mark.parametrize("program", ["/none", "/bin/false"])
def test_workers_that_do_not_start(tmp_path: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """A program that is missing or ends at once costs time, not the film."""
    use(2, monkeypatch)
    monkeypatch.setattr(sys, "executable", program)
    assert write(tmp_path / "a.gif") == alone


@pytest.mark.parametrize("frames", [0, 50, COUNT])
@pytest.mark.parametrize("number", [0, signal.SIGSTOP])
def test_abort_ends_workers_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int, number: int) -> None:
    """Whenever it comes, even to workers that are stopped; `_nothing_left` looks for them."""
    use(2, monkeypatch)
    encoder = Gif(tmp_path / "a.gif", info(COUNT))
    for worker in doubles.children():
        os.kill(worker, number)
    for frame, _ in zip(film(COUNT), range(frames), strict=False):
        encoder.add(frame)
    began = time.monotonic()
    encoder.abort()
    encoder.abort()
    assert time.monotonic() - began < 2


KILLED = """
import os, signal, sys
from tests import doubles
from tests.encoders import test_gif
from animgd.encoders.gif import compressor, encoder
compressor.SHORT, compressor.cores, encoder.BUFFERED_PIXELS = 0, lambda: 2, 3000
gif = encoder.Gif(__import__("pathlib").Path(sys.argv[1]), test_gif.info(200))
for frame, _ in zip(test_gif.film(200), range(100)):
    gif.add(frame)
print(*doubles.children(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_die_with_the_encoder(tmp_path: Path) -> None:
    """After `kill -9` of the process that encodes, its workers end within a second."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "a.gif")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    left = [int(word) for word in done.stdout.split()]
    assert len(left) == 2, done.stderr
    deadline = time.monotonic() + 5
    while any(map(doubles.alive, left)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(doubles.alive, left))


def test_short_films_and_lone_cores_start_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting one would take longer than the film, or slow down the others that are made at the same time."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(4))
    monkeypatch.setattr(system, "films", 2)
    assert system.cores() == 2
    for short, films in ((10**9, 1), (0, 4), (0, 3)):
        monkeypatch.setattr(compressor, "SHORT", short)
        monkeypatch.setattr(system, "films", films)
        encoder = Gif(tmp_path / "a.gif", info(COUNT))
        assert doubles.children() == []
        encoder.abort()


def test_what_waits_is_bounded(tmp_path: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film that is drawn faster than it is compressed does not pile up in memory."""
    use(1, monkeypatch)
    for limit, value in (("MOST_RANGES", 3), ("MOST_BYTES", 30_000)):
        with monkeypatch.context() as patch:
            patch.setattr(compressor, limit, value)
            encoder = Gif(tmp_path / "a.gif", info(COUNT))
            for frame in film(COUNT):
                encoder.add(frame)
                waiting = encoder._compressor._ranges
                assert sum(len(packed) for packed, _ in waiting) == encoder._compressor._bytes
                assert len(waiting) <= 4 + 1
            encoder.finish()
        assert (tmp_path / "a.gif").read_bytes() == alone


def test_workers_import_little() -> None:
    """NumPy is the only large library that a worker imports: it starts while the first frames are drawn."""
    text = "import sys, animgd.encoders.workers, animgd.encoders.gif.ranges; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"torch", "matplotlib", "PIL", "imageio", "contourpy", "multiprocessing"}
