"""Writes down what a training of one's own does, step by step; works with torch, NumPy, JAX, and what is like them."""

from __future__ import annotations

import math
import os
import secrets
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from animgd.errors import UsageError
from animgd.recording.trained import rows

Series = np.ndarray[Any, Any]


class Recorder:
    """Records the parameters of a model that is trained in a loop of one's own, for `Recorded`.

    model: has `named_parameters()`, as in torch; or a function that returns arrays; or a list or dict of arrays or
        tensors that the training changes in place. Nested lists and dicts are fine.
    every (int from 1; default: 1): each so many steps are written down.
    growing (path; default: `animgd-<number>.rows` in the current folder): the file that grows with each step, in single
        precision. After `save` it goes with the recorder; after a training that was killed, `Recorded` reads it.
    Raises: UsageError, if the parameters cannot be read.
    """

    def __init__(self, model: Any, *, every: int = 1, growing: str | os.PathLike[str] | None = None) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise UsageError(f"Recorder: every must be a whole number from 1, not {every!r}")
        self._read = _reader(model)
        self.every, self.steps = every, 0
        first = self._read()
        self._shapes = [tuple(each.shape) for each in first.values()]
        self._file = _opened(growing)
        self.growing = Path(self._file.name)
        self._file.write(rows.head([*first], self._shapes, every))
        self._written = self._saved = 0
        self._append(first, math.nan, math.nan)
        self._tidy = weakref.finalize(self, _closed, self._file, None)

    def step(self, loss: Any = None, lr: Any = None) -> None:
        """Note the parameters after a step, and its loss and learning rate. Raises: OSError, UsageError."""
        self.steps += 1
        if self.steps % self.every == 0:
            self._append(self._read(), _number(loss), _number(lr))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write what was recorded so far as .npz, without pickle; replaces a file of that name. Raises: OSError."""
        target = Path(path)
        part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
        try:
            with self.growing.open("rb") as source, part.open("wb") as file:
                rows.pack(source, file)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        self._saved = self._written
        self._tidy.detach()
        self._tidy = weakref.finalize(self, _closed, self._file, self.growing)
        return target

    def _append(self, values: dict[str, Series], loss: float, lr: float) -> None:
        shapes = [tuple(each.shape) for each in values.values()]
        if shapes != self._shapes:
            raise UsageError(f"Recorder: the parameters had shapes {self._shapes} and now have {shapes}")
        if self._written and self._written == self._saved:  # what follows is not saved yet: the file must stay
            self._tidy.detach()
            self._tidy = weakref.finalize(self, _closed, self._file, None)
        flat = np.concatenate([each.ravel() for each in values.values()])
        self._file.write(rows.row(loss, lr, flat))
        self._written += 1


def _opened(growing: str | os.PathLike[str] | None) -> BinaryIO:
    """The growing file, unbuffered, so that a killed training has written all that it has recorded."""
    if growing is not None:
        return Path(growing).open("wb", buffering=0)
    name = f"animgd-{os.getpid()}-{secrets.token_hex(2)}.rows"
    try:
        return Path(name).open("xb", buffering=0)
    except OSError:  # a folder that cannot be written
        return (Path(tempfile.gettempdir()) / name).open("xb", buffering=0)


def _closed(file: BinaryIO, gone: Path | None) -> None:
    file.close()
    if gone is not None:
        gone.unlink(missing_ok=True)


def _number(value: Any) -> float:
    """A loss or learning rate as a number; nan for none."""
    if value is None:
        return math.nan
    return float(value.detach() if hasattr(value, "detach") else value)


def _reader(model: Any) -> Any:
    """What reads the parameters, by name. Raises: UsageError."""
    if hasattr(model, "named_parameters"):
        return lambda: {name: _array(each, name) for name, each in model.named_parameters()
                        if getattr(each, "requires_grad", True)}  # fmt: skip
    if not callable(model) and not isinstance(model, (Mapping, list, tuple)):
        wanted = "a model with named_parameters(), a function that returns arrays, or a list or dict of them"
        raise UsageError(f"Recorder: expected {wanted}, not {type(model).__name__}")

    def read() -> dict[str, Series]:
        found = dict(_leaves(model() if callable(model) else model, ""))
        if not found:
            raise UsageError("Recorder: there are no parameters")
        return found

    return read


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Series]]:
    """The arrays in nested lists and dicts, with names made of their keys."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)):
        for key, each in enumerate(value):
            yield from _leaves(each, f"{name}.{key}" if name else str(key))
    else:
        yield name or "0", _array(value, name)


def _array(value: Any, name: str) -> Series:
    """A parameter in single precision."""
    if hasattr(value, "detach"):  # of torch: off its device, and NumPy has no bfloat16
        value = value.detach().float().cpu()
    try:
        return np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise UsageError(f"Recorder: parameter {name!r} is not an array of numbers: {error}") from None
