"""Whole processes: what is left when the encoder and the imports nobody can avoid are taken away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from animgd.drawing.renderer import Renderer
from benchmarks import films, funcanimation
from benchmarks.films import SIZES, Planes, alone, momentum, recording
from benchmarks.loop import shoot
from benchmarks.process import ANIMGD, MATPLOTLIB, PYTHON, TORCH, run
from benchmarks.row import Row

FRAMES = 601
SLOW_PAIRS = 3  # against FuncAnimation
SHARE = 1.10  # of ffmpeg alone


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """601 frames at 720p, with and without a kept recording, and one frame."""
    module = films.module(folder / "start.py", SIZES["720p"], FRAMES)
    scene = momentum(folder, SIZES["720p"], FRAMES)
    planes = Planes(Renderer(scene, recording(scene)))
    film = [*ANIMGD, "--quiet", "-o", folder, "-f", "mp4", module]
    still = [*ANIMGD, "--quiet", "-o", folder, "--frame", "100", module]
    caches = (folder / f"cache{n}" for n in itertools.count())
    taken = []
    for warm_up in [True] + [False] * pairs:
        cache = next(caches)
        row = {
            "cold": run(film, cache),
            "torch": run(TORCH),
            "kept": run(film, cache),
            "matplotlib": run(MATPLOTLIB),
            "alone": alone(planes, folder / "peer.mp4"),
            "still": run(still, cache),
        }
        if not warm_up:  # the first process after an edit compiles
            taken.append(row)
    planes.close()
    kept = [t["kept"] - t["matplotlib"] - SHARE * t["alone"] for t in taken]
    cold = [t["cold"] - t["torch"] - SHARE * t["alone"] for t in taken]
    yield Row("kept recording − matplotlib − 1.10 ffmpeg", kept, "s", bar=0.6, note=f"{FRAMES} frames, 720p")
    yield Row("no kept recording − torch − 1.10 ffmpeg", cold, "s", bar=0.8)
    yield Row("--frame 100, kept − matplotlib", [t["still"] - t["matplotlib"] for t in taken], "s", bar=0.6)
    for name, what in _PARTS.items():
        yield Row(f"  {what}", [t[name] for t in taken], "s")


_PARTS = {
    "cold": "whole process, no kept recording",
    "kept": "whole process, kept recording",
    "alone": "ffmpeg alone",
    "torch": "importing torch and one optimizer",
    "matplotlib": "importing numpy, Figure and Agg",
    "still": "--frame 100, kept",
}


def usage(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """What --help costs beyond Python and argparse."""
    asked, bare = [*ANIMGD, "--help"], [PYTHON, "-c", "import argparse"]
    run(asked)
    taken = [(run(asked), run(bare)) for _ in range(3 * pairs)]
    yield Row("--help ÷ import argparse", [ours / theirs for ours, theirs in taken], bar=3)


def peer(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """Against matplotlib's FuncAnimation; its films are short, and scaled to the same count."""
    module = films.module(folder / "peer.py", SIZES["720p"], FRAMES)
    scene = momentum(folder, SIZES["720p"], FRAMES)
    recorded = recording(scene)
    film = [*ANIMGD, "--quiet", "-o", folder, "-f", "mp4", module]
    taken = []
    for n in range(1 if quick else min(pairs, SLOW_PAIRS)):
        whole, frame = funcanimation.seconds(folder, FRAMES)
        cold, kept = (run(film, folder / f"peers{n}") for _ in range(2))
        taken.append((whole, frame, cold, kept, shoot(scene, recorded, folder / "ours.mp4") / FRAMES))
    note = f"peer scaled from films of {funcanimation.SMALL} and {funcanimation.LARGE} frames"
    yield Row("FuncAnimation ÷ loop, per frame", [t[1] / t[4] for t in taken], bar=80, least=True, note=note)
    yield Row("FuncAnimation ÷ whole process, no kept recording", [t[0] / t[2] for t in taken], bar=35, least=True)
    yield Row("FuncAnimation ÷ whole process, kept recording", [t[0] / t[3] for t in taken], bar=50, least=True)
    yield Row("  FuncAnimation", [1000 * t[1] for t in taken], "ms a frame")
    for like, what in (("document", "as the article draws it"), ("bare", "the same without colour bars and markers")):
        frames = [funcanimation.seconds(folder, FRAMES, like=like)[1] for _ in taken]
        yield Row(f"  FuncAnimation, {what}", [1000 * each for each in frames], "ms a frame")
