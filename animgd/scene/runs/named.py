"""Every optimizer of torch.optim by its own name: `Adam(lr=0.3)` is `Optimizer("Adam", lr=0.3)`."""

from __future__ import annotations

from typing import Any

from animgd.scene.optimizers import Optimizer


class Named:
    """Makes the declaration of an optimizer of `torch.optim`.

    lr (number above 0; default: torch's): learning rate.
    settings (keywords; default: torch's): of the class in torch.optim with the same name.
    """

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, lr: float | None = None, **settings: Any) -> Optimizer:
        """The declaration, for `Scene(optimizer=...)`. Raises: SceneError."""
        return Optimizer(self.__name__, **({} if lr is None else {"lr": lr}), **settings)

    def __repr__(self) -> str:
        return self.__name__


Adadelta = Named("Adadelta")
Adafactor = Named("Adafactor")
Adagrad = Named("Adagrad")
Adam = Named("Adam")
AdamW = Named("AdamW")
Adamax = Named("Adamax")
ASGD = Named("ASGD")
LBFGS = Named("LBFGS")
Muon = Named("Muon")
NAdam = Named("NAdam")
RAdam = Named("RAdam")
RMSprop = Named("RMSprop")
Rprop = Named("Rprop")
SparseAdam = Named("SparseAdam")
