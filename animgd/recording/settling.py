"""When a run has settled: from which epoch on it stays at its minimum."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from animgd.recording.model import Minimum, PanelRecording

STAYS = 3  # epochs, where an epoch has several steps: by chance, noise comes this near for shorter
NEAR = 0.1 / 13  # of the window's shorter side: a run this near to its minimum for good has settled


def settled_at(recorded: PanelRecording, run: int) -> Fraction | None:
    """The epoch, possibly between two, from which on a run stays at its minimum; None if it does not."""
    step = settled_step(recorded, run)
    return None if step is None else recorded.runs[run].epoch(step)


def settled_step(recorded: PanelRecording, run: int) -> int | None:
    """The steps after which a run stays at its minimum (with weight decay, at that of both); None if it does not."""
    path, window, place = recorded.runs[run], recorded.landscape.window, target(recorded, run)
    if path.diverged_at is not None or place is None:
        return None
    near = NEAR * min(window.bias[1] - window.bias[0], window.weight[1] - window.weight[0])
    outside = np.flatnonzero(~(np.hypot(path.weight - place.weight, path.bias - place.bias) <= near))
    if not outside.size:
        return 0
    step, stays = int(outside[-1]) + 1, STAYS * path.steps_per_epoch if path.steps_per_epoch > 1 else 0
    return step if step + stays < len(path.weight) else None


def target(recorded: PanelRecording, run: int) -> Minimum | None:
    """The minimum (with weight decay, that of both) that a run ends nearest to; None if none is known.

    Where runs ascend, it is the maximum for one that went up.
    """
    decayed, path = recorded.decayed[run], recorded.runs[run]
    rise = path.loss[path.last] - path.loss[0]
    lowest = () if rise > 0 and recorded.maxima else recorded.minima
    places = (decayed,) if decayed else (*lowest, *(() if rise < 0 else recorded.maxima))
    weight, bias = path.weight[path.last], path.bias[path.last]
    return min(places, key=lambda place: np.hypot(weight - place.weight, bias - place.bias), default=None)
