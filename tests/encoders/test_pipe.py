"""Buffers lent to the pipe arrive unchanged, however late they are read."""

from __future__ import annotations

import errno
import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from animgd.encoders.mp4 import locate
from animgd.encoders.mp4 import pipe as module
from animgd.encoders.mp4.encoder import Mp4
from animgd.encoders.mp4.locate import executable
from animgd.encoders.mp4.pipe import Pipe
from tests import doubles

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="vmsplice(2) is Linux's")
PAGE = 4096
SIZE = (1280, 720)  # such frames are lent
CAPACITY = module.CAPACITY  # of a pipe: the least length that is lent


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    before = doubles.descriptors()
    made = Pipe()
    made.open()
    yield made
    made.close()
    assert doubles.descriptors() == before


def read(pipe: Pipe, piece: int = 1 << 16) -> Callable[[], bytes]:
    """Begin to read everything, in a thread; what is returned waits for the end and gives it."""
    found: list[bytes] = []
    source, pipe.source = pipe.source, -1  # as a child takes it

    def work() -> None:
        while some := os.read(source, piece):
            found.append(some)
        os.close(source)

    thread = threading.Thread(target=work)
    thread.start()

    def end() -> bytes:
        pipe.close()
        thread.join()
        return b"".join(found)

    return end


def turns(pipe: Pipe, length: int, count: int) -> list[int]:
    """Send two buffers in turn, with a new number all over it each time; the numbers."""
    buffers = [np.zeros(length, np.uint8), np.zeros(length, np.uint8)]
    numbers = [1 + index % 251 for index in range(count)]
    for index, number in enumerate(numbers):
        buffer = buffers[index % 2]
        buffer[:] = number
        pipe.send(buffer.data)
    return numbers


@pytest.mark.parametrize("more", [0, 1, PAGE, 300_001])
@pytest.mark.parametrize("piece", [1000, 1 << 16, 5_000_000])
def test_two_buffers_in_turn_arrive(pipe: Pipe, more: int, piece: int) -> None:
    """Two buffers of the least length that can be lent are enough for any reader."""
    length = CAPACITY + more
    end = read(pipe, piece)
    numbers = turns(pipe, length, 12)
    found = np.frombuffer(end(), np.uint8).reshape(-1, length)
    assert found[:, 0].tolist() == numbers
    assert (found == found[:, :1]).all()


def test_only_what_fills_the_pipe_is_lent(pipe: Pipe) -> None:
    """A buffer that is shorter than the pipe's capacity could still be in it when the next one has been sent."""
    buffer = np.zeros(CAPACITY - 1, np.uint8)
    pipe.send(buffer.data)
    buffer[:] = 7
    os.set_blocking(pipe._end, False)
    assert os.write(pipe._end, b"x") == 1
    with pytest.raises(BlockingIOError):
        os.write(pipe._end, b"x")
    assert set(os.read(pipe.source, len(buffer))) == {0}


def test_nothing_is_copied(pipe: Pipe) -> None:
    """The pipe holds the buffer itself, not a copy."""
    buffer = np.frombuffer(mmap.mmap(-1, CAPACITY), np.uint8)  # whole pages, as many as the pipe holds
    pipe.send(buffer.data)
    buffer[:] = 7
    assert set(os.read(pipe.source, len(buffer))) == {7}


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSYS, errno.EINVAL, errno.ENOMEM])
def test_a_system_that_forbids_it(monkeypatch: pytest.MonkeyPatch, pipe: Pipe, number: int) -> None:
    """After vmsplice fails, the rest of the buffer is copied, and vmsplice is not tried again."""
    asked = []
    splice = module._vmsplice()
    assert splice is not None

    def grudging(end: int, buffer: memoryview) -> int:
        asked.append(len(buffer))
        if len(asked) == 1:
            return splice(end, buffer[: 3 * PAGE])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(pipe, "_splice", grudging)
    length = CAPACITY
    end = read(pipe)
    numbers = turns(pipe, length, 5)
    found = np.frombuffer(end(), np.uint8).reshape(-1, length)
    assert found[:, 0].tolist() == numbers
    assert (found == found[:, :1]).all()
    assert asked == [length, length - 3 * PAGE]


