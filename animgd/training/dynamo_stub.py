"""A stub for torch's compiler, `torch._dynamo`, which takes as long to import as the rest of torch.

Torch's optimizers import it only to exclude themselves from compilation. A process that trains without compiling uses
the stub, which imports the real module when any other attribute of it is read.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

NAME = "torch._dynamo"


def postpone() -> None:
    """Install the stub unless the compiler is imported already; for processes that do not run a scene's code."""
    sys.modules.setdefault(NAME, _Compiler(NAME))


class _Compiler(ModuleType):
    """The functions of the compiler that torch's optimizers call while nothing is compiled."""

    def graph_break(self, msg: str = "") -> None:
        """Do nothing, since nothing is compiled."""

    def disable(self, fn: Callable[..., Any], *_: object, **__: object) -> Callable[..., Any]:
        """Return the function unchanged, since nothing is compiled."""
        return fn

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # `inspect` reads such names of every module
            raise AttributeError(name)
        if sys.modules.get(NAME) is self:
            del sys.modules[NAME]
        return getattr(importlib.import_module(NAME), name)
