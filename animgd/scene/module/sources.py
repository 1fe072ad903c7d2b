"""What a scene's code is made of and has read, for the keys of kept recordings."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from animgd.scene.module.author_errors import is_library, is_standard

SYSTEM = tuple(each + os.sep for each in ("/proc", "/sys", "/dev", "/etc", "/usr", sys.prefix, sys.base_prefix))


PROGRAMS, LISTS = "other programs", "lists of files"
CHANGING = {"subprocess.Popen": PROGRAMS, "os.system": PROGRAMS, "os.posix_spawn": PROGRAMS, "os.listdir": LISTS,
            "os.scandir": LISTS, "sqlite3.connect": "a database", "socket.connect": "the network"}  # fmt: skip


class Sources:
    """Watches what is read; for an author process, since it cannot be taken away."""

    def __init__(self) -> None:
        self._watching, self._opened, self._known = False, set[str](), set[str]()
        self._environment = dict(os.environ)
        self.changing = set[str]()  # what the author's code depends on that no file's content tells
        self._start = os.getcwd()  # noqa: PTH109 - a scene may leave it
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self._watching and event in CHANGING and _by_author():
            self.changing.add(CHANGING[event])
        if not self._watching or event != "open" or not isinstance(args[0], (str, bytes)):
            return
        if args[1] is None or "r" in args[1] or "+" in args[1]:
            with contextlib.suppress(OSError):  # the current folder is gone, and with it all that lay in it
                self._opened.add(os.path.abspath(os.fsdecode(args[0])))  # noqa: PTH100 - called for every file, at exit too

    @contextlib.contextmanager
    def seen(self) -> Iterator[None]:
        """Note what is opened."""
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def _files(self) -> set[str]:
        """The author's own files: opened ones, and those of imported modules."""
        modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        named = {os.path.join(self._start, file) for file in modules if isinstance(file, str)}  # noqa: PTH118
        files = self._opened | set(map(os.path.normpath, named))
        return {file for file in files if not file.startswith(SYSTEM) and not is_library(file) and Path(file).is_file()}

    def files(self) -> list[str]:
        """The names of those that `digest` is of, or that there were if there was none."""
        return sorted(self._known or self._files())

    def digest(self) -> str:
        """A hash of all these files as they are now, and of variables of the environment that they name."""
        self._known = self._files()
        digest = hashlib.sha256()
        for file in sorted(self._known):
            with contextlib.suppress(OSError):
                content = Path(file).read_bytes()
                parts = [file, hashlib.sha256(content).hexdigest(), *self._variables(content)]
                digest.update("\0".join(parts).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def _variables(self, content: bytes) -> Iterator[str]:
        """The variables of the environment whose names stand in quotation marks in code that reads variables."""
        if b"environ" in content or b"getenv" in content:
            for name, value in sorted(self._environment.items()):
                if any(f"{mark}{name}{mark}".encode("utf-8", "surrogateescape") in content for mark in "'\""):
                    yield f"{name}={value}"

    def late(self) -> list[str]:
        """Files that were read only after `digest`, of which nothing is known before the code is called, and what is
        `changing`, in angle brackets.
        """
        return sorted(self._files() - self._known) + [f"<{each}>" for each in sorted(self.changing)]


def _by_author() -> bool:
    """Whether the author's own code does what is audited, by way of Python's own modules; an import does not count."""
    frame = sys._getframe(2)
    while frame is not None and is_standard(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    return frame is not None and not is_library(frame.f_code.co_filename)
