"""A declared network: fresh modules of it, its predictions and losses, with errors that name the author's line."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from animgd.errors import RenderError, SceneError, shortage
from animgd.scene.base import show
from animgd.scene.model.network import Model
from animgd.scene.module.author_errors import inside, raised
from animgd.scene.optimizers import Loss
from animgd.training.build import CLASSIFYING, criterion
from animgd.training.models.data import data_of, device_of
from animgd.training.own_code.call import announce

Parameters = dict[str, Tensor]


class Network:
    """A model's data on its device, and what makes its modules."""

    def __init__(self, declared: Model) -> None:
        self.declared = declared
        self.device = device_of(declared)
        self.x, self.y = data_of(declared, self.device)

    @property
    def size(self) -> str:
        """How much data there is, in words."""
        kilobytes = sum(each.numel() * each.element_size() for each in (self.x, self.y)) / 1000
        return f"{len(self.y):,} samples, {kilobytes:,.0f} kB"

    def made(self) -> torch.nn.Module:
        """A new module, on the device. Raises: SceneError."""
        declared, own = self.declared, self.declared.network
        announce(declared)
        try:
            module = copy.deepcopy(own) if isinstance(own, torch.nn.Module) else own()
        except Exception as error:
            raise self._failed("cannot make the network", error) from error
        if not isinstance(module, torch.nn.Module):
            found = f"network() returns {show(module)}, not a torch.nn.Module"
            raise SceneError(f"Model: {found}", declared.origin)
        module = module.to(self.device)
        if any(torch.nn.parameter.is_lazy(each) for each in module.parameters()):
            with torch.no_grad():
                self.predicted(module, self.x)
        if not (self.x.is_floating_point() or self._takes_whole_numbers(module)):
            self.x = self.x.float()
        if not trained(module):
            cure = "nothing can be trained; set requires_grad_(True)"
            raise SceneError(f"Model: no parameter of the network requires gradients: {cure}", declared.origin)
        return module

    def _takes_whole_numbers(self, module: torch.nn.Module) -> bool:
        """Whether a network takes x as it is, as one with an embedding does."""
        try:
            with torch.no_grad():
                copy.deepcopy(module).eval()(self.x[:2])
        except Exception:
            return False
        return True

    def predicted(self, module: Callable[[Tensor], Any], x: Tensor) -> Tensor:
        """What a module makes of some samples. Raises: SceneError."""
        announce(self.declared)
        try:
            found = module(x)
        except Exception as error:
            part = "x" if len(x) == len(self.x) else f"{len(x)} rows like those of x,"
            raise self._failed(f"the network failed on {part} of shape {tuple(x.shape)}", error) from error
        if not isinstance(found, Tensor):
            raise SceneError(f"the network returns {show(found)}; it must return one tensor", self.declared.origin)
        return found

    def _failed(self, what: str, error: Exception) -> Exception:
        if short := shortage(error):
            return RenderError(f"{what}: {short}")
        return SceneError(f"{what}: {raised(error)}", inside(error) or self.declared.origin)


def trained(module: torch.nn.Module) -> Parameters:
    """The parameters that training changes, by name."""
    return {name: each for name, each in module.named_parameters() if each.requires_grad}


def fickle(module: torch.nn.Module) -> list[str]:
    """The kinds of parts that compute something else in training than in evaluation: they read `self.training`."""
    kinds = dict.fromkeys(type(part) for part in module.modules())
    return [each.__name__ for each in kinds if "training" in getattr(_code(each), "co_names", ())]


def _code(kind: type[torch.nn.Module]) -> object:
    return getattr(kind.forward, "__code__", None)


class ModelLoss:
    """A loss over a model's data."""

    def __init__(self, network: Network, declared: Loss) -> None:
        self.network, self.declared = network, declared
        self.criterion = criterion(declared)
        self.y = network.y
        self.is_own = not isinstance(declared.factory, str)
        self.single = self._single()
        self.sums = getattr(self.criterion, "reduction", None) == "sum"

    def _single(self) -> Callable[[Tensor, Tensor], Tensor] | None:
        """The losses of single samples, whose mean or sum the loss is; None where it cannot be computed in parts."""
        uneven = {"weight", "ignore_index"} & {name for name, _ in self.declared.settings}
        if self.is_own or uneven or getattr(self.criterion, "reduction", None) not in ("mean", "sum"):
            return None
        made = copy.copy(self.criterion)
        made.reduction = "none"  # type: ignore[attr-defined]
        return made

    def fit_targets(self, some: Tensor) -> None:
        """Bring y into the shape and type that the loss needs, given predictions for a few. Raises: SceneError."""
        y, shape = self.network.y, (len(self.network.y), *some.shape[1:])
        classifies = self.declared.name in CLASSIFYING and not self.is_own
        if classifies:
            if len(shape) == 2 and (y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1 != shape[1])):
                y = self._labels(y.flatten(), shape[1])
        elif y.shape != shape and y.numel() == math.prod(shape):
            y = y.reshape(shape)
        elif y.shape != shape and not self.is_own:
            found = f"the network's output has shape {shape}, y {tuple(y.shape)}"
            hint = "; did you mean CrossEntropyLoss?" if y.ndim == 1 and len(shape) == 2 else ""
            raise SceneError(f"{self.declared.name}: {found}: they must be equal{hint}", self.network.declared.origin)
        whole = not y.is_floating_point() and (classifies or self.is_own)
        self.y = y if whole else y.to(some.dtype)
        if whole and bool((y == getattr(self.criterion, "ignore_index", -1)).any()):
            self.single = None  # a mean over the others

    def _labels(self, y: Tensor, classes: int) -> Tensor:
        whole = y.long()
        if not torch.equal(whole.to(y.dtype), y):
            raise SceneError(f"{self.declared.name} needs whole numbers as y, the classes",
                             self.network.declared.origin)  # fmt: skip
        ignored = dict(self.declared.settings).get("ignore_index", -100)
        seen = whole[whole != ignored]
        if len(seen) and not 0 <= int(seen.min()) <= int(seen.max()) < classes:
            found = f"y has classes from {int(seen.min())} to {int(seen.max())}, and the network {classes} outputs"
            raise SceneError(f"{self.declared.name}: {found}: they are counted from 0", self.network.declared.origin)
        return whole

    def of(self, predicted: Tensor, y: Tensor) -> Tensor:
        """The loss of predictions, a scalar. Raises: SceneError."""
        announce(self.declared)
        try:
            found = self.criterion(predicted, y.clone() if self.is_own else y)
        except SceneError:
            raise
        except Exception as error:
            where = inside(error) or self.declared.origin
            shapes = f"predictions of shape {tuple(predicted.shape)} and y of shape {tuple(y.shape)}"
            raise SceneError(f"{self.declared.name} failed on {shapes}: {raised(error)}", where) from error
        if not isinstance(found, Tensor) or found.numel() != 1:
            kind = f"{found.numel()} numbers" if isinstance(found, Tensor) else show(found)
            raise SceneError(f"{self.declared.name} returns {kind}; it must be one number", self.declared.origin)
        return found.reshape(())
