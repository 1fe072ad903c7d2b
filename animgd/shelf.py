"""Kept recordings: on disk, under a hash of all that they depend on.

Whatever goes wrong with the shelf (unreadable, damaged, full, no home) only means that a scene is recorded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sys
from importlib import metadata
from pathlib import Path

from animgd.archive import packed, unpacked
from animgd.records import Recording
from animgd.scene import Scene
from animgd.spec import spec

ROOM = 256 << 20  # bytes; the recordings used longest ago make room for new ones
COMPUTING = ("functions.py", "problem.py", "landscape.py", "minimum.py", "trajectory.py", "recording.py", "archive.py",
             "records.py")  # fmt: skip


def folder() -> Path | None:
    """Where the platform keeps caches ($ANIMGD_CACHE, if that is set), None without a home."""
    if own := os.environ.get("ANIMGD_CACHE"):
        return Path(own)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"), "animgd", "Cache")
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "animgd"
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base if Path(base).is_absolute() else home / ".cache", "animgd")


def name(scene: Scene) -> str | None:
    """The hash of a recording's every cause: declarations, data, and what computes it; None if one is code."""
    told = spec(scene, origins=False)
    if told is None:
        return None
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for library in ("torch", "numpy"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            digest.update(f"{library} {metadata.version(library)};".encode())
    for file in COMPUTING:
        digest.update(Path(__file__).with_name(file).read_bytes())
    return digest.hexdigest()[:32]


def kept(name: str) -> Recording | None:
    """The recording of that name, None if there is none that is whole."""
    place = folder()
    if place is None:
        return None
    file = place / f"{name}.npz"
    try:
        recording = unpacked(file.read_bytes())
    except (OSError, ValueError, MemoryError):
        return None
    with contextlib.suppress(OSError):
        os.utime(file)  # used just now
    return recording


def keep(name: str, recording: Recording) -> None:
    """Put a recording on the shelf, whole or not at all."""
    place = folder()
    data = packed(recording)
    if place is None or len(data) > ROOM // 4:
        return
    part = place / f"{name}.{secrets.token_hex(8)}.part"
    try:
        place.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(place / f"{name}.npz")
        _make_room(place)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()


def _make_room(place: Path) -> None:
    files = []
    for file in place.iterdir():
        if file.suffix in (".npz", ".part"):
            with contextlib.suppress(OSError):  # another process may have removed it
                files.append((file.stat().st_mtime, file.stat().st_size, file))
    total = sum(size for _, size, _ in files)
    for _, size, file in sorted(files):
        if total <= ROOM:
            break
        with contextlib.suppress(OSError):
            file.unlink()
        total -= size
