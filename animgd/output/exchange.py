"""Exchange the names of two folders atomically, or as nearly so as the system can."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

CURRENT_FOLDER = -100  # AT_FDCWD
EXCHANGE = 2  # RENAME_EXCHANGE
ABSENT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)  # this system, or this file system, cannot exchange


def exchange(new: Path, target: Path) -> None:
    """Give `new` the name `target`; a folder that had it has the name `new` afterwards.

    Raises: OSError; `target` is then what it was.
    """
    while True:
        try:
            new.rename(target)  # does for a missing or empty target
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EACCES) or not target.is_dir():
                raise
        try:
            _swap(new, target)
            return
        except FileNotFoundError:
            continue  # the target went away meanwhile
        except OSError as error:
            if error.errno not in ABSENT:
                raise
        _dance(new, target)
        return


def _swap(new: Path, target: Path) -> None:
    """Linux's exchange of two names, which no kill can interrupt.

    Source: renameat2(2).
    """
    linux = sys.platform == "linux"
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if linux else None
    if rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if rename(CURRENT_FOLDER, os.fsencode(new), CURRENT_FOLDER, os.fsencode(target), EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _dance(new: Path, target: Path) -> None:
    """Rename the old folder, and back if the new one cannot take its name."""
    aside = new.with_suffix(".old")  # not a part: no sweep may take it, it may be the only film there is
    target.rename(aside)
    try:
        new.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    try:
        aside.rename(new)
    except OSError:  # a failed clean-up is not an error: the new folder is in its place
        shutil.rmtree(aside, ignore_errors=True)
