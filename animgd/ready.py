"""What can be known before the first frame: that the outputs may have their names, that the disk has room for
them, and that ffmpeg is there and able."""

from __future__ import annotations

import math
import os
from pathlib import Path

from animgd.encoders import FORMATS
from animgd.encoders.part import Part, sweep
from animgd.errors import OutputError
from animgd.scene import Scene
from animgd.target import Target

LEAST = {"mp4": 2e-4, "gif": 2e-4, "png": 5e-3, "json": 0.0}  # bytes a pixel and frame; real films take more
BASE = 4096  # bytes; no film is smaller


def folder(path: Path) -> None:
    """Make the output folder if it is missing. Raises: OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"cannot make the folder {path}: {reason}; choose another with -o") from error


def check(scene: Scene, targets: list[Target], still: bool = False) -> None:
    """Refuse what could only fail. Raises: OutputError, EncoderError."""
    sweep(targets[0].path.parent)
    for target in targets:
        Part(target.path, folder=not still and not FORMATS[target.format].suffix).discard()
    if not still:
        _room(targets[0].path.parent, sum(guess(scene, target) for target in targets))
    if any(target.format == "mp4" for target in targets):
        from animgd.encoders.ffmpeg import able

        able()


def guess(scene: Scene, target: Target) -> int:
    """The least that an output takes. Units: bytes."""
    video, count = target.of(scene).video, target.line(scene).count
    least = BASE + LEAST[target.format] * video.width * video.height * count
    limit = target.limit and target.limit.bytes
    return int(min(least, limit or least))


def _room(place: Path, needed: int) -> None:
    try:
        status = os.statvfs(place)
    except (OSError, AttributeError):  # not known (Windows); then the disk says so itself
        return
    free = status.f_bavail * status.f_frsize
    if free < needed:
        raise OutputError(
            f"cannot write to {place}: No space left on device: at least {_shown(needed)} are needed, "
            f"{_shown(free)} are free; make room, or choose another folder with -o"
        )


def _shown(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{math.ceil(size / 1e3)} KB"
