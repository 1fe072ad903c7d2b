"""Errors in an author's code, as one line with file and line number."""

from __future__ import annotations

import functools
import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path

from animgd.errors import meant, place, printable

_PACKAGE = str(Path(__file__).parents[2]) + os.sep
LONGEST = 200  # characters of an error's text
RESULTS = ("Film", "Recording")  # public classes that an author does not write
_TYPED = ("<ipython", "<stdin", "<python-input")  # file names of code in a notebook or at the prompt


def inside(error: BaseException) -> str | None:
    """ "file:line" of the innermost call in the author's own code, None if the traceback has none."""
    calls = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [place(file, line) for file, line in calls if not is_library(file)]
    return own[-1] if own else None


def is_library(file: str) -> bool:
    """Whether a file belongs to Python, an installed package or animgd, not to the author."""
    if file.startswith("<"):
        return not file.startswith(_TYPED)
    return file.startswith(_PACKAGE) or is_standard(file) or _is_installed(file)


def is_standard(file: str) -> bool:
    """Whether a file is one of Python's own modules."""
    return file.startswith(_standard()) and not _is_installed(file)


def _is_installed(file: str) -> bool:
    return bool({"site-packages", "dist-packages"} & set(Path(file).parts))


@functools.cache
def _standard() -> str:
    """The folder of Python's own modules."""
    return sysconfig.get_path("stdlib") + os.sep


def one_line(error: BaseException) -> str:
    """An error's text on one line, cut where it is long, with control characters escaped."""
    text = printable(" ".join(str(error).split())) or "(no message)"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def raised(error: BaseException) -> str:
    """An error on one line, with its type unless the text is a library's and clear without it."""
    text, kind = one_line(error) if str(error).strip() else "", type(error).__name__
    clear = isinstance(error, RuntimeError) or (isinstance(error, ValueError) and _of_a_library(error))
    return text if clear and text else f"{kind}: {text}".removesuffix(": ")


def _of_a_library(error: BaseException) -> bool:
    """Whether a library's code has raised an error, not the author's."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return is_library(frame.f_code.co_filename)


def explained(error: Exception, names: Iterable[str]) -> str:
    """An error of a scene module in one line; `names` are those defined in the module, for suggestions."""
    hint = _hint(error, names)
    return f"{type(error).__name__}: {one_line(error)}" + (f"; {hint}" if hint else "")


def _hint(error: Exception, names: Iterable[str]) -> str | None:
    text = str(error)
    if isinstance(error, NameError) and error.name:
        return offer(error.name, [name for name in names if not name.startswith("__")])
    if missing := re.match(r"(\w+)\.__init__\(\) missing \d+ required positional arguments?: 'params'", text):
        return f"write Optimizer({missing[1]}, lr=0.1), which passes the parameters"
    if isinstance(error, ImportError) and "relative import" in text:
        return "a scene module is not part of a package: write the import without the dot"
    return None


def offer(name: str, names: Iterable[str] = ()) -> str | None:
    """A suggestion for an undefined name; None if no name is similar."""
    public = sys.modules["animgd"].__all__
    if name in public:
        return f"write from animgd import {name}"
    results = {each for each in public if each in RESULTS or each.endswith("Error")}
    near = meant(name, [each for each in (*public, *names) if each not in results])
    return f"did you mean {near!r}?" if near else None
