"""The files that a scene's code is made of and has read, for the keys of kept recordings."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from animgd.scene.module.author_errors import is_library

SYSTEM = tuple(each + os.sep for each in ("/proc", "/sys", "/dev", "/etc", "/usr", sys.prefix, sys.base_prefix))


class Sources:
    """Watches which files are opened; for an author process, since it cannot be taken away."""

    def __init__(self) -> None:
        self._watching, self._opened, self._known = False, set[str](), set[str]()
        self._start = os.getcwd()  # noqa: PTH109 - a scene may leave it
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
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
        """A hash of all these files as they are now."""
        self._known = self._files()
        digest = hashlib.sha256()
        for file in sorted(self._known):
            with contextlib.suppress(OSError):
                content = hashlib.sha256(Path(file).read_bytes()).hexdigest()
                digest.update(f"{file}\0{content}\0".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def late(self) -> list[str]:
        """Files that were read only after `digest`: nothing is known of them before the code is called."""
        return sorted(self._files() - self._known)
