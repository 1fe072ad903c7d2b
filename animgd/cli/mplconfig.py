"""A folder for matplotlib's settings and caches, where its own cannot be written to, as in a read-only home.

It would make a temporary one itself, say so in three lines, and leave it behind when its process is killed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


@contextmanager
def folder_for_matplotlib() -> Iterator[None]:
    """Have a folder that matplotlib can write to, also in the processes that are started meanwhile."""
    with ExitStack() as stack:
        if not _is_its_own_writable():
            with suppress(OSError):  # nothing can be written anywhere: matplotlib says so
                made = tempfile.TemporaryDirectory(prefix="animgd-matplotlib-", ignore_cleanup_errors=True)
                os.environ["MPLCONFIGDIR"] = stack.enter_context(made)
        yield


def _is_its_own_writable() -> bool:
    """Whether files can be made in matplotlib's own folders, which are made themselves, as it does."""
    try:
        for folder in _own():
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError):
        return False
    return True


def _own() -> Iterator[Path]:
    """The folders that matplotlib would take; none on Windows, where they are writable. Raises: RuntimeError: no home.

    As in its `_get_config_or_cache_dir`, which can be asked only by importing it.
    """
    if given := os.environ.get("MPLCONFIGDIR"):
        yield Path(given)
    elif sys.platform.startswith(("linux", "freebsd")):
        for kind in ("CONFIG", "CACHE"):
            yield Path(os.environ.get(f"XDG_{kind}_HOME") or Path.home() / f".{kind.lower()}", "matplotlib")
    elif sys.platform != "win32":
        yield Path.home() / ".matplotlib"
