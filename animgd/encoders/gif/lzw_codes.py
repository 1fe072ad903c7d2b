"""LZW codes as a stream of bits; how wide a code is follows from its place alone.

Source: CompuServe, Graphics Interchange Format, Version 89a (1990), appendix F.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDEST = 12  # bits
MANY = 1 << 16  # codes that are unfolded at once
FULL = 1 << WIDEST  # codes; when all are taken the dictionary stays as it is until it is cleared


def clear(depth: int) -> int:
    """The code that empties the dictionary; the next one ends the picture, and the first phrase comes after it."""
    return 1 << depth


def pack(runs: Sequence[Sequence[int]], depth: int) -> bytes:
    """All codes of a picture as bytes, a clear code before each run and the end after the last.

    Units: `depth` in bits: indices below 2^depth stand for themselves.
    """
    codes, widths = [np.array([clear(depth)])], [np.array([depth + 1])]
    for number, run in enumerate(runs):
        last = number == len(runs) - 1
        codes.append(np.append(np.asarray(run, np.int64), clear(depth) + last))
        widths.append(_widths(len(run) + 1, depth))
    return _joined(np.concatenate(codes), np.concatenate(widths))


def _widths(count: int, depth: int) -> NDArray[np.int64]:
    """How many bits each code after a clear has: as many as the newest phrase's number needs."""
    newest = clear(depth) + 1 + np.arange(count)
    return np.clip(np.frexp(newest)[1], depth + 1, WIDEST)


def _joined(codes: NDArray[np.int64], widths: NDArray[np.int64]) -> bytes:
    places = np.arange(WIDEST)
    parts = []
    for start in range(0, len(codes), MANY):
        some = slice(start, start + MANY)
        bits = (codes[some, None] >> places & 1).astype(np.uint8)
        parts.append(bits[places < widths[some, None]])
    return np.packbits(np.concatenate(parts), bitorder="little").tobytes()
