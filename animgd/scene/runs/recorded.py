"""Declarations of paths that were trained elsewhere."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from animgd.errors import SceneError
from animgd.scene.base import Declaration, here

WHOLE = 256 << 20  # bytes: of larger files, size and time of the last change stand for the content
MANY = 1_000_000  # rows of an array


@dataclass(frozen=True, init=False)
class Recorded(Declaration):
    """A path that was trained elsewhere, in place of an optimizer: `Recorded("run.npz", label="mine")`.

    source (path of a file of `animgd.Recorder`, beside the scene's module or absolute; or an array of shape
        (steps + 1, 2): weight and bias of a line, or x and y of a function): the path.
    label (text; default: the file's name, or "recorded"): its name on screen.
    steps_per_epoch (int from 1; default: 1): recorded steps in one epoch of the film.
    """

    file: str | None
    digest: str
    points: tuple[tuple[float, float], ...]
    label: str
    steps_per_epoch: int
    settings = ()
    _spelling = 'Recorded("run.npz", label="mine")'

    def __init__(self, source: Any, label: str | None = None, steps_per_epoch: int = 1) -> None:
        file = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
        self._set("file", file)
        self._set("points", () if file is not None else source)
        self._set("label", label if label is not None else Path(str(file)).stem if file is not None else "recorded")
        self._set("steps_per_epoch", steps_per_epoch)
        super().__post_init__()

    def _check(self) -> None:
        self._is("label", str, "text")
        self._whole("steps_per_epoch", "a whole number from 1", least=1, most=10**6)
        if self.file is None:
            self._set("points", self._pairs(self.points))
            self._set("digest", "")
            return
        given, path = self.file, _beside(self.file, self.origin)
        self._set("file", str(path))
        try:
            self._set("digest", _digest(path))
        except OSError as error:
            raise SceneError(f"Recorded: cannot read {given}: {error.strerror or error}", self.origin) from None

    def _pairs(self, given: Any) -> tuple[tuple[float, float], ...]:
        allowed = "the path of a file, or an array of shape (steps + 1, 2) with at least two rows"
        try:
            found = tuple((float(a), float(b)) for a, b in (given.tolist() if hasattr(given, "tolist") else given))
        except (TypeError, ValueError):
            raise self._wrong("source", given, allowed) from None
        if not 2 <= len(found) <= MANY:
            raise self._wrong("source", given, allowed)
        return found

    def replace(self, **changes: Any) -> Self:
        """A copy with another label or number of steps an epoch. Raises: SceneError, for an optimizer's settings."""
        other = next((name for name in changes if name not in ("label", "steps_per_epoch")), None)
        if other:
            raise SceneError(f"Recorded has no setting {other!r}: it is trained already", here())
        kept: dict[str, Any] = {"label": self.label, "steps_per_epoch": self.steps_per_epoch} | changes
        made = type(self)(self.file if self.file is not None else self.points, **kept)
        made._set("origin", self.origin)
        return made

    @property
    def name(self) -> str:
        """The name shown on screen."""
        return self.label


def _beside(file: str, origin: str | None) -> Path:
    """A file beside the module that names it, else in the current folder."""
    module = Path((origin or "").rpartition(":")[0])
    found = module.parent / file
    return found.resolve() if found.exists() else Path(file).absolute()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        told = os.fstat(file.fileno())
        if told.st_size > WHOLE:
            return f"{told.st_size} {told.st_mtime_ns}"
        return hashlib.file_digest(file, "sha256").hexdigest()
