"""The loss of a network at many points of its parameter space, in bounded memory.

Small networks are computed many points at once (`torch.func.vmap`), larger ones point by point, in a loop that is then
as fast. Which, is decided by the size of the largest tensor, not by a clock: a seed gives the same bytes everywhere.
The network is in evaluation mode, and its buffers (such as the statistics of batch norm) stay as they are.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from animgd.errors import SceneError
from animgd.recording.model import Landscape, Series
from animgd.scene.problem import Window
from animgd.training.models.network import ModelLoss, trained
from animgd.training.models.planes import Plane
from animgd.training.objective import one_thread
from animgd.training.own_code.call import announce

LOOPED = 1 << 15  # numbers of the largest tensor at one point, from which on a CPU is as fast point by point
IN_FLIGHT = {"cpu": 1 << 20, "cuda": 1 << 27, "mps": 1 << 25}  # numbers of the tensors of one chunk
WIDEST = 1 << 24  # numbers of the largest tensor of one forward pass
MOST = 256  # points in one chunk
ALIKE = 1e-6  # relative: what vmap computes for some points must be what the loop does
Stepped = Callable[[int], None]


class Sampler:
    """The loss of a module of a network at any parameters."""

    def __init__(self, module: torch.nn.Module, loss: ModelLoss) -> None:
        self._module, self._loss = module.eval(), loss
        self._parameters = trained(module)
        self._sizes = [each.numel() for each in self._parameters.values()]
        self._device = loss.network.device
        self._dtype = next(iter(self._parameters.values())).dtype
        self._rows = rows_at_once(module, loss)
        used = _widest(module, loss) * min(self._rows, len(loss.y)) + sum(self._sizes)
        self._chunk = min(MOST, IN_FLIGHT[self._device.type] // used)
        if self._device.type == "cpu" and used > LOOPED:
            self._chunk = 0

    def values(self, points: Callable[[int, int], Tensor], count: int, stepped: Stepped | None = None) -> Series:
        """The loss at many points; `points(first, last)` are their parameters. Shapes: -> (count,)."""
        found = np.empty(count)
        mapped = self._chunk > 1 and self._is_mapped(points, count)
        size = self._chunk if mapped else max(1, min(MOST, IN_FLIGHT["cpu"] // sum(self._sizes)))
        with one_thread(), torch.no_grad():
            for first in range(0, count, size):
                last = min(count, first + size)
                announce(self._loss.network.declared)
                way = self._mapped if mapped else self._looped
                found[first:last] = way(points(first, last)).cpu().numpy()
                if stepped:
                    stepped(last - first)
        return found

    def _is_mapped(self, points: Callable[[int, int], Tensor], count: int) -> bool:
        """Whether vmap can compute the loss, and computes what the loop does at three points."""
        with one_thread(), torch.no_grad(), contextlib.suppress(Exception):
            few = torch.cat([points(k, k + 1) for k in dict.fromkeys((0, count // 2, count - 1))])
            at_once, single = (way(few).cpu().double() for way in (self._mapped, self._looped))
            return torch.allclose(at_once, single, rtol=ALIKE, atol=0, equal_nan=True)
        return False

    def _named(self, points: Tensor) -> dict[str, Tensor]:
        """Parameters by name, for many points. Shapes: (k, n) -> (k, *shape) each."""
        parts = torch.split(points, self._sizes, 1)
        named = zip(self._parameters.items(), parts, strict=True)
        return {name: part.reshape(-1, *own.shape).to(own.dtype) for (name, own), part in named}

    def _mapped(self, points: Tensor) -> Tensor:
        """All points at once."""

        def one(parameters: dict[str, Tensor]) -> Tensor:
            call = functools.partial(torch.func.functional_call, self._module, parameters)
            return whole(call, self._loss, self._rows, exact=True)

        return torch.func.vmap(one)(self._named(points))

    def _looped(self, points: Tensor) -> Tensor:
        """One point after the other."""
        found = []
        for point in points:
            for own, part in zip(self._parameters.values(), torch.split(point, self._sizes), strict=True):
                own.data = part.view(own.shape)
            found.append(whole(self._module, self._loss, self._rows))
        return torch.stack(found)


def whole(module: Callable[[Tensor], Any], loss: ModelLoss, rows: int, exact: bool = False) -> Tensor:
    """The loss of a module over all data, at most so many rows at once. Raises: SceneError.

    `exact`: as a sum in double precision, which does not depend on the order of its terms.
    """
    network, single = loss.network, loss.single
    if single is None or (len(loss.y) <= rows and not exact):
        return loss.of(network.predicted(module, network.x), loss.y)
    wide = torch.float32 if network.device.type == "mps" else torch.float64
    total, count = torch.zeros((), device=network.device, dtype=wide), 0
    for x, y in zip(torch.split(network.x, rows), torch.split(loss.y, rows), strict=True):
        each = single(network.predicted(module, x), y)
        total, count = total + each.sum(dtype=wide), count + each.numel()
    return total if loss.sums else total / count


def survey(
    sampler: Sampler, plane: Plane, window: Window, resolution: int, stepped: Stepped | None = None
) -> Landscape:
    """Sample a window of a plane."""
    up, right = (np.linspace(*side, resolution) for side in (window.weight, window.bias))
    vertical, horizontal = (each.ravel() for each in np.meshgrid(up, right, indexing="ij"))
    lift = _lifted(plane, sampler, horizontal, vertical)
    loss = sampler.values(lift, len(vertical), stepped)
    return Landscape(window, loss.reshape(resolution, resolution))


def _lifted(plane: Plane, sampler: Sampler, horizontal: Series, vertical: Series) -> Callable[[int, int], Tensor]:
    """The parameters at points of a plane, computed in double precision where the device has it."""
    device = sampler._device if sampler._device.type == "cuda" else torch.device("cpu")
    away = np.stack([horizontal - plane.at[0], vertical - plane.at[1]], 1)
    origin, directions, places = (torch.from_numpy(each).to(device) for each in (plane.origin, plane.directions, away))

    def points(start: int, end: int) -> Tensor:
        found = torch.addmm(origin, places[start:end], directions)
        return found.to(sampler._dtype).to(sampler._device)

    return points


class _Measured(TorchFunctionMode):
    """Finds the largest tensor of a computation."""

    most: int = 1

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        if isinstance(found, Tensor):
            self.most = max(self.most, found.numel())
        return found


def rows_at_once(module: torch.nn.Module, loss: ModelLoss) -> int:
    """How many samples one forward pass may have; all, if the loss cannot be computed in parts."""
    return max(1, WIDEST // _widest(module, loss)) if loss.single else len(loss.y)


def _widest(module: torch.nn.Module, loss: ModelLoss) -> int:
    """The numbers that the largest tensor of a forward pass has for each sample."""
    few = loss.network.x[:8]
    with _Measured() as seen, torch.no_grad(), contextlib.suppress(SceneError):
        loss.network.predicted(module, few)
    found: int = max(few[0].numel(), -(-seen.most // len(few)))
    return found
