"""What an optimizer descends beside the loss: whether it ascends, and how its weight decay acts."""

from __future__ import annotations

from animgd.scene.optimizers import Optimizer
from animgd.scene.scene import AnyOptimizer

# What adds weight_decay · parameters to the gradient descends loss + (weight_decay / 2) · ‖parameters‖².
COUPLED = {"SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD"}
USUAL = {"AdamW": 0.01, "Muon": 0.1}  # torch's defaults, where they are not 0


def ascends(optimizer: AnyOptimizer) -> bool:
    """Whether the optimizer goes up the loss."""
    return dict(optimizer.settings).get("maximize") is True


def coupled_decay(optimizer: AnyOptimizer) -> float:
    """The weight decay that the optimizer adds to the gradient; 0 where it has none or applies it apart."""
    return _decay(optimizer) if _is_coupled(optimizer) else 0.0


def other_decay(optimizer: AnyOptimizer) -> float:
    """The weight decay that acts apart from the gradient, or in a way that is not known (0 where there is none)."""
    return 0.0 if _is_coupled(optimizer) else _decay(optimizer)


def _is_coupled(optimizer: AnyOptimizer) -> bool:
    named = not isinstance(optimizer, Optimizer) or isinstance(optimizer.factory, str)
    return named and optimizer.name in COUPLED and not dict(optimizer.settings).get("decoupled_weight_decay", False)


def _decay(optimizer: AnyOptimizer) -> float:
    settings = dict(optimizer.settings)
    given = settings.get("weight_decay", USUAL.get(optimizer.name, 0.0))
    shrinking = settings.get("lambd", 0.0) if optimizer.name == "ASGD" else 0.0  # shrinks by lr · lambd at each step
    return sum(float(part) for part in (given, shrinking) if isinstance(part, (int, float)))
