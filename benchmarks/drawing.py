"""Drawing and converting a frame, without any encoder, and whether it stays the same as paths grow."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import tau
from pathlib import Path

import numpy as np

from animgd import Scene
from animgd.drawing.renderer import Renderer
from animgd.drawing.timeline import Timeline
from animgd.encoders.mp4.yuv import Yuv
from animgd.recording.model import Landscape, PanelRecording, Recording, Trajectory
from animgd.scene.problem import Window
from benchmarks.films import SIZES, named, recording
from benchmarks.row import Row

NEAR, FAR = 100, 100_000  # epochs
WARM, TAKE = 60, 100  # frames drawn before, and in one measurement


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """Drawing and converting one frame of figure 6 at 720p; nothing here depends on `folder` or `quick`."""
    scene = named("momentum", SIZES["720p"])
    recorded = recording(scene)
    taken = [_split(scene, recorded) for _ in range(pairs)]
    yield Row("draw and convert, 4 panels, 720p", [sum(each) for each in taken], "ms a frame", bar=1.2)
    yield Row("  of that drawing", [drawn for drawn, _ in taken], "ms a frame")
    yield Row("  of that converting", [converted for _, converted in taken], "ms a frame")
    bare = replace(scene, hide=("arrows", "rule"))
    plain = [sum(_split(bare, recorded)) for _ in range(pairs)]
    yield Row("  without arrows and rule", plain, "ms a frame", bar=0.8)
    beside = named("fit_and_loss", SIZES["720p"])
    among = recording(beside)
    more = [sum(_split(beside, among)) - sum(_split(scene, recorded)) for _ in range(pairs)]
    yield Row("companions fit and loss, 4 lines, 720p", more, "ms a frame more", bar=1.5)


def _split(scene: Scene, recorded: Recording) -> tuple[float, float]:
    renderer, picture = Renderer(scene, recorded), Yuv((scene.video.width, scene.video.height))
    frames = renderer.frames()
    first = next(frames)
    picture.update(first.pixels, first.boxes)
    drawn = converted = 0.0
    last = time.perf_counter()
    count = 0
    for count, frame in enumerate(frames, 1):  # noqa: B007
        now = time.perf_counter()
        picture.update(frame.pixels, frame.boxes)
        then = time.perf_counter()
        drawn, converted, last = drawn + now - last, converted + then - now, then
    return 1000 * drawn / count, 1000 * converted / count


@dataclass(frozen=True)
class Leap(Timeline):
    """A clock that leaps to an epoch, and goes on from there, two frames an epoch."""

    start: int = 0

    def moments(self) -> Iterator[tuple[Fraction, int]]:
        """Without an end."""
        for half in itertools.count(2 * self.start):
            yield Fraction(half, 2), 1


class Camera:
    """Draws and converts frames from an epoch on; those before it are drawn at once, and not timed."""

    def __init__(self, scene: Scene, recorded: Recording, start: int) -> None:
        renderer = Renderer(scene, recorded)
        renderer.timeline = Leap(**vars(renderer.timeline), start=start - WARM // 2)
        self._frames, self._picture = renderer.frames(), Yuv((scene.video.width, scene.video.height))
        self.shoot(WARM)

    def shoot(self, count: int) -> float:
        """So many frames. Units: milliseconds a frame."""
        began = time.perf_counter()
        for frame in itertools.islice(self._frames, count):
            self._picture.update(frame.pixels, frame.boxes)
        return 1000 * (time.perf_counter() - began) / count


def growth(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """A frame at epoch 100,000 ÷ one at epoch 100: same places, same steps, same losses, a longer trail."""
    scene = replace(named("momentum", SIZES["720p"]), epochs=FAR + pairs * TAKE)
    recorded = wandering(scene)
    near, far = (Camera(scene, recorded, start) for start in (NEAR, FAR))
    taken = [(near.shoot(TAKE), far.shoot(TAKE)) for _ in range(pairs)]
    yield Row("epoch 100,000 ÷ epoch 100", [late / early for early, late in taken], bar=1.1)
    yield Row("  at epoch 100", [early for early, _ in taken], "ms a frame", note="draw and convert; all points move")


def wandering(scene: Scene) -> Recording:
    """A path made of numbers: small circles around a large one, the same after FAR − NEAR epochs, not before."""
    epoch = np.arange(scene.epochs + 1)
    quick, slow = (tau * turns * epoch / (FAR - NEAR) for turns in (5567, 10))
    weight = 1.5 + 3 * np.sin(slow) + 1.5 * np.sin(quick)
    bias = 1.5 + 3 * np.cos(slow) + 1.5 * np.cos(quick)
    loss = 20 + 10 * np.sin(quick + 1)
    path = Trajectory(weight, bias, loss, np.zeros((len(epoch), 2)), None)
    window = Window()
    row = np.linspace(*window.weight, scene.resolution)
    land = Landscape(window, (row[:, None] - 1) ** 2 + (row - 2) ** 2 + 0.5)
    return Recording(tuple(PanelRecording(land, (), (path,), (None,)) for _ in scene.grid), ("bias", "weight"))
