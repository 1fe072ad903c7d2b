"""Notices when files are saved, by looking at them often: that works with every editor and file system."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable

OFTEN = 0.05  # seconds between two looks
GONE = 20  # looks in turn that do not find a module until it counts as deleted
COARSE = 20_000_000  # nanoseconds by which a file's time may be behind the clock

Signature = tuple[int, int, int]  # when it was changed, its size, its number (another one if it was replaced)


class Saves:
    """Watches a scene module, and files that it reads, from a thread of its own.

    When one was saved, `saved` is set and `noticed` is called there. Other files than Python's do not count while a
    scene runs: it may write them itself. When the module was deleted or renamed, `gone` is set.
    """

    def __init__(self, module: str, noticed: Callable[[], None]) -> None:
        self.saved, self.gone, self.at, self._noticed = threading.Event(), threading.Event(), time.monotonic(), noticed
        self._module, self._missing = module, 0
        self._known = {module: _signature(module)}
        self._running, self._lock = True, threading.Lock()
        threading.Thread(target=self._look, daemon=True).start()

    def begin(self) -> int:
        """A scene is run from now on. Units: nanoseconds since 1970, for `follow`."""
        self.saved.clear()
        self.gone.clear()
        self._running = True
        return time.time_ns()

    def follow(self, files: Iterable[str], began: int) -> None:
        """The run is over; these are the files that it has read. A module that was saved meanwhile counts as saved."""
        with self._lock:
            for file in files:
                known, module = file in self._known, _is_module(file)
                if known and module:
                    continue
                found = _signature(file)
                changed = found[0] if found else 0
                if known or module or changed < began:  # others that are new and younger, the scene has written itself
                    self._known[file] = found
                if module and changed >= began - COARSE:
                    self._notice()
            self._running = False

    def _look(self) -> None:
        while True:
            time.sleep(OFTEN)
            with self._lock:
                for file, known in self._known.items():
                    found = _signature(file)
                    if found in (None, known) or (self._running and not _is_module(file)):
                        continue  # a file that is gone is about to be replaced
                    self._known[file] = found
                    self._notice()
                self._miss()

    def _miss(self) -> None:
        """See whether the module is gone for good; it counts as saved when it is back, even if it is the same file."""
        self._missing = 0 if _signature(self._module) else self._missing + 1
        if self._missing == GONE:
            self._known[self._module] = None
            self.gone.set()

    def _notice(self) -> None:
        self.at = time.monotonic()
        self.saved.set()
        self._noticed()


def _is_module(file: str) -> bool:
    return file.endswith(".py")


def _signature(file: str) -> Signature | None:
    try:
        found = os.stat(file)  # noqa: PTH116 - called twenty times a second
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
