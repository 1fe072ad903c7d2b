"""Torch's compiler, imported only when it has something to do.

Each optimizer of torch imports `torch._dynamo` to tell it to stay away, which takes as long as importing torch. A
process that does nothing but train, uncompiled, has a stand-in for it: it stays away, and gives its place to the real
one as soon as anybody wants more.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

NAME = "torch._dynamo"


def postpone() -> None:
    """Put the stand-in into place, unless the compiler is there already. For processes that run no scene's code."""
    sys.modules.setdefault(NAME, _Compiler(NAME))


class _Compiler(ModuleType):
    """What torch's optimizers use of the compiler while nothing is compiled."""

    def graph_break(self, msg: str = "") -> None:
        """Nothing is compiled, so nothing breaks."""

    def disable(self, fn: Callable[..., Any], *_: object, **__: object) -> Callable[..., Any]:
        """Nothing is compiled, so the function is right as it is."""
        return fn

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # `inspect` looks at every module that there is
            raise AttributeError(name)
        if sys.modules.get(NAME) is self:
            del sys.modules[NAME]
        return getattr(importlib.import_module(NAME), name)
