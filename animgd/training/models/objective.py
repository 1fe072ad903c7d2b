"""A network's loss as an objective of runs, and the log of all that planes are made of."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from animgd.recording.model import Series
from animgd.scene.optimizers import Loss
from animgd.scene.scene import Run
from animgd.training.descent.train import Moment
from animgd.training.models.iterates import Rows
from animgd.training.models.network import ModelLoss, Network, fickle, trained
from animgd.training.models.sampling import rows_at_once, whole
from animgd.training.objective import Objective
from animgd.training.seeding import Generators

MOST_KEPT = 1 << 28  # numbers of gradients that are kept for arrows


class ModelObjective(Objective):
    """The loss of a network over its data. `module` is that of the run under way, or of the last one."""

    module: torch.nn.Module

    def __init__(self, network: Network, loss: Loss, generators: Generators) -> None:
        super().__init__(loss, (), generators)
        self.network, self.over = network, ModelLoss(network, loss)
        self.points = len(network.y)

    def initial(self, run: Run) -> list[Tensor]:
        """The parameters of a new module. Raises: SceneError."""
        if self.network.device.type == "cuda":
            torch.cuda.manual_seed_all(run.seed or 0)
        self.module = self.network.made()
        with evaluation(self.module), torch.no_grad(), self.generators.preserved():
            self.over.fit_targets(self.network.predicted(self.module, self.network.x[:2]))
            self._rows = rows_at_once(self.module, self.over)
        self.module.train()
        parts = fickle(self.module)
        self.evaluates = bool(parts)
        if parts:
            self.warnings = (f"losses and maps are those of evaluation mode, which changes {', '.join(parts)}",)
        return list(trained(self.module).values())

    def loss(self, parameters: list[Tensor], subset: Tensor | None = None) -> Tensor:
        """The loss of the module, in training mode."""
        x, y = self.network.x, self.over.y
        if subset is not None:
            at = subset.to(self.network.device)
            x, y = x[at], y[at]
        return self.over.of(self.network.predicted(self.module, x), y)

    def full_loss(self, parameters: list[Tensor]) -> float:
        """The loss on all data, in evaluation mode."""
        with evaluation(self.module), torch.no_grad(), self.generators.preserved():
            return float(whole(self.module, self.over, self._rows).item())


@contextlib.contextmanager
def evaluation(module: torch.nn.Module) -> Iterator[None]:
    """A module in evaluation mode; each part returns to its own mode."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


class ModelLog:
    """The parameters after each step as `rows`, and for arrows, where they are few enough, gradients and momentum."""

    def __init__(self, width: int, entries: int, arrows: bool, epoch: Callable[[int], None] | None = None) -> None:
        """`epoch` is called with each number of steps made, before the next one."""
        self._epoch = epoch
        self.table = np.zeros((entries, 4))  # loss, norm of the gradient, learning rate, momentum factor
        self._width, self._kept = width, arrows and width * entries <= MOST_KEPT
        self.rows: Rows
        self.gradients: Rows | None = None
        self.momenta: Rows | None = None

    def note(self, moment: Moment) -> None:
        """Keep what the parameters, gradients and momentum buffers are now."""
        if not moment.step:
            self._begin(moment)
        self.rows.append(_flat(moment.parameters))
        gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in moment.parameters]
        norm = moment.norm
        if norm is None:
            norm = float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients])))
        self.table[moment.step] = moment.loss, norm, moment.lr, moment.momentum_factor
        if self.gradients is not None:
            self.gradients.append(_flat(gradients))
            self._note_momentum(moment)
        if self._epoch:
            self._epoch(moment.step)

    def _begin(self, moment: Moment) -> None:
        double = any(each.dtype == torch.float64 for each in moment.parameters)
        self._dtype = np.float64 if double else np.float32
        self.rows = Rows(self._width, self._dtype)
        self.gradients = Rows(self._width, self._dtype) if self._kept else None

    def _note_momentum(self, moment: Moment) -> None:
        states = [moment.stepper.state[each] if moment.step else None for each in moment.parameters]
        buffers = [_buffer(state, each) for state, each in zip(states, moment.parameters, strict=True)]
        if self.momenta is None and any(each is not None for each in buffers):
            self.momenta = Rows(self._width, self._dtype)
            for _ in range(moment.step):
                self.momenta.append(np.zeros(self._width))
        if self.momenta is not None:
            pairs = zip(buffers, moment.parameters, strict=True)
            self.momenta.append(_flat([torch.zeros_like(p) if b is None else b for b, p in pairs]))


def _buffer(state: object, parameter: Tensor) -> Tensor | None:
    """The momentum buffer of a parameter; an own optimizer may store anything under that name."""
    found = state.get("momentum_buffer") if isinstance(state, dict) else None
    return found if isinstance(found, Tensor) and found.shape == parameter.shape else None


def _flat(tensors: list[Tensor]) -> Series:
    """All numbers of some tensors in one row."""
    joined = torch.cat([each.detach().reshape(-1) for each in tensors])
    return (joined if joined.dtype == torch.float64 else joined.float()).cpu().numpy()
