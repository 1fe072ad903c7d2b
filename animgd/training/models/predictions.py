"""What a network predicts while it is trained: its curve over one feature, or its decision boundary over two."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.recording.model import Boundaries, Curves, Series
from animgd.training.models.objective import ModelObjective, evaluation

SAMPLES = 201  # of a curve
GRID = 81  # samples along each axis for boundaries
MARGIN = 0.25  # of the data's range, on each side
MOST_POINTS = 2000  # that are kept for the picture
LOGITS = {"BCEWithLogitsLoss", "SoftMarginLoss"}  # of one output, whose sign is the class


class Predictions:
    """Keeps what the module of an objective predicts at each epoch."""

    def __init__(self, objective: ModelObjective, steps: int) -> None:
        """Units: `steps` in an epoch. Raises: SceneError, if there is nothing that could be drawn."""
        self._objective, self._steps = objective, steps
        self._x = _features(objective)
        self._classes = np.unique(objective.network.y.cpu().numpy()) if self._x.shape[1] == 2 else np.zeros(0)
        low, high = self._x.min(0), self._x.max(0)
        room = MARGIN * np.where(high > low, high - low, 1.0)
        counts = [SAMPLES] if len(low) == 1 else [GRID, GRID]
        ranges = zip(low - room, high + room, counts, strict=True)
        self._axes = [np.linspace(*each).astype(np.float32) for each in ranges]
        grid = np.stack([each.ravel() for each in np.meshgrid(*self._axes)], 1)
        own = objective.network.x
        self._asked = torch.from_numpy(grid).to(own.dtype).to(own.device).reshape(-1, *own.shape[1:])
        self._kept: list[Any] = []

    def note(self, step: int) -> None:
        """Keep what is predicted, at whole epochs."""
        if step % self._steps:
            return
        module = self._objective.module
        with evaluation(module), torch.no_grad(), self._objective.generators.preserved():
            found = self._objective.network.predicted(module, self._asked).cpu().double()
        if len(self._axes) == 1:
            if found.numel() != len(self._asked):
                raise _refused(self._objective, "with one feature it needs one output")
            self._kept.append(found.reshape(-1).numpy().astype(np.float32))
        else:
            self._kept.append(self._lines(found))

    def _lines(self, found: Tensor) -> list[Series]:
        """The lines between classes. Shapes: (points, 2) each."""
        import contourpy

        lines: list[Series] = []
        for margin in self._margins(found.reshape(len(found), -1)):
            heights = margin.reshape(GRID, GRID)
            if np.isfinite(heights).all():
                traced: Any = contourpy.contour_generator(*self._axes, heights).lines(0.0)
                lines += [line.astype(np.float32) for line in traced]
        return lines

    def _margins(self, found: Tensor) -> list[Series]:
        """For each class but the last, by how much it exceeds the best other one."""
        objective = self._objective
        if found.shape[1] > 1:
            best, second = found.topk(2, 1).values.unbind(1)
            classes = range(found.shape[1] - 1)
            return [torch.where(found[:, c] == best, best - second, found[:, c] - best).numpy() for c in classes]
        if len(self._classes) != 2:
            raise _refused(objective, "with two features it needs classes")
        between = 0.0 if objective.declared.name in LOGITS else float(self._classes.mean())
        return [(found[:, 0] - between).numpy()]

    def made(self) -> Curves | Boundaries:
        """All that was kept."""
        if len(self._axes) == 1:
            return Curves(self._axes[0], np.stack(self._kept))
        lines = [line for epoch in self._kept for line in epoch]
        starts = np.cumsum([0, *map(len, lines)])
        epochs = np.cumsum([0, *map(len, self._kept)])
        points = np.concatenate(lines) if lines else np.zeros((0, 2), np.float32)
        return Boundaries(points, starts.astype(np.int32), epochs.astype(np.int32))


def shown_points(objective: ModelObjective) -> Series:
    """The data, at most so many: x and y, or both features and the number of the class. Shapes: (2 or 3, n)."""
    x, y = _features(objective), objective.network.y.cpu().double().numpy()
    labels = y.reshape(len(x), -1)[:, 0]
    if x.shape[1] == 2:
        labels = np.unique(labels, return_inverse=True)[1].astype(np.float64)
    every = -(-len(x) // MOST_POINTS)
    return np.concatenate([x.T, labels[None]])[:, ::every]


def _features(objective: ModelObjective) -> Series:
    """The data's one or two features. Shapes: (n, 1 or 2). Raises: SceneError."""
    x = objective.network.x.cpu()
    flat = x.reshape(len(x), -1)
    if flat.shape[1] > 2 or not x.is_floating_point():
        raise _refused(objective, f"x has {flat.shape[1]} features, and it needs one, or two with classes")
    return flat.double().numpy()


def _refused(objective: ModelObjective, why: str) -> SceneError:
    return SceneError(f"the companion 'fit' cannot show this: {why}; remove it", objective.network.declared.origin)
