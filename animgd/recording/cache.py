"""Cached recordings on disk, each named by a hash of all that it depends on.

An entry is MAGIC, a digest of its name and content, and the content. After any failure (unreadable, damaged, disk full,
no home folder) the scene is recorded again.
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
from typing import Any

from animgd.recording.model import Recording
from animgd.recording.npz import dumps, loads
from animgd.scene.codec import described
from animgd.scene.model.network import Model
from animgd.scene.model.planes import PCA, Parameters, Random, Span
from animgd.scene.module.transfer import Elsewhere
from animgd.scene.optimizers import SGD, Loss, Optimizer
from animgd.scene.problem import Function, Point, Problem, Window
from animgd.scene.runs.recorded import Recorded
from animgd.scene.runs.schedule import Schedule
from animgd.scene.scene import FilledPanel, Run, Scene

ROOM = 256 << 20  # bytes; the least recently used recordings are removed first
SHARE = 4  # one recording may take 1 / SHARE of ROOM
OWN = "animgd-recordings"  # the folder, for recordings and encoded pieces of lectures only
MARKER = "CACHEDIR.TAG"  # marks the folder as animgd's; backup programs skip it
MARK = "Signature: 8a477f597d28d172789f06886806bc55\n# Recordings of animgd; this folder may be deleted.\n"
NAME = re.compile(r"[0-9a-f]{32}\.(recording|piece)(\.[0-9a-f]{16}\.part)?")
MAGIC = b"animgd recording 2\n"
HEAD = len(MAGIC) + hashlib.sha256().digest_size
PACKAGE = Path(__file__).parents[1]
# The code that computes a recording.
COMPUTING = ("training/**/*.py", "recording/**/*.py", "scene/codec.py", "scene/functions.py", "scene/weight_decay.py")
RECORDED = ("problem", "epochs", "window", "resolution", "ghost", "seed")  # of a scene, beside its grid
SHOWN = {"title", "label", "names", "file"}  # of its parts: only seen
KINDS = (Problem, Function, SGD, Optimizer, Recorded, Loss, Point, Window, Run, Schedule, FilledPanel, Model, PCA,
         Random, Parameters, Span)  # fmt: skip


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


def spec(scene: Scene, elsewhere: bool = False) -> str | None:
    """The part of a scene that its recording depends on, as JSON; None if it contains a callable.

    With `elsewhere`, a stand-in for a callable has its number.
    """
    recorded = {"kind": "Scene", "panels": scene.grid} | {name: getattr(scene, name) for name in RECORDED}
    if isinstance(scene.problem, Model):  # whose predictions are recorded where they are shown
        recorded["fit"] = "fit" in scene.companions
    return plain(recorded, elsewhere)


def plain(value: Any, elsewhere: bool = False) -> str | None:
    """The part of declarations that recordings depend on, as JSON; None and `elsewhere` as in `spec`."""

    def declared(value: Any) -> dict[str, Any]:
        if elsewhere and isinstance(value, Elsewhere):
            return {"kind": "Elsewhere", "number": value.number}
        if type(value) not in KINDS:
            raise TypeError(f"{type(value).__name__} is not plain data")
        return {name: each for name, each in described(value).items() if name not in SHOWN}

    try:
        return json.dumps(value, default=declared)
    except TypeError:
        return None


def name(scene: Scene, code: str = "") -> str | None:
    """The hash of a scene's declarations, data, libraries and our code.

    None if the scene has own code that `code` does not identify, or if our code or versions cannot be read.
    """
    declared = spec(scene)
    if declared is None and code:
        declared = (spec(scene, elsewhere=True) or "") + code
    if declared is None:
        return None
    digest = hashlib.sha256(declared.encode())
    try:
        for library in ("torch", "numpy"):
            with contextlib.suppress(metadata.PackageNotFoundError):
                digest.update(f"{library} {metadata.version(library)};".encode())
        for file in sorted(file for pattern in COMPUTING for file in PACKAGE.glob(pattern)):
            digest.update(file.read_bytes())
    except OSError:
        return None
    return digest.hexdigest()[:32]


def load(name: str) -> Recording | None:
    """The recording of that name, None if it is missing or damaged."""
    content = load_bytes(name, "recording")
    try:
        return None if content is None else loads(content)
    except Exception:  # recording again cures every failure
        return None


def load_bytes(name: str, kind: str) -> bytes | None:
    """The content of an entry; None if it is missing or damaged."""
    directory = folder()
    if directory is None:
        return None
    file = directory / f"{name}.{kind}"
    try:
        data = _read(file, HEAD + ROOM // SHARE)
    except Exception:  # making it again cures every failure
        return None
    if data[:HEAD] != _head(name, data[HEAD:]):
        return None
    with contextlib.suppress(OSError):
        os.utime(file)  # the time of last use
    return data[HEAD:]


def _head(name: str, content: bytes) -> bytes:
    return MAGIC + hashlib.sha256(b"%b\0%b" % (name.encode(), content)).digest()


def _read(file: Path, most: int) -> bytes:
    """The first bytes of a regular file; never waits for a pipe, and follows no link.

    Raises: OSError.
    """
    if not stat.S_ISREG(file.lstat().st_mode):
        raise OSError(f"{file} is not a regular file")
    careful = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, os.O_RDONLY | careful), "rb") as stream:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):  # replaced since
            raise OSError(f"{file} is not a regular file")
        return stream.read(most)


def store(name: str, recording: Recording) -> None:
    """Store a recording atomically, replacing a damaged one."""
    store_bytes(name, "recording", dumps(recording))


def store_bytes(name: str, kind: str, data: bytes) -> None:
    """Store an entry ("recording" or "piece") atomically, replacing a damaged one, unless it is too large."""
    directory = folder()
    if directory is None or len(data) > ROOM // SHARE:
        return
    entry = directory / f"{name}.{kind}"
    part = directory / f"{entry.name}.{secrets.token_hex(8)}.part"
    try:
        if _claimed(directory):
            part.write_bytes(_head(name, data) + data)
            part.replace(entry)
            _make_room(directory)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()


def _claimed(directory: Path) -> bool:
    """Whether the folder may be used: it has our marker, or is new or empty. Raises: OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    marker = directory / MARKER
    if not marker.is_file():
        if any(file.name != MARKER for file in directory.iterdir()):
            return False
        with marker.open("x", encoding="ascii") as file:
            file.write(MARK)
    return True


def entries() -> list[os.DirEntry[str]]:
    """The files in the cache folder that are named like recordings. Raises: OSError."""
    directory = folder()
    if directory is None or not (directory / MARKER).is_file():
        return []
    with os.scandir(directory) as found:
        return [file for file in found if NAME.fullmatch(file.name) and file.is_file(follow_symlinks=False)]


def _make_room(directory: Path) -> None:
    """Remove the least recently used entries above ROOM, and only files that begin with MAGIC."""
    files = []
    for entry in entries():
        with contextlib.suppress(OSError):  # another process may have removed it
            files.append((entry.stat().st_mtime, entry.stat().st_size, directory / entry.name))
    total = sum(size for _, size, _ in files)
    for _, size, file in sorted(files):
        if total <= ROOM:
            break
        with contextlib.suppress(OSError):
            if _read(file, len(MAGIC)) == MAGIC:
                file.unlink()
        total -= size
