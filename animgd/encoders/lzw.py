"""Index pictures as LZW codes."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile


def compress(indices: NDArray[np.uint8]) -> bytes:
    """All codes of a picture, as sub-blocks.

    Shapes: (rows, columns).
    """
    picture = Image.fromarray(np.ascontiguousarray(indices), "L")
    file = io.BytesIO()
    picture.encoderconfig = (8, False)
    ImageFile._save(picture, file, [ImageFile._Tile("gif", (0, 0, *picture.size), 0, "L")])
    blocks, at, parts = file.getvalue(), 0, []
    while at < len(blocks):
        parts.append(blocks[at + 1 : at + 1 + blocks[at]])
        at += 1 + blocks[at]
    return b"".join(parts)
