"""A trail that fades where its path is far from the plane that is drawn, since it does not lie on the map there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from animgd.drawing.screen_path import ScreenPath
from animgd.graphics.raster import Mask


def faded(masks: Sequence[Mask], track: ScreenPath, step: int) -> list[Mask]:
    """The masks of a piece that ends after some steps, as strong as the path is near the plane."""
    if track.nearness is None:
        return list(masks)
    part = np.float32(track.nearness[step])
    return [Mask(mask.box, np.rint(mask.coverage * part).astype(np.uint8)) for mask in masks]
