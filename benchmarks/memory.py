"""How much memory animgd's own process needs at its peak, and that a film's length does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks import films
from benchmarks.films import SIZES
from benchmarks.process import peak
from benchmarks.row import Row


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """10,000 frames against 500, two an epoch, so that the path is twenty times as long, too."""
    size, long = ((640, 360), 2000) if quick else (SIZES["720p"], 10_000)
    peaks = [film(folder, size, frames, "mp4", frames // 2) for frames in (500, long)]
    yield Row(
        f"peak at {long:,} frames − at 500", [peaks[1] - peaks[0]], "MB", bar=10, note=f"{peaks[0]:.0f} MB at 500"
    )


def large(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """A 3840×2160 film."""
    frames = 60 if quick else 600
    yield Row(f"peak, 3840×2160, {frames} frames", [film(folder, SIZES["2160p"], frames, "mp4")], "MB", bar=700)


def film(folder: Path, size: tuple[int, int], frames: int, format: str, epochs: int = 100) -> float:
    """The peak of a film's process without ffmpeg (and without the one that trains). Units: MB."""
    module = films.module(folder / "memory.py", size, frames, epochs)
    return peak(["--quiet", "-o", folder, "-f", format, module], folder / "cache")
