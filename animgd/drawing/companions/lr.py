"""The learning rate of each run over the epochs: that of the step under way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.companions import over_epochs
from animgd.layout.elements import Series
from animgd.recording.model import Recording

SMALL = 0.15  # of the greatest value: if most are smaller, they are seen on a logarithmic axis only
FALLS = 1e4  # by more: one that ends in almost nothing would be all that the axis shows


class Companion(over_epochs.Companion):
    """x is the epoch, y the learning rate, on a logarithmic axis where most rates are small."""

    name = "Learning rate"
    part_names = ("Learning rate of {}", "{}")

    def values(self, recording: Recording, series: Sequence[Series]) -> list[NDArray[np.float64]]:
        """The learning rates; nan where they are not known."""
        paths = [recording.panels[each.panel].runs[each.run] for each in series]
        return [np.full(path.loss.shape, np.nan) if path.lr is None else path.lr for path in paths]

    def suits_log(self, finite: NDArray[np.float64]) -> bool:
        """Whether most are small."""
        return bool(finite.min() * FALLS > finite.max() and np.median(finite) < SMALL * finite.max())
