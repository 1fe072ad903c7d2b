"""Planes of other kinds than PCA: random directions, single parameters, three points of the runs."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError, did_you_mean
from animgd.recording.model import Series
from animgd.scene.model.planes import Parameters, Random, RecordedPoint, Span
from animgd.training.models.iterates import Rows
from animgd.training.models.planes import Plane

TINY = 1e-10  # that the authors of filter normalisation add to the norm of a random filter


def random_plane(declared: Random, end: Series, parameters: dict[str, Tensor]) -> Plane:
    """Two random directions through a point, each filter as long as the network's there.

    d[i, j] <- d[i, j] / |d[i, j]| · |θ[i, j]| for filter j of parameter i, and 0 for biases and the parameters of
    normalisation layers, which have one axis.
    Source: Li et al. 2018, section 4, and its code (normalize_directions_for_weights with ignore="biasbn").
    """
    generator = torch.Generator("cpu").manual_seed(declared.seed)
    directions = []
    for _ in range(2):
        parts, first = [], 0
        for each in parameters.values():
            drawn = torch.randn(each.shape, generator=generator, dtype=torch.float32, device="cpu").double()
            own = torch.from_numpy(end[first : first + each.numel()]).reshape(each.shape)
            parts.append(_normalised(drawn, own).reshape(-1).numpy())
            first += each.numel()
        directions.append(np.concatenate(parts))
    both = np.stack(directions)
    if np.linalg.matrix_rank(both @ both.T) != 2:
        cure = "no parameter has two axes, or all are 0; use PCA(), Parameters(...) or Span(...)"
        raise SceneError(f"Random: there is nothing to perturb: {cure}", declared.origin)
    return Plane(end, both, np.zeros(2))


def _normalised(drawn: Tensor, own: Tensor) -> Tensor:
    """A random direction with the filters' norms of the network."""
    if own.ndim <= 1:
        return torch.zeros_like(drawn)
    filters, sizes = drawn.reshape(len(drawn), -1), own.reshape(len(own), -1).norm(dim=1, keepdim=True)
    found: Tensor = filters / (filters.norm(dim=1, keepdim=True) + TINY) * sizes
    return found.reshape(drawn.shape)


def parameter_plane(declared: Parameters, end: Series, parameters: dict[str, Tensor], frozen: list[str]) -> Plane:
    """The plane of two parameters; its coordinates are their values. Raises: SceneError."""
    directions, at = np.zeros((2, len(end))), np.zeros(2)
    for axis, (name, index) in enumerate(declared.parts):
        place = _place(declared, name, index, parameters, frozen)
        directions[axis, place], at[axis] = 1.0, end[place]
    if directions[0] @ directions[1]:
        raise SceneError("Parameters: both axes are the same parameter; name two", declared.origin)
    return Plane(end, directions, at)


def _place(
    declared: Parameters, name: str, index: tuple[int, ...], parameters: dict[str, Tensor], frozen: list[str]
) -> int:
    """Where a parameter's number stands among all. Raises: SceneError."""
    if name in frozen:
        raise SceneError(f"Parameters: {name!r} does not require gradients, so it never moves", declared.origin)
    if name not in parameters:
        hint = did_you_mean(name, list(parameters))
        raise SceneError(f"Parameters: the network has no parameter {name!r}; {hint}", declared.origin)
    shape = tuple(parameters[name].shape)
    index = index or (0,) * len(shape) if parameters[name].numel() == 1 else index
    if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True)):
        example = f"{name}[{','.join('0' * len(shape))}]"
        raise SceneError(f"Parameters: {name!r} has shape {shape}: write {example!r} for its first number, and "
                         "indices within the shape", declared.origin)  # fmt: skip
    before = list(parameters)[: list(parameters).index(name)]
    return sum(parameters[each].numel() for each in before) + int(np.ravel_multi_index(index, shape) if shape else 0)


def span_plane(declared: Span, labels: list[str], every: list[Rows], steps: list[int]) -> Plane:
    """The plane through three recorded points, the first at (0, 0). Raises: SceneError."""
    check_labels(declared, labels)
    a, b, c = (_recorded(point, labels, every, steps) for point in declared.points)
    right = b - a
    long = math.sqrt(float(right @ right))
    if long:
        right = right / long
    up = (c - a) - right * float((c - a) @ right)
    high = math.sqrt(float(up @ up))
    if not (long and high > 1e-9 * long) or not np.isfinite([long, high]).all():
        raise SceneError("Span: its three points lie on one line, or are not finite; name others", declared.origin)
    return Plane(a, np.stack([right, up / high]), np.zeros(2))


def check_labels(declared: Span, labels: list[str]) -> None:
    """Refuse labels that no run has. Raises: SceneError."""
    for point in declared.points:
        label = point[0] if isinstance(point, tuple) else point
        if isinstance(label, str) and label not in (*labels, "start"):
            raise SceneError(f"Span: no run is labelled {label!r}; {did_you_mean(label, labels)}", declared.origin)


def _recorded(point: RecordedPoint, labels: list[str], every: list[Rows], steps: list[int]) -> Series:
    """The parameters at a recorded point. Units: `steps` in an epoch of each run."""
    label, epoch = point if isinstance(point, tuple) else (labels[0], point)
    if isinstance(epoch, str):  # the start, or the end of a run
        label, epoch = (labels[0], 0) if epoch == "start" and "start" not in labels else (epoch, -1)
    run = labels.index(label)
    row = len(every[run]) - 1 if epoch < 0 else epoch * steps[run]
    return every[run].row(row).astype(np.float64)


def point_name(point: RecordedPoint) -> str:
    """A recorded point for the name of an axis."""
    if isinstance(point, tuple):
        return f"{point[0]} at epoch {point[1]}".strip()
    return point if isinstance(point, str) else f"epoch {point}"
