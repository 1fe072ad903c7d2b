"""A whole picture as LZW codes, its dictionary cleared when it no longer fits the picture.

Once the dictionary is full nothing is learned any more, so a phrase may be cut short for free: the one is taken
from which the next phrase reaches furthest. Source: flexible parsing, Matias and Şahinalp 1999; Horspool 1995.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.bits import FULL, clear, pack

WINDOW = 256  # codes after which a full dictionary is judged
SHORTER = 6  # pixels that a phrase may be cut short by
LONG = 64  # pixels: cutting a phrase this long wins nothing and costs time


def compress(indices: NDArray[np.uint8], depth: int) -> bytes:
    """A picture in which every pixel counts.

    Shapes: (rows, columns).
    Units: `depth` in bits; all indices are below 2^depth.
    """
    pixels = indices.ravel().tolist()
    runs: list[list[int]] = []
    children = [0] * (FULL << 8)
    at = 0
    while at < len(pixels):
        taken: list[int] = []
        codes, learned = _learn(pixels, at, depth, children, taken)
        codes, end = _reuse(pixels, learned, codes, at, children)
        runs.append(codes)
        at = end
        for key in taken:
            children[key] = 0
    return pack(runs, depth)


def _learn(pixels: list[int], at: int, depth: int, children: list[int], taken: list[int]) -> tuple[list[int], int]:
    """Code until the dictionary is full: the codes, and the first pixel after them.

    A phrase's number is kept shifted by 8, so that with a pixel it is the place of the longer phrase.
    """
    codes: list[int] = []
    node = pixels[at] << 8
    at += 1
    for phrase in range(clear(depth) + 2, FULL):
        try:
            while longer := children[node | pixels[at]]:
                node = longer
                at += 1
        except IndexError:
            break
        codes.append(node >> 8)
        children[node | pixels[at]] = phrase << 8
        taken.append(node | pixels[at])
        node = pixels[at] << 8
        at += 1
    else:
        return codes, at - 1
    codes.append(node >> 8)
    return codes, at


def _reuse(pixels: list[int], at: int, codes: list[int], start: int, children: list[int]) -> tuple[list[int], int]:
    """Code on with a full dictionary while it codes as many pixels a code as it has until now."""
    limit, learned, before = len(pixels), len(codes), at
    while at < limit:
        node, end = _longest(pixels, at, children)
        if 1 < end - at < LONG and end < limit:
            node, end = _cut(pixels, at, end, children)
        codes.append(node >> 8)
        at = end
        if (len(codes) - learned) % WINDOW == 0:
            if (at - before) * len(codes) < WINDOW * (at - start):
                break
            before = at
    return codes, at


def _longest(pixels: list[int], at: int, children: list[int]) -> tuple[int, int]:
    """The longest phrase from a pixel on, and where it ends."""
    node = pixels[at] << 8
    at += 1
    try:
        while longer := children[node | pixels[at]]:
            node = longer
            at += 1
    except IndexError:
        pass
    return node, at


def _cut(pixels: list[int], at: int, end: int, children: list[int]) -> tuple[int, int]:
    """The phrase after which the next one reaches furthest."""
    nodes = [pixels[at] << 8]
    for pixel in pixels[at + 1 : end]:
        nodes.append(children[nodes[-1] | pixel])
    furthest, best = 0, end
    for middle in range(end, max(at, end - SHORTER - 1), -1):
        reach = _longest(pixels, middle, children)[1]
        if reach > furthest:
            furthest, best = reach, middle
    return nodes[best - at - 1], best
