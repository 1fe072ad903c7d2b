"""How an optimizer applies weight decay, and whether it maximises the loss."""

from __future__ import annotations

from animgd.scene.optimizers import SGD, Optimizer
from animgd.scene.scene import AnyOptimizer

# These add weight_decay · parameters to the gradient, so they minimise loss + (weight_decay / 2) · ‖parameters‖².
COUPLED = {"SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD"}
DEFAULTS = {"AdamW": 0.01, "Muon": 0.1}  # torch's defaults other than 0


def ascends(optimizer: AnyOptimizer) -> bool:
    """Whether the optimizer maximises the loss."""
    return dict(optimizer.settings).get("maximize") is True


def is_sgd(optimizer: AnyOptimizer) -> bool:
    """Whether the optimizer is torch's SGD, and descends."""
    return _is_torch_s(optimizer) and optimizer.name == "SGD" and not ascends(optimizer)


def coupled_decay(optimizer: AnyOptimizer) -> float:
    """The weight decay that the optimizer adds to the gradient; 0 if it has none or applies it separately."""
    return _decay(optimizer) if _is_coupled(optimizer) else 0.0


def other_decay(optimizer: AnyOptimizer) -> float:
    """The weight decay that is applied separately from the gradient, or in an unknown way; 0 without one."""
    return 0.0 if _is_coupled(optimizer) else _decay(optimizer)


def _is_coupled(optimizer: AnyOptimizer) -> bool:
    return (
        _is_torch_s(optimizer)
        and optimizer.name in COUPLED
        and not dict(optimizer.settings).get("decoupled_weight_decay", False)
    )


def _is_torch_s(optimizer: AnyOptimizer) -> bool:
    """Whether it is an optimizer of torch, by its name."""
    return isinstance(optimizer, SGD) or (isinstance(optimizer, Optimizer) and isinstance(optimizer.factory, str))


def _decay(optimizer: AnyOptimizer) -> float:
    settings = dict(optimizer.settings)
    given = settings.get("weight_decay", DEFAULTS.get(optimizer.name, 0.0) if _is_torch_s(optimizer) else 0.0)
    shrinking = settings.get("lambd", 0.0) if optimizer.name == "ASGD" else 0.0  # shrinks by lr · lambd at each step
    return sum(float(part) for part in (given, shrinking) if isinstance(part, (int, float)))
