"""Pack LZW codes into bytes; the width of a code depends only on how many codes precede it.

Source: CompuServe, Graphics Interchange Format, Version 89a (1990), appendix F.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_BITS = 12  # bits
CHUNK = 1 << 16  # codes that are unpacked into bits at once
DICTIONARY_SIZE = 1 << MAX_BITS  # codes; a full dictionary does not change until it is cleared


def clear_code(depth: int) -> int:
    """The code that clears the dictionary; the next code ends the image, and the one after it is the first phrase."""
    return 1 << depth


def pack(runs: Sequence[Sequence[int]], depth: int) -> bytes:
    """All codes of an image as bytes, with a clear code before each run and the end code after the last.

    Units: `depth` in bits: indices below 2^depth stand for themselves.
    """
    codes, widths = [np.array([clear_code(depth)])], [np.array([depth + 1])]
    for number, run in enumerate(runs):
        last = number == len(runs) - 1
        codes.append(np.append(np.asarray(run, np.int64), clear_code(depth) + last))
        widths.append(_widths(len(run) + 1, depth))
    return _pack_bits(np.concatenate(codes), np.concatenate(widths))


def _widths(count: int, depth: int) -> NDArray[np.int64]:
    """Width in bits of each code after a clear code: that of the newest phrase's number."""
    newest = clear_code(depth) + 1 + np.arange(count)
    return np.clip(np.frexp(newest)[1], depth + 1, MAX_BITS)


def _pack_bits(codes: NDArray[np.int64], widths: NDArray[np.int64]) -> bytes:
    bit = np.arange(MAX_BITS)
    parts = []
    for start in range(0, len(codes), CHUNK):
        chunk = slice(start, start + CHUNK)
        bits = (codes[chunk, None] >> bit & 1).astype(np.uint8)
        parts.append(bits[bit < widths[chunk, None]])
    return np.packbits(np.concatenate(parts), bitorder="little").tobytes()