@pytest.mark.parametrize("how", ["no vmsplice", "no width", "a script"])
def test_other_systems(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Without vmsplice, without a known capacity of the pipe, or if the reader is a script, nothing is lent."""
    if how == "no vmsplice":
        monkeypatch.setattr(module, "_vmsplice", lambda: None)
    elif how == "no width":
        monkeypatch.setattr(module, "_enlarged", lambda end: 0)
    pipe = Pipe()
    pipe.open(lend=how != "a script")
    copied(pipe)


def copied(pipe: Pipe) -> None:
    """A pipe passes a long buffer on, without vmsplice."""
    assert pipe._splice is None
    end = read(pipe)
    pipe.send(memoryview(bytearray(b"abc" * 1_000_000)))
    assert end() == b"abc" * 1_000_000


def failing(*_: object, **__: object) -> int:
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


@pytest.mark.parametrize("name", ["fcntl", "CDLL", "a library without vmsplice", "Windows"])
def test_systems_that_say_no(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whichever system call for pipes fails, pictures arrive."""
    module._vmsplice.cache_clear()
    if name == "fcntl":
        monkeypatch.setattr("fcntl.fcntl", failing)
    elif name == "Windows":
        monkeypatch.setattr(module, "LINUX", False)
        monkeypatch.setattr("fcntl.fcntl", lambda *_: pytest.fail("the number means something else there"))
    else:
        monkeypatch.setattr(module.ctypes, "CDLL", failing if name == "CDLL" else lambda *_, **__: object())
    try:
        pipe = Pipe()
        pipe.open()
        copied(pipe)
    finally:
        module._vmsplice.cache_clear()


def test_closing_never_raises(pipe: Pipe) -> None:
    """Also where a scene has closed our pipe's ends."""
    for end in (pipe.source, pipe._end):
        os.close(end)
    pipe.close()
    pipe.close()


@pytest.mark.parametrize("length", [1, 2 * CAPACITY])
def test_no_reader(pipe: Pipe, length: int) -> None:
    """A missing reader is an error at once."""
    pipe.close_source()
    with pytest.raises(BrokenPipeError):
        pipe.send(memoryview(bytearray(length)))


@pytest.mark.parametrize("lend", [True, False])
def test_signals_lose_nothing(lend: bool) -> None:
    """A signal that comes while the pipe is full is handled at once, and every byte arrives once."""
    pipe, handled = Pipe(), []
    pipe.open(lend)
    before = signal.signal(signal.SIGALRM, lambda *_: handled.append(time.monotonic()))
    pieces = [np.random.default_rng(seed).integers(0, 256, 3 * CAPACITY, np.uint8) for seed in range(2)]
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        source, found = os.dup(pipe.source), bytearray()
        pipe.close_source()

        def slowly() -> None:
            while some := os.read(source, 1 << 16):
                found.extend(some)
                time.sleep(0.005)
            os.close(source)

        thread = threading.Thread(target=slowly)
        thread.start()
        for piece in pieces:
            pipe.send(piece.data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.close()
        thread.join()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(handled) > 3
    assert (pipe._splice is not None) == lend  # a signal is no reason to copy from then on
    assert bytes(found) == b"".join(piece.tobytes() for piece in pieces)


def test_ctrl_c_ends_it(pipe: Pipe) -> None:
    """An exception in a signal handler leaves a blocked write."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            pipe.send(memoryview(bytearray(2 * CAPACITY)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("periods", [1, 3])
def test_lent_pictures_make_the_same_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, periods: int) -> None:
    """ffmpeg gets the same bytes from lent and from copied pictures."""
    lendings = []
    splice = module._vmsplice()
    monkeypatch.setattr(module, "_vmsplice", lambda: lambda end, rest: lendings.append(len(rest)) or splice(end, rest))
    info = doubles.info(SIZE, count=40)
    for name, copies in (("lent", locate.is_elf), ("copied", lambda program: False)):
        monkeypatch.setattr(locate, "is_elf", copies)
        encoder = Mp4(tmp_path / name, info)
        for frame in doubles.frames(info, periods):
            encoder.add(frame)
        encoder.finish()
    assert lendings.count(SIZE[0] * SIZE[1] * 3 // 2) == 40
    assert (tmp_path / "lent").read_bytes() == (tmp_path / "copied").read_bytes()


def test_a_script_that_passes_pictures_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that passes its input on by splice, as `cat` may, gets copies."""
    info = doubles.info(SIZE, count=30)

    def make(path: Path) -> bytes:
        encoder = Mp4(path, info)
        for frame in doubles.frames(info):
            encoder.add(frame)
        encoder.finish()
        return path.read_bytes()

    wanted = make(tmp_path / "wanted")
    body = (
        f"import fcntl, subprocess\nprogram = {executable()!r}\n"
        "child = subprocess.Popen([program, *sys.argv[1:]], stdin=subprocess.PIPE)\n"
        "fcntl.fcntl(child.stdin, 1031, 1 << 20)\n"
        "while os.splice(0, child.stdin.fileno(), 1 << 20): time.sleep(0.01)\n"
        "child.stdin.close()\nsys.exit(child.wait())"
    )
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(doubles.fake_ffmpeg(tmp_path, body)))
    assert make(tmp_path / "passed on") == wanted
