"""Who else writes GIFs, each fed with the same PNG frames. Units: seconds of processor time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from animgd.encoders.mp4.locate import executable

PALETTE = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=none:diff_mode=rectangle"
QUALITIES = (70, 90, 100)
FFMPEG = "ffmpeg"
SQUEEZED = " + gifsicle"


class Pictures(NamedTuple):
    """A folder of 00000.png and so on."""

    folder: Path
    fps: Fraction
    size: tuple[int, int]

    @property
    def files(self) -> list[Path]:
        """In order."""
        return sorted(self.folder.glob("*.png"))


Writer = Callable[[Pictures, Path], float]


def writers() -> tuple[dict[str, Writer], list[str]]:
    """The peers that are installed, and the names of those that are not."""
    found: dict[str, Writer] = {"Pillow": _pillow, FFMPEG: _ffmpeg}
    ski = gifski()
    if ski:
        found |= {f"gifski Q{quality}": _gifski(ski, quality) for quality in QUALITIES}
    return found, [name for name, there in (("gifski", ski), ("gifsicle", shutil.which("gifsicle"))) if not there]


def gifski() -> str | None:
    """The binary: $GIFSKI, on the PATH, or where npx keeps it."""
    named = os.environ.get("GIFSKI")
    if named:
        return shutil.which(named)
    system = "macos" if sys.platform == "darwin" else "debian"
    kept = sorted(Path.home().glob(f".npm/_npx/*/node_modules/gifski/bin/{system}/gifski"))
    return shutil.which("gifski") or (str(kept[-1]) if kept else None)


def squeeze(source: Path, target: Path) -> float:
    """gifsicle -O3."""
    return _timed(["gifsicle", "-O3", source, "-o", target])


def _pillow(pictures: Pictures, path: Path) -> float:
    began = processor()
    first, *rest = (Image.open(file) for file in pictures.files)
    first.save(path, save_all=True, append_images=rest, duration=float(1000 / pictures.fps), loop=0)
    return processor() - began


def _ffmpeg(pictures: Pictures, path: Path) -> float:
    source = ["-framerate", str(pictures.fps), "-i", pictures.folder / "%05d.png"]
    return _timed([executable(), "-loglevel", "error", "-y", *source, "-vf", PALETTE, "-loop", "0", path])


def _gifski(binary: str, quality: int) -> Writer:
    def write(pictures: Pictures, path: Path) -> float:
        width, height = map(str, pictures.size)
        how = ["--quiet", "--fps", str(float(pictures.fps)), "-Q", str(quality), "-W", width, "-H", height]
        return _timed([binary, *how, "-o", path, *pictures.files])

    return write


def _timed(command: Sequence[str | Path]) -> float:
    began = processor()
    subprocess.run(command, check=True, capture_output=True)
    return processor() - began


def processor() -> float:
    """Seconds that this process and those it waited for have worked."""
    return sum(os.times()[:4])
