"""Functions of many parameters, as networks without data."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from animgd.scene.problem import Function
from animgd.training.models.network import ModelLoss, Network
from animgd.training.models.objective import ModelObjective
from animgd.training.own_code.call import evaluate
from animgd.training.seeding import Generators


class _Parameters(torch.nn.Module):
    """The parameters of a function, drawn from a normal distribution."""

    def __init__(self, declared: Function) -> None:
        super().__init__()
        start = torch.randn(declared.dimensions or 0) if declared.start is None else torch.tensor(declared.start)
        self.x, self._declared = torch.nn.Parameter(start), declared

    def forward(self, _: Tensor) -> Tensor:
        """The function's value."""
        of: Any = self._declared.of
        return evaluate(self._declared, of, self.x.clone()).reshape(())


class _FunctionNetwork(Network):
    """Stands where a network does; its data are one row that nothing reads."""

    def __init__(self, declared: Function) -> None:
        self.declared: Any = declared
        self.device = torch.device("cpu")
        self.x = self.y = torch.zeros(1)

    def made(self) -> torch.nn.Module:
        """The parameters at their start."""
        return _Parameters(self.declared)


class _Value(ModelLoss):
    """The function's value is its loss."""

    def __init__(self, network: Network) -> None:
        self.network, self.y, self.single = network, network.y, None

    def fit_targets(self, predicted: Tensor) -> None:
        """There are none."""

    def of(self, predicted: Tensor, y: Tensor) -> Tensor:
        """The value."""
        return predicted


class FunctionObjective(ModelObjective):
    """A function of many parameters."""

    def __init__(self, declared: Function, generators: Generators) -> None:
        self.declared: Any = declared
        self.starts, self.generators, self.is_own = (), generators, True
        self.network = _FunctionNetwork(declared)
        self.over = _Value(self.network)
        self.points = 0
