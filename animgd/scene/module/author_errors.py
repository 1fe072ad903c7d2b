"""An error of an author's code, in one line with its place."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path

from animgd.errors import meant
from animgd.scene.optimizers import OPTIMIZERS

_OURS = str(Path(__file__).parents[2]) + os.sep
_TYPED = ("<ipython", "<stdin", "<python-input")  # what names the code of a notebook or of the prompt


def inside(error: BaseException) -> str | None:
    """ "file:line" of the innermost call in the author's own code, None where it has no part in the error."""
    calls = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [f"{file}:{line}" for file, line in calls if not is_library(file)]
    return own[-1] if own else None


def is_library(file: str) -> bool:
    """Whether a file is Python's, a package's or ours, not the author's."""
    if file.startswith("<"):
        return not file.startswith(_TYPED)
    standard = sysconfig.get_path("stdlib") + os.sep
    return file.startswith((_OURS, standard)) or bool({"site-packages", "dist-packages"} & set(Path(file).parts))


def first_line(error: BaseException) -> str:
    """The first line of an error's text, with nothing in it that a terminal would obey."""
    first = (str(error).strip().splitlines() or ["(no message)"])[0]
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in first)[:300]


def explained(error: Exception, names: Iterable[str]) -> str:
    """An error of a scene module in one line; `names` are what the module knows, for hints."""
    hint = _hint(error, names)
    return f"{type(error).__name__}: {first_line(error)}" + (f"; {hint}" if hint else "")


def _hint(error: Exception, names: Iterable[str]) -> str | None:
    text = str(error)
    if isinstance(error, NameError) and error.name:
        return offer(error.name, [name for name in names if not name.startswith("__")])
    if unfed := re.match(r"(\w+)\.__init__\(\) missing \d+ required positional arguments?: 'params'", text):
        return f"write Optimizer({unfed[1]}, lr=0.1), which gives it the parameters"
    if isinstance(error, ImportError) and "relative import" in text:
        return "a scene module is in no package: write the import without the dot"
    return None


def offer(name: str, names: Iterable[str] = ()) -> str | None:
    """What to write instead of a name that does not exist; None where nothing is near."""
    public = sys.modules["animgd"].__all__
    if name in public:
        return f"write from animgd import {name}"
    near = meant(name, [*public, *OPTIMIZERS, *names])
    if near in OPTIMIZERS and near not in public:
        return f'write Optimizer("{near}", lr=0.1)'
    return f"did you mean {near!r}?" if near else None
