"""The loop over a film's frames, beside ffmpeg alone with the same frames."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from animgd import Scene
from animgd.drawing.renderer import Renderer
from animgd.encoders.mp4.encoder import Mp4
from animgd.training.record import Recording
from benchmarks.films import SIZES, Planes, alone, momentum, recording
from benchmarks.row import Row

FRAMES = {"720p": 600, "1080p": 600, "2160p": 120}


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """Each size: the loop ÷ ffmpeg alone, and ffmpeg alone ÷ itself."""
    for name, size in SIZES.items():
        scene = momentum(folder, size, FRAMES[name] // (4 if quick else 1))
        recorded = recording(scene)
        planes = Planes(Renderer(scene, recorded))
        taken = [_three(scene, recorded, planes, folder) for _ in range(pairs)]
        note = f"{planes.info.count} frames{planes.note and ', ' + planes.note}"
        planes.close()
        yield Row(f"{name}: loop ÷ ffmpeg alone", [ours / peer for ours, peer, _ in taken], bar=1.10, note=note)
        yield Row(f"{name}: ffmpeg alone ÷ itself", [again / peer for _, peer, again in taken])
        yield Row(f"{name}: ffmpeg alone", [1000 * peer / planes.info.count for _, peer, _ in taken], "ms a frame")


def _three(scene: Scene, recorded: Recording, planes: Planes, folder: Path) -> tuple[float, float, float]:
    ours = shoot(scene, recorded, folder / "ours.mp4")
    return ours, alone(planes, folder / "peer.mp4"), alone(planes, folder / "peer.mp4")


def shoot(scene: Scene, recorded: Recording, path: Path) -> float:
    """The seconds from the encoder's start to the finished film; the backdrop is drawn before."""
    renderer = Renderer(scene, recorded)
    began = time.perf_counter()
    coder = Mp4(path, renderer.info)
    for frame in renderer.frames():
        coder.add(frame)
    coder.finish()
    return time.perf_counter() - began
