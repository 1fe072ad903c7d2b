"""The loss on a grid of parameters."""

from __future__ import annotations

import numpy as np
import torch

from animgd.recording.model import Landscape
from animgd.scene.problem import Window
from animgd.training.objective import Objective, one_thread

ROWS_AT_ONCE = 1 << 18  # samples


def survey(objective: Objective, window: Window, resolution: int) -> Landscape:
    """Sample the objective on a grid over the window, in bounded memory besides the result."""
    # By NumPy: torch's linspace misses the middle of a symmetric window by a rounding error.
    weights, biases = (torch.from_numpy(np.linspace(*side, resolution)) for side in (window.weight, window.bias))
    loss = np.empty((resolution, resolution))
    rows = max(1, ROWS_AT_ONCE // resolution)
    objective.generators.reset()
    with one_thread():
        for first in range(0, resolution, rows):
            weight, bias = torch.meshgrid(weights[first : first + rows], biases, indexing="ij")
            values = objective.values(weight.flatten(), bias.flatten())
            loss[first : first + rows] = values.reshape(weight.shape).numpy()
    return Landscape(window, loss)
