"""Drawing and converting a frame, without any encoder, and whether it stays the same as paths grow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import tau
from pathlib import Path

import numpy as np

from animgd import Scene
from animgd.encoders.yuv import Yuv
from animgd.recording import Recording
from animgd.records import Landscape, PanelRecording, Trajectory
from animgd.scene import Window
from animgd.stage import Stage
from animgd.timeline import Timeline
from benchmarks.films import SIZES, named, recording
from benchmarks.row import Row

NEAR, FAR = 100, 100_000  # epochs
SPAN, BEFORE = 200, 50  # epochs measured from there on, and drawn before to warm up; two frames an epoch


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """Drawing and converting one frame of figure 6 at 720p; nothing here depends on `folder` or `quick`."""
    scene = named("momentum", SIZES["720p"])
    recorded = recording(scene)
    taken = [_split(scene, recorded) for _ in range(pairs)]
    yield Row("draw and convert, 4 panels, 720p", [sum(each) for each in taken], "ms a frame", bar=0.8)
    yield Row("  of that drawing", [drawn for drawn, _ in taken], "ms a frame")
    yield Row("  of that converting", [converted for _, converted in taken], "ms a frame")


def _split(scene: Scene, recorded: Recording) -> tuple[float, float]:
    stage, picture = Stage(scene, recorded), Yuv((scene.video.width, scene.video.height))
    frames = stage.frames()
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
    """A clock that leaps from the first hundreds of epochs to the last."""

    def moments(self) -> Iterator[tuple[Fraction, int]]:
        """Two frames an epoch."""
        for start in (NEAR, FAR):
            for half in range(2 * (BEFORE + SPAN)):
                yield Fraction(2 * (start - BEFORE) + half, 2), 1


def growth(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """A frame at epoch 100,000 ÷ one at epoch 100: same place, same step, same digits, a longer trail."""
    scene = replace(named("momentum", SIZES["720p"]), epochs=FAR + SPAN)
    recorded = wandering(scene)
    taken = [_near_and_far(scene, recorded) for _ in range(pairs)]
    yield Row("epoch 100,000 ÷ epoch 100", [far / near for near, far in taken], bar=1.1)
    yield Row(
        "  at epoch 100", [1000 * near for near, _ in taken], "ms a frame", note="draw and convert; all points move"
    )


def _near_and_far(scene: Scene, recorded: Recording) -> tuple[float, float]:
    stage = Stage(scene, recorded)
    stage.timeline = Leap(**vars(stage.timeline))
    picture = Yuv((scene.video.width, scene.video.height))
    ends = []
    for frame in stage.frames():
        picture.update(frame.pixels, frame.boxes)
        ends.append(time.perf_counter())
    warm, half = 2 * BEFORE, 2 * (BEFORE + SPAN)
    return tuple((ends[at + half - 1] - ends[at + warm - 1]) / (2 * SPAN) for at in (0, half))  # type: ignore[return-value]


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
    return Recording(tuple(PanelRecording(land, None, (path,), (None,)) for _ in scene.grid), ("bias", "weight"))
