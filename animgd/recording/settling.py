"""When a run has settled: from which epoch on it stays at its minimum."""

from __future__ import annotations

import numpy as np

from animgd.recording.model import Minimum, PanelRecording

NEAR = 0.1 / 13  # of the window's shorter side: a run this near to its minimum for good has settled


def settled_at(recorded: PanelRecording, run: int) -> int | None:
    """The epoch from which on a run stays at its minimum (with weight decay, at that of both); None if it does not."""
    path, window = recorded.runs[run], recorded.landscape.window
    if path.diverged_at is not None:
        return None
    near = NEAR * min(window.bias[1] - window.bias[0], window.weight[1] - window.weight[0])
    away = [np.hypot(path.weight - place.weight, path.bias - place.bias) for place in _places(recorded, run)]
    ends = [distance for distance in away if distance[-1] <= near]
    if not ends:
        return None
    outside = np.flatnonzero(~(min(ends, key=lambda distance: distance[-1]) <= near))
    return int(outside[-1]) + 1 if outside.size else 0


def _places(recorded: PanelRecording, run: int) -> tuple[Minimum, ...]:
    decayed = recorded.decayed[run]
    return (decayed,) if decayed else (*recorded.minima, *recorded.maxima)
