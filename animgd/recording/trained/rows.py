"""The files of recorded trainings: growing ones with one row a step, and .npz, which are read a row at a time.

A growing file is MAGIC, the length of its description in 8 bytes, the description as JSON, and the rows: loss and
learning rate of the step that led there as float64, then all parameters as float32, little-endian. An .npz has the
arrays `parameters` (steps + 1, width), `loss` and `lr` (steps + 1,), and `told`, the description. Neither has pickle.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

MAGIC = b"animgd rows 1\n"
NUMBERS = np.dtype("<f8")  # of loss and lr
VALUES = np.dtype("<f4")  # of parameters
LONGEST = 1 << 26  # bytes of a description


class Row(NamedTuple):
    """One entry: the parameters after so many steps, and loss and learning rate of the step that led there."""

    loss: float
    lr: float
    values: np.ndarray[Any, Any]


class Description(NamedTuple):
    """What a file says of its rows."""

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    every: int

    @property
    def width(self) -> int:
        """The numbers in a row."""
        return sum(math.prod(shape) for shape in self.shapes)


def head(names: Sequence[str], shapes: Sequence[tuple[int, ...]], every: int) -> bytes:
    """The beginning of a growing file."""
    told = json.dumps({"names": [*names], "shapes": [*map(list, shapes)], "every": every}).encode()
    return MAGIC + len(told).to_bytes(8, "little") + told


def row(loss: float, lr: float, values: np.ndarray[Any, Any]) -> bytes:
    """A row of a growing file."""
    return np.array([loss, lr], NUMBERS).tobytes() + np.ascontiguousarray(values, VALUES).tobytes()


def pack(source: BinaryIO, target: BinaryIO) -> None:
    """Write a growing file as .npz, in bounded memory."""
    described, told = _head(source)
    start, size = source.tell(), 2 * NUMBERS.itemsize + described.width * VALUES.itemsize
    count = (source.seek(0, 2) - start) // size  # the last row may have been cut off
    numbers = np.empty((count, 2))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        with archive.open("parameters.npy", "w", force_zip64=True) as file:
            shape = {"descr": VALUES.str, "fortran_order": False, "shape": (count, described.width)}
            np.lib.format.write_array_header_1_0(file, shape)
            source.seek(start)
            for k in range(count):
                whole = source.read(size)
                numbers[k] = np.frombuffer(whole, NUMBERS, 2)
                file.write(whole[2 * NUMBERS.itemsize :])
        texts = np.frombuffer(told, np.uint8)
        for name, array in (("loss", numbers[:, 0]), ("lr", numbers[:, 1]), ("told", texts)):
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


class Rows:
    """A recorded training on disk. Raises: ValueError, if it is not one, or damaged; OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            self._grows = file.read(len(MAGIC)) == MAGIC
            file.seek(0)
            if self._grows:
                self.described = _head(file)[0]
                self._start, end = file.tell(), file.seek(0, 2)
                self._size = 2 * NUMBERS.itemsize + self.described.width * VALUES.itemsize
                self.count = (end - self._start) // self._size
                return
        try:
            with np.load(path, allow_pickle=False) as found:
                self.described = _description(found["told"].tobytes())
                self._loss, self._lr = found["loss"].astype(float), found["lr"].astype(float)
        except (zipfile.BadZipFile, KeyError, EOFError, AttributeError, TypeError) as error:
            raise ValueError(f"not a recording of animgd.Recorder ({error})") from None
        self.count = len(self._loss)

    def __iter__(self) -> Iterator[Row]:
        """All rows, one after the other."""
        if self._grows:
            with self._path.open("rb") as file:
                file.seek(self._start)
                for _ in range(self.count):
                    loss, lr = np.frombuffer(file.read(2 * NUMBERS.itemsize), NUMBERS).tolist()
                    yield Row(loss, lr, self._values(file))
            return
        with zipfile.ZipFile(self._path) as archive, archive.open("parameters.npy") as member:
            np.lib.format.read_magic(member)
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(member)
            if shape != (self.count, self.described.width) or fortran or dtype != VALUES:
                raise ValueError("its parameters are not as its description says")
            for loss, lr in zip(self._loss.tolist(), self._lr.tolist(), strict=True):
                yield Row(loss, lr, self._values(member))

    def _values(self, file: Any) -> np.ndarray[Any, Any]:
        return np.frombuffer(file.read(self.described.width * VALUES.itemsize), VALUES)


def _head(file: BinaryIO) -> tuple[Description, bytes]:
    """The description of a growing file. Raises: ValueError."""
    if file.read(len(MAGIC)) != MAGIC:
        raise ValueError("not a file of animgd.Recorder")
    size = int.from_bytes(file.read(8), "little")
    told = file.read(size) if size <= LONGEST else b""
    return _description(told), told


def _description(told: bytes) -> Description:
    try:
        found = json.loads(told)
        shapes = tuple(tuple(int(side) for side in shape) for shape in found["shapes"])
        return Description(tuple(map(str, found["names"])), shapes, int(found["every"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"its description is damaged ({error})") from None
