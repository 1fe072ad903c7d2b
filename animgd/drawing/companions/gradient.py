"""The norm of the gradient of each run over the epochs: that of the step's own data, before it is clipped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.companions import over_epochs
from animgd.layout.elements import Series
from animgd.recording.model import Recording


class Companion(over_epochs.Companion):
    """x is the epoch, y the norm, on a logarithmic axis where all are above 0."""

    name = "Gradient"
    part_names = ("Gradient of {}", "{}")
    highest = 30.0

    def values(self, recording: Recording, series: Sequence[Series]) -> list[NDArray[np.float64]]:
        """The norms."""
        return [recording.panels[each.panel].runs[each.run].gradient_norm for each in series]

    def suits_log(self, finite: NDArray[np.float64]) -> bool:
        """Whether all are above 0."""
        return bool(finite.min() > 0)
