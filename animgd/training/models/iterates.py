"""The vectors of a training in bounded memory: rows of numbers that go to a temporary file when they are many."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from animgd.errors import SceneError
from animgd.recording.model import Series
from animgd.training.own_code.call import announce_own

IN_MEMORY = 64 << 20  # bytes; more rows go to a file
AT_ONCE = 1 << 23  # numbers of one chunk of columns, in double precision
Told = Callable[[float], None]


class Rows:
    """Vectors of one width, such as all parameters after each step; read back in chunks of columns."""

    def __init__(self, width: int, dtype: type[np.floating[Any]] = np.float32) -> None:
        self.width, self._count = width, 0
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed below
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self._count

    def append(self, row: Series) -> None:
        """Add a vector. Raises: OSError, if the disk is full."""
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(row, self.dtype).data)
        self._count += 1

    def row(self, number: int) -> Series:
        """One vector, in its own precision. Shapes: (width,)."""
        return self._read(number, 0, self.width)

    def columns(self, first: int, last: int) -> Series:
        """All rows, and of each the numbers from `first` to before `last`, in double precision."""
        if (first, last) == (0, self.width):
            self._file.seek(0)
            return np.frombuffer(self._file.read(), self.dtype).reshape(-1, self.width).astype(np.float64)
        found = np.empty((self._count, last - first))
        for number in range(self._count):
            found[number] = self._read(number, first, last)
        return found

    def _read(self, number: int, first: int, last: int) -> Series:
        size = self.dtype.itemsize
        self._file.seek((number * self.width + first) * size)
        return np.frombuffer(self._file.read((last - first) * size), self.dtype)


def chunks(every: list[Rows], told: Told | None = None) -> Iterator[tuple[slice, Series]]:
    """The columns of several trainings over each other, a few at a time. Shapes: (rows of all, columns).

    `told` is called with the part of the columns that a chunk was, so that its calls add up to 1.
    """
    rows, width = sum(map(len, every)), every[0].width
    step = max(1, AT_ONCE // max(1, rows))
    for first in range(0, width, step):
        last = min(width, first + step)
        announce_own("the plane of the network")  # large ones take longer than a scene's code may
        found = [each.columns(first, last) for each in every]
        yield slice(first, last), found[0] if len(found) == 1 else np.concatenate(found)
        if told:
            told((last - first) / width)


def check_room(rows: int, width: int, dtype: np.dtype[Any], origin: str | None) -> None:
    """Refuse what the disk for temporary files cannot hold. Raises: SceneError."""
    needed = rows * width * dtype.itemsize
    if needed <= IN_MEMORY:
        return
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if needed > 0.9 * free:
        found = f"{rows:,} steps of {width:,} parameters need {needed / 1e9:.3g} GB for temporary files"
        cure = "train fewer epochs, or set TMPDIR to a larger disk"
        raise SceneError(f"{found}, and {folder} has {free / 1e9:.3g} GB: {cure}", origin)
