"""The loss of each run over the epochs, above the minimum where all minima are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.companions import over_epochs
from animgd.layout.elements import Series
from animgd.layout.measure import Content
from animgd.recording.model import Recording

LOWEST = 1e-6  # of the greatest start: what is nearer to a minimum stands at the plot's lower end


class Companion(over_epochs.Companion):
    """x is the epoch, y the loss, on a logarithmic axis where all values are above 0."""

    name = "Loss"
    part_names = ("Loss of {}", "{}")
    highest = 30.0

    def titles(self, content: Content, part: str) -> list[str]:
        """They say whether it is the loss above the minimum."""
        if not _above_minima(content.recording, content.series):
            return super().titles(content, part)
        loss = f"Loss of {part}" if part else "Loss"
        short = [f"{part or loss} above {word}" for word in ("minimum", "min.")]
        return [f"{loss} above its minimum", *short, *([part] if part else [])]

    def values(self, recording: Recording, series: Sequence[Series]) -> list[NDArray[np.float64]]:
        """What is shown of each run. Shapes: (steps + 1,) each."""
        panels = [(recording.panels[each.panel], each.run) for each in series]
        if not _above_minima(recording, series):
            return [panel.runs[run].loss for panel, run in panels]
        found = [panel.above_minimum(run) for panel, run in panels]
        return [np.maximum(values, LOWEST * max(float(each[0]) for each in found)) for values in found]

    def suits_log(self, finite: NDArray[np.float64]) -> bool:
        """Whether all are above 0."""
        return bool(finite.min() > 0)


def _above_minima(recording: Recording, series: Sequence[Series]) -> bool:
    """Whether the minima of all runs are known, and one of them starts above."""
    panels = [recording.panels[each.panel] for each in series]
    starts = [float(panel.above_minimum(each.run)[0]) for panel, each in zip(panels, series, strict=True)]
    return all(panel.minima for panel in panels) and 0 < max(starts, default=0.0) < np.inf
