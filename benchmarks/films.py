"""The films that are measured."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from animgd import Scene, load
from animgd.drawing.renderer import Renderer
from animgd.encoders.mp4.encoder import Coding, arguments
from animgd.encoders.mp4.locate import executable
from animgd.encoders.mp4.yuv import Yuv
from animgd.frame import FilmInfo, Frame, Pixels
from animgd.output.recorder.base import Here
from animgd.output.render import recorded
from animgd.training.record import Recording

SCENES = Path(__file__).resolve().parents[1] / "scenes"
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "2160p": (3840, 2160)}
PIPE = 1 << 20  # bytes, as wide as animgd's own
SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ
MEMORY = Path("/dev/shm")  # frames of the encoder alone lie here, where there is room
SPARE = 2 << 30  # bytes that are left free there

# Figure 6 without holds: every frame moves.
SOURCE = '''"""Figure 6: momentum 0.9, {frames} frames."""

from fractions import Fraction

from animgd import SGD, Scene, Video

scene = Scene(
    title="High momentum",
    optimizer=SGD(lr=0.1, momentum=0.9),
    epochs={epochs},
    video=Video(
        {width}, {height}, fps=25, epochs_per_second=Fraction({epochs} * 25, {steps}), hold_start=0, hold_end=0
    ),
)
'''


def module(path: Path, size: tuple[int, int], frames: int, epochs: int = 100) -> Path:
    """Write figure 6 as a scene module, that many frames long."""
    path.write_text(SOURCE.format(width=size[0], height=size[1], frames=frames, steps=frames - 1, epochs=epochs))
    return path


def momentum(folder: Path, size: tuple[int, int], frames: int) -> Scene:
    """Figure 6 as a scene."""
    return load(module(folder / f"momentum{size[1]}.py", size, frames))["scene"]


def named(name: str, size: tuple[int, int]) -> Scene:
    """A scene of the project at a size."""
    scene = load(SCENES / f"{name}.py")["scene"]
    return replace(scene, video=replace(scene.video, width=size[0], height=size[1]))


def recording(scene: Scene) -> Recording:
    """Its recording."""
    return recorded(scene, Here())


class Tape:
    """The frames of a film, kept as what changed, to be played again. Memory: of the changed boxes."""

    def __init__(self, renderer: Renderer) -> None:
        self.info: FilmInfo = renderer.info
        self._cuts = [
            (frame.boxes, [_planar(frame.pixels[box.slices]) for box in frame.boxes], frame.periods)
            for frame in renderer.frames()
        ]

    def frames(self) -> Iterator[Frame]:
        """Every frame, as the stage gave it."""
        width, height = self.info.size
        pixels = np.zeros((3, height, width), np.uint8).transpose(1, 2, 0)
        for boxes, parts, periods in self._cuts:
            for box, part in zip(boxes, parts, strict=True):
                pixels[box.slices] = part
            yield Frame(pixels, boxes, periods)


def _planar(pixels: Pixels) -> Pixels:
    return pixels.transpose(2, 0, 1).copy().transpose(1, 2, 0)


class Frames(Protocol):
    """What gives the frames of a film, such as a renderer."""

    @property
    def info(self) -> FilmInfo: ...

    def frames(self) -> Iterator[Frame]: ...


class Planes:
    """The finished yuv420p frames of a film in memory, as ffmpeg takes them.

    They lie in a mapped file without a name in /dev/shm; where there is no room for all, the first ones are
    shown again and again.
    """

    def __init__(self, source: Frames) -> None:
        self.info: FilmInfo = source.info
        self._size = self.info.size[0] * self.info.size[1] * 3 // 2
        self._kept = min(self.info.count, max(2, _room() // self._size))
        self._file = os.memfd_create("planes") if hasattr(os, "memfd_create") else _unnamed()
        os.ftruncate(self._file, self._kept * self._size)
        self._map = mmap.mmap(self._file, self._kept * self._size)
        self._fill(source)

    def _fill(self, source: Frames) -> None:
        picture, at = Yuv(self.info.size), 0
        for frame in source.frames():
            picture.update(frame.pixels, frame.boxes)
            for _ in range(frame.periods):
                if at < self._kept:
                    self._map[at * self._size : (at + 1) * self._size] = picture.buffer
                at += 1
            if at >= self._kept:
                return

    @property
    def note(self) -> str:
        """How many of the frames are kept."""
        return "" if self._kept == self.info.count else f"{self._kept} of {self.info.count} frames in memory, repeated"

    def buffers(self) -> Iterator[memoryview]:
        """Every frame of the film."""
        whole = memoryview(self._map)
        for k in range(self.info.count):
            at = k % self._kept * self._size
            yield whole[at : at + self._size]

    def close(self) -> None:
        """Give the memory back."""
        self._map.close()
        os.close(self._file)


def _room() -> int:
    return shutil.disk_usage(MEMORY).free - SPARE if MEMORY.is_dir() else SPARE


def _unnamed() -> int:
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def alone(planes: Planes, path: Path, told: Sequence[str] | None = None) -> float:
    """The seconds that ffmpeg takes for these frames when nobody keeps it waiting, told what animgd tells it."""
    began = time.perf_counter()
    command = [executable(), *(told or arguments(path, planes.info, Coding()))]
    source, pipe = os.pipe()
    process = subprocess.Popen(command, stdin=source)
    os.close(source)
    _widen(pipe)
    for buffer in planes.buffers():
        rest = buffer
        while rest:
            rest = rest[os.write(pipe, rest) :]
    os.close(pipe)
    if process.wait():
        raise RuntimeError(f"ffmpeg ended with status {process.returncode}")
    return time.perf_counter() - began


def _widen(pipe: int) -> None:
    try:
        import fcntl

        fcntl.fcntl(pipe, SET_PIPE_SIZE, PIPE)
    except (ImportError, OSError):
        pass
