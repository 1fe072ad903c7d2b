"""A temporary file beside an output, which takes the output's name only when it is complete.

The kernel holds a lock on every part for as long as its process lives, so a later start can tell a stale
part from a living one, however process numbers are used again.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from animgd.encoders.base import MAY_HOLD
from animgd.errors import cannot_write
from animgd.output.exchange import exchange

if sys.platform != "win32":
    import fcntl

NAME = re.compile(r"\.animgd-(\d+)-[0-9a-f]{8}\.part")  # with the number of its process
DAY = 86_400.0  # seconds; without locks (Windows), an older part is taken to be abandoned


class Part:
    """A file (or folder) beside `target` to write to, then published under its name or discarded.

    A file has the mode of any new file, 0666 & ~umask, because `open` made it.

    Raises: OutputError, at once, if the target must not be replaced or nothing can be written beside it.
    """

    def __init__(self, target: Path, folder: bool = False) -> None:
        self.folder = folder
        self._shown = target
        try:
            self._target = Path(target).absolute()  # a scene may change the working directory
            _refuse(self._target, folder)
            self.path, self._lock = _claim(self._target.parent, folder)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise cannot_write(target, error) from error

    def publish(self) -> None:
        """Move what was written to the target's name, atomically and durably.

        Raises: OutputError; whatever had the name before then still has it (unless the very last step, making
        the change of names durable, is what failed: then it is the new film, whole).
        """
        try:
            _refuse(self._target, self.folder)
            _settle(self.path, self.folder)
            if self.folder:
                exchange(self.path, self._target)  # the part is now the old folder, if there was one
            else:
                self.path.replace(self._target)
            _sync(self._target.parent, folder=True)
        except OSError as error:
            raise cannot_write(self._shown, error) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove the part; never raises, and may be called at any time and twice."""
        _remove(self.path)
        lock, self._lock = self._lock, -1
        if lock >= 0:
            with suppress(OSError):
                os.close(lock)


def sweep(folder: Path, killed: Collection[int] = ()) -> None:
    """Remove the parts of ended processes from a folder, and of `killed` ones, which may still end; never raises."""
    try:
        found = [(path, int(name[1])) for path in Path(folder).iterdir() if (name := NAME.fullmatch(path.name))]
    except OSError:
        return
    for path, process in found:
        with suppress(OSError):
            if process in killed:
                _remove(path)
            else:
                _sweep(path)


def _refuse(target: Path, folder: bool) -> None:
    """Refuse a target that a film must not replace; a missing one is fine."""
    if target.name in ("", ".."):
        raise OSError(errno.EINVAL, "not a file name")
    try:
        mode = (target.lstat() if folder else target.stat()).st_mode
    except FileNotFoundError:
        return
    if folder:
        _refuse_strangers(target, mode)
    elif stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, "a folder has this name: move it, or choose another name with -o")
    elif not stat.S_ISREG(mode):  # as root, a film called /dev/null would take its place
        raise OSError(errno.EINVAL, "not a regular file: choose another name with -o")


def _refuse_strangers(target: Path, mode: int) -> None:
    """Refuse a folder with other files: a film's folder is replaced as a whole."""
    if not stat.S_ISDIR(mode):
        raise OSError(errno.ENOTDIR, "not a folder: move it, or choose another name with -o")
    strangers = sorted(path.name for path in target.iterdir() if not MAY_HOLD.fullmatch(path.name))
    if strangers:
        raise OSError(errno.ENOTEMPTY, f"the folder holds another file, {strangers[0]}: move it first")


def _claim(parent: Path, folder: bool) -> tuple[Path, int]:
    """A new part, and the descriptor that holds its lock."""
    for _ in range(16):
        path = parent / f".animgd-{os.getpid()}-{secrets.token_hex(4)}.part"
        if folder:
            path.mkdir()
        else:
            path.touch(exist_ok=False)
        lock = _hold(path)
        if lock >= 0:
            return path, lock
    raise OSError(errno.EAGAIN, "temporary files are deleted as soon as they are made")


def _hold(path: Path) -> int:
    """Lock a new part; -1 if another process removes it first."""
    if sys.platform == "win32":
        return os.open(os.devnull, os.O_RDONLY)
    try:
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return -1
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino == os.fstat(lock).st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:  # a file system without locks: no sweep gets one either, so all parts stay
        return lock
    os.close(lock)
    return -1


def _sweep(path: Path) -> None:
    """Remove a part if its lock is free.

    Raises: OSError: it belongs to somebody, or cannot be asked.
    """
    if sys.platform == "win32":
        if time.time() - path.stat().st_mtime > DAY:
            _remove(path)
        return
    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(path)
    finally:
        os.close(lock)


def _remove(path: Path) -> None:
    """Remove a file or a whole folder as far as possible; never raises."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _settle(path: Path, folder: bool) -> None:
    """Flush everything that was written to the disk."""
    for file in sorted(path.iterdir()) if folder else [path]:
        if not file.stat().st_size:
            raise OSError(errno.ENODATA, "nothing was written")
        _sync(file)
    if folder:
        _sync(path, folder=True)


def _sync(path: Path, folder: bool = False) -> None:
    """Wait until a file's bytes, or a folder's names where the system supports it, are on the disk."""
    if folder and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if not folder or error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot
            raise
    finally:
        os.close(handle)
