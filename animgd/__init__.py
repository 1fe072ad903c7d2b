"""Films of optimizers walking down loss landscapes.

from animgd import SGD, Scene
scene = Scene(title="High momentum", optimizer=SGD(lr=0.1, momentum=0.9))
"""

from __future__ import annotations

from animgd._version import __version__ as __version__

TYPE_CHECKING = False  # importing typing would take longer than this module
if TYPE_CHECKING:
    from typing import Any

    from animgd.api import frames as frames
    from animgd.api import plot as plot
    from animgd.api import record as record
    from animgd.api import render as render
    from animgd.errors import AnimgdError, EncoderError, OutputError, RenderError, SceneError, UsageError
    from animgd.output.render import Film
    from animgd.output.still import still as still
    from animgd.recording.model import Recording
    from animgd.recording.trained.recorder import Recorder
    from animgd.scene.lecture.cards import Loop, Pause, Text, Title
    from animgd.scene.lecture.lecture import Lecture
    from animgd.scene.model.network import Model
    from animgd.scene.model.planes import PCA, Parameters, Random, Span
    from animgd.scene.module.loader import load as load
    from animgd.scene.optimizers import SGD, Loss, Optimizer
    from animgd.scene.problem import Function, Point, Problem, Window
    from animgd.scene.runs.named import (
        ASGD,
        LBFGS,
        Adadelta,
        Adafactor,
        Adagrad,
        Adam,
        Adamax,
        AdamW,
        Muon,
        NAdam,
        RAdam,
        RMSprop,
        Rprop,
        SparseAdam,
    )
    from animgd.scene.runs.recorded import Recorded
    from animgd.scene.runs.run import Run
    from animgd.scene.runs.schedule import Schedule
    from animgd.scene.scene import Panel, Scene
    from animgd.scene.style import Style
    from animgd.scene.video import Video


_MODULES = {
    "animgd.scene.problem": ("Function", "Point", "Problem", "Window"),
    "animgd.scene.scene": ("Panel", "Scene"),
    "animgd.recording.trained.recorder": ("Recorder",),
    "animgd.scene.runs.recorded": ("Recorded",),
    "animgd.scene.runs.run": ("Run",),
    "animgd.scene.runs.schedule": ("Schedule",),
    "animgd.scene.runs.named": ("ASGD", "LBFGS", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon",
                                "NAdam", "RAdam", "RMSprop", "Rprop", "SparseAdam"),
    "animgd.scene.optimizers": ("SGD", "Loss", "Optimizer"),
    "animgd.scene.model.network": ("Model",),
    "animgd.scene.model.planes": ("PCA", "Parameters", "Random", "Span"),
    "animgd.scene.style": ("Style",),
    "animgd.scene.video": ("Video",),
    "animgd.scene.lecture.cards": ("Loop", "Pause", "Text", "Title"),
    "animgd.scene.lecture.lecture": ("Lecture",),
    "animgd.scene.module.loader": ("load",),
    "animgd.api": ("frames", "plot", "record", "render"),
    "animgd.output.render": ("Film",),
    "animgd.output.still": ("still",),
    "animgd.recording.model": ("Recording",),
    "animgd.errors": ("AnimgdError", "EncoderError", "OutputError", "RenderError", "SceneError", "UsageError"),
}  # fmt: skip
_MODULE = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["ASGD", "LBFGS", "PCA", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax",
           "AnimgdError", "EncoderError", "Film", "Function", "Lecture", "Loop", "Loss", "Model", "Muon", "NAdam",
           "Optimizer", "OutputError", "Panel", "Parameters", "Pause", "Point", "Problem", "RAdam", "RMSprop",
           "Random", "Recorded", "Recorder", "Recording", "RenderError", "Rprop", "Run", "Scene", "SceneError",
           "Schedule", "Span", "SparseAdam", "Style", "Text", "Title", "UsageError", "Video", "Window", "frames",
           "load", "plot", "record", "render", "still"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name on first use: `import animgd` itself takes milliseconds."""
    if name not in _MODULE:
        raise _missing(name)
    from importlib import import_module

    return getattr(import_module(_MODULE[name]), name)


def _missing(name: str) -> Exception:
    """The error for a name that does not exist, with a suggestion."""
    import sys

    if name.startswith("_"):  # looked up by Python itself
        return AttributeError(f"animgd has no {name!r}")
    from animgd.scene.module.author_errors import offer

    hint = offer(name)
    # `from animgd import Adam` turns an AttributeError into an ImportError of its own, without the hint.
    importing = sys._getframe(2).f_globals.get("__name__") == "importlib._bootstrap"
    if hint and importing and name[0].isupper():  # module names are lower case
        return ImportError(f"cannot import name {name!r} from 'animgd'; {hint}", name=__name__)
    return AttributeError(f"animgd has no {name!r}" + (f"; {hint}" if hint else ""))


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
