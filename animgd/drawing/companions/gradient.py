"""The norm of the gradient of each run over the epochs: that of the step's own data, before it is clipped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.companions import loss
from animgd.recording.model import Trajectory


class Companion(loss.Companion):
    """x is the epoch, y the norm, on a logarithmic axis where all are above 0."""

    name = "Gradient"
    part_names = ("Gradient of {}", "{}")

    def values(self, path: Trajectory) -> NDArray[np.float64]:
        """The norms."""
        return path.gradient_norm
