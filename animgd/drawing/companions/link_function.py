"""From what a line predicts to what the data show: the mean of the distribution that a loss assumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from animgd.recording.model import Series
from animgd.scene.optimizers import Loss

Link = Callable[[Series], Series]


def _sigmoid(line: Series) -> Series:
    return 0.5 * (1 + np.tanh(0.5 * line))


def _signed(line: Series) -> Series:
    """The mean of labels -1 and 1 whose logit is the line."""
    return np.tanh(0.5 * line)


class _Case(NamedTuple):
    """A link, and the setting of the loss under which it holds, which is also its default."""

    link: Link
    setting: str = ""
    wanted: bool = True


# Source: the formulas in torch's documentation of each loss. Other losses compare the line itself with the data.
LINKS = {
    "BCEWithLogitsLoss": _Case(_sigmoid),
    "SoftMarginLoss": _Case(_signed),
    "PoissonNLLLoss": _Case(np.exp, "log_input", wanted=True),
    "KLDivLoss": _Case(np.exp, "log_target", wanted=False),  # it predicts logarithms
}
FUNCTIONS = {
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "soft_margin_loss": "SoftMarginLoss",
    "poisson_nll_loss": "PoissonNLLLoss",
    "kl_div": "KLDivLoss",
}  # torch.nn.functional's names of the same


def link(loss: Loss | None) -> Link | None:
    """What turns a line into a mean under a loss of torch; None where the line is the mean, or it is not known."""
    made: Any = loss.factory if loss else ""
    case = LINKS.get(_name(made))
    if case is None or loss is None:
        return None
    told = dict(loss.settings).get(case.setting, getattr(made, case.setting, case.wanted))
    return case.link if bool(told) == case.wanted else None


def _name(made: Any) -> str:
    """The name in torch.nn of a loss, of an instance or subclass of it, or of its function."""
    if isinstance(made, str):
        return made
    kinds = [kind for kind in type(made).__mro__ if kind.__module__.startswith("torch.nn")]
    if kinds:
        return kinds[0].__name__
    in_torch = str(getattr(made, "__module__", "")).startswith("torch.")
    return FUNCTIONS.get(getattr(made, "__name__", ""), "") if in_torch else ""
