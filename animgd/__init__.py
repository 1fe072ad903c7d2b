"""Films of optimizers walking down loss landscapes.

from animgd import SGD, Scene
scene = Scene(title="High momentum", optimizer=SGD(lr=0.1, momentum=0.9))
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from animgd.declared_problem import Function, Point, Problem, Window
    from animgd.film import render as render
    from animgd.loader import load as load
    from animgd.recording import record as record
    from animgd.scene import Panel, Run, Scene
    from animgd.settings import SGD, Loss, Optimizer
    from animgd.style import Style
    from animgd.video import Video

__version__ = "0.2.0"

_HOMES = {
    "animgd.declared_problem": ("Function", "Point", "Problem", "Window"),
    "animgd.scene": ("Panel", "Run", "Scene"),
    "animgd.settings": ("SGD", "Loss", "Optimizer"),
    "animgd.style": ("Style",),
    "animgd.video": ("Video",),
    "animgd.loader": ("load",),
    "animgd.recording": ("record",),
    "animgd.film": ("render",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["SGD", "Function", "Loss", "Optimizer", "Panel", "Point", "Problem", "Run", "Scene", "Style", "Video",
           "Window", "load", "record", "render"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `import animgd` itself takes milliseconds."""
    if name not in _HOME:
        raise _missing(name)
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)


def _missing(name: str) -> Exception:
    """The error for a name that does not exist, with the one that does."""
    import sys

    if name.startswith("_"):  # Python looks for these
        return AttributeError(f"animgd has no {name!r}")
    from animgd.explanation import offer

    hint = offer(name)
    # `from animgd import Adam` turns an AttributeError into an ImportError of its own, without the hint.
    importing = sys._getframe(2).f_globals.get("__name__") == "importlib._bootstrap"
    if hint and importing and name[0].isupper():  # no module of this package begins with a capital
        return ImportError(f"cannot import name {name!r} from 'animgd'; {hint}", name=__name__)
    return AttributeError(f"animgd has no {name!r}" + (f"; {hint}" if hint else ""))


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
