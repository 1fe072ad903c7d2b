"""Cached recordings: on disk, each named by a hash of all that it depends on.

An entry is MAGIC, a digest of its name and content, and the content. Any failure (unreadable, damaged, full, no home)
only means that the scene is recorded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
from importlib import metadata
from pathlib import Path

from animgd.recording.model import Recording
from animgd.recording.npz import dumps, loads
from animgd.scene.codec import spec
from animgd.scene.scene import Scene

ROOM = 256 << 20  # bytes; the recordings used longest ago make room for new ones
SHARE = 4  # of all that room, one recording takes at most this part
OWN = "animgd-recordings"  # the folder: nothing else is kept in it, and nothing outside it is touched
MARKER = "CACHEDIR.TAG"  # says that the folder is ours; backups know the name
MARK = "Signature: 8a477f597d28d172789f06886806bc55\n# Recordings of animgd; this folder may be deleted.\n"
NAME = re.compile(r"[0-9a-f]{32}\.recording(\.[0-9a-f]{16}\.part)?")
MAGIC = b"animgd recording 1\n"
HEAD = len(MAGIC) + hashlib.sha256().digest_size
PACKAGE = Path(__file__).parents[1]
# What decides the numbers of a recording.
COMPUTING = ("training/**/*.py", "recording/*.py", "scene/functions.py", "scene/weight_decay.py")


def folder() -> Path | None:
    """The cache folder: in $ANIMGD_CACHE if set, else in the user's caches; None without a home folder."""
    if given := os.environ.get("ANIMGD_CACHE"):
        return Path(given, OWN)
    import platformdirs

    try:
        caches = platformdirs.user_cache_path("animgd", appauthor=False)
    except (OSError, RuntimeError, ValueError):
        return None
    return caches / OWN if caches.is_absolute() else None


def name(scene: Scene) -> str | None:
    """The hash of a recording's every cause: declarations, data, and what computes it; None if one is code."""
    told = spec(scene, origins=False)
    if told is None:
        return None
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for library in ("torch", "numpy"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            digest.update(f"{library} {metadata.version(library)};".encode())
    for file in sorted(file for pattern in COMPUTING for file in PACKAGE.glob(pattern)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def load(name: str) -> Recording | None:
    """The recording of that name, None if there is none that is whole."""
    place = folder()
    if place is None:
        return None
    file = place / f"{name}.recording"
    try:
        data = _read(file, HEAD + ROOM // SHARE)
        if data[:HEAD] != _head(name, data[HEAD:]):
            return None
        recording = loads(data[HEAD:])
    except Exception:  # whatever it is, recording again is the cure
        return None
    with contextlib.suppress(OSError):
        os.utime(file)  # used just now
    return recording


def _head(name: str, content: bytes) -> bytes:
    return MAGIC + hashlib.sha256(b"%b\0%b" % (name.encode(), content)).digest()


def _read(file: Path, most: int) -> bytes:
    """The first bytes of a regular file, at once: what has its name may be a pipe that nothing writes to, or a link.

    Raises: OSError.
    """
    if not stat.S_ISREG(file.lstat().st_mode):
        raise OSError(f"{file} is not a regular file")
    careful = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, os.O_RDONLY | careful), "rb") as stream:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):  # another one since
            raise OSError(f"{file} is not a regular file")
        return stream.read(most)


def store(name: str, recording: Recording) -> None:
    """Put a recording on the shelf, whole or not at all, in place of a damaged one."""
    place = folder()
    data = dumps(recording)
    if place is None or len(data) > ROOM // SHARE:
        return
    entry = place / f"{name}.recording"
    part = place / f"{entry.name}.{secrets.token_hex(8)}.part"
    try:
        if _claimed(place):
            part.write_bytes(_head(name, data) + data)
            part.replace(entry)
            _make_room(place)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()


def _claimed(place: Path) -> bool:
    """Whether the folder is ours: it carries our marker, or is new, or empty. Raises: OSError."""
    place.mkdir(parents=True, exist_ok=True)
    marker = place / MARKER
    if not marker.is_file():
        if any(file.name != MARKER for file in place.iterdir()):
            return False
        with marker.open("x", encoding="ascii") as file:
            file.write(MARK)
    return True


def entries() -> list[os.DirEntry[str]]:
    """The files on the shelf that have names of its form, those of other programs left out. Raises: OSError."""
    place = folder()
    if place is None or not (place / MARKER).is_file():
        return []
    with os.scandir(place) as found:
        return [file for file in found if NAME.fullmatch(file.name) and file.is_file(follow_symlinks=False)]


def _make_room(place: Path) -> None:
    """Remove the entries used longest ago that are too many, nothing that does not begin as ours do."""
    files = []
    for entry in entries():
        with contextlib.suppress(OSError):  # another process may have removed it
            files.append((entry.stat().st_mtime, entry.stat().st_size, place / entry.name))
    total = sum(size for _, size, _ in files)
    for _, size, file in sorted(files):
        if total <= ROOM:
            break
        with contextlib.suppress(OSError):
            if _read(file, len(MAGIC)) == MAGIC:
                file.unlink()
        total -= size
