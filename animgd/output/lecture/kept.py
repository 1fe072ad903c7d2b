"""Encoded pieces of lectures, cached beside the recordings under a digest of all that their frames depend on."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

from animgd.encoders.mp4 import locate
from animgd.output.lecture.plan import Piece
from animgd.output.lecture.staging import Staged
from animgd.recording import cache
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module.transfer import packed

LIBRARIES = ("numpy", "matplotlib", "contourpy", "imageio-ffmpeg")
SOURCES = ("**/*.py", "**/*.ttf")


def key(lecture: Lecture, piece: Piece, staged: Staged | None, code: str) -> str | None:
    """The name of a piece in the cache; None if its scene has functions that `code` does not identify."""
    recorded = cache.name(staged.scene, code) if staged else ""
    if recorded is None:
        return None
    shown = staged.scene if staged else lecture.replace(parts=(piece.shown.part,), title="", names=())
    declared = json.dumps(_without_origin(json.loads(packed([shown]))))
    depends = [declared, recorded, repr(staged and staged.lecture), repr(piece.edit), _program()]
    try:
        return hashlib.sha256("\0".join([*depends, _code()]).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    except OSError:
        return None


def _without_origin(value: Any) -> Any:
    """Declarations without the lines that made them."""
    if isinstance(value, dict):
        return {name: _without_origin(each) for name, each in value.items() if name != "origin"}
    return [_without_origin(each) for each in value] if isinstance(value, list) else value


def _program() -> str:
    """The ffmpeg that encodes."""
    program = Path(locate.executable())
    status = program.stat()
    return f"{program} {status.st_size} {status.st_mtime_ns}"


@functools.cache
def _code() -> str:
    """All code, fonts and libraries that draw and encode. Raises: OSError."""
    digest = hashlib.sha256()
    for file in sorted(file for pattern in SOURCES for file in cache.PACKAGE.glob(pattern)):
        digest.update(file.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {metadata.version(library)};".encode())
    return digest.hexdigest()
