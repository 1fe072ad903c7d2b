"""The exceptions of animgd, and text helpers for their messages.

AnimgdError                 one line: what was wrong, what to do
├── UsageError              bad arguments, or a size that a format cannot hold         status 2
├── SceneError              a scene that cannot be filmed; has its file and line       status 2
└── RenderError             the film could not be made                                 status 1
    ├── EncoderError        ffmpeg is missing, failed, hung, or wrote too few frames
    └── OutputError         the disk is full, or the folder is not writable

Stopped (a BaseException)   a signal ended the program                                 status 128 + n
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False  # typing takes longer to import than this
if TYPE_CHECKING:
    from collections.abc import Sequence


SYNONYMS = {  # common words, without case and "_": their names in animgd or torch
    "learningrate": ("lr",), "stepsize": ("lr",), "eta": ("lr",),
    "wd": ("weight_decay",), "l2penalty": ("weight_decay",), "beta1": ("betas",), "beta2": ("betas",),
    "steps": ("epochs",), "iterations": ("epochs",), "maxiter": ("epochs",),
    "criterion": ("losses", "loss"), "optim": ("optimizer",), "solver": ("optimizer",),
    "data": ("problem",), "f": ("of", "problem"), "fn": ("of", "problem"), "func": ("of", "problem"),
    "function": ("of", "problem"), "x0": ("start",), "init": ("start",), "point": ("start",),
    "bounds": ("window",), "extent": ("window",), "range": ("window",), "grid": ("resolution",),
    "cmap": ("colormap",), "size": ("width",), "speed": ("epochs_per_second",), "duration": ("epochs_per_second",),
    "mae": ("L1Loss",), "l2": ("MSELoss", "weight_decay"), "meansquarederror": ("MSELoss",),
    "binarycrossentropy": ("BCEWithLogitsLoss",), "gd": ("SGD",), "gradientdescent": ("SGD",),
}  # fmt: skip
MOST_NAMES = 30  # listed in a message
CURES = {  # limits of a process or of the system, by error number: what to do
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "close other programs: all of them together have too many open files",
    errno.ENOMEM: "free some memory, or raise the limit on it (ulimit -v)",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f), or choose another disk",
}


def did_you_mean(word: str, words: Sequence[str]) -> str:
    """A suggestion for an unknown word: the most similar of `words`, or all of them."""
    near = meant(word, words)
    more = ", ..." if len(words) > MOST_NAMES else ""
    return f"did you mean {near!r}?" if near else "choose from " + ", ".join(words[:MOST_NAMES]) + more


def near(given: object, words: Sequence[str]) -> str:
    """The end of a message about a value, or a tuple of them, that must be of `words`: a suggestion, or ""."""
    for word in given if isinstance(given, (tuple, list)) else [given]:
        known = None if not isinstance(word, str) or word in words else meant(word, words)
        if known:
            return f"; did you mean {known!r}?"
    return ""


def meant(word: str, words: Sequence[str]) -> str | None:
    """The most similar of `words`: another spelling, a synonym or a typo; None if none is similar."""
    import difflib

    spelt = {_core(each): each for each in reversed(words)}
    if _core(word) in spelt:
        return spelt[_core(word)]
    for synonym in SYNONYMS.get(_core(word), ()):
        if synonym in words:
            return synonym
    near = difflib.get_close_matches(_core(word), spelt, n=1)
    return spelt[near[0]] if near else None


def _core(name: str) -> str:
    """A name without case, underscores, hyphens, spaces and a final "Loss"."""
    plain = "".join(c for c in name.casefold() if c not in "_- ")
    return plain.removesuffix("loss") or plain


class AnimgdError(Exception):
    """The base class of animgd's errors; its text is one line."""

    status = 1

    def __init__(self, message: str, origin: str | None = None) -> None:
        """Units: `origin` is "file:line" of the declaration at fault, None if it is unknown."""
        super().__init__(message)
        self.origin = origin

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.origin}: {message}" if self.origin else message

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: one line, with the line of the cell."""
        tb, lines = self.__traceback__, []
        while tb is not None:
            lines.append(cell(tb.tb_frame.f_code.co_filename, tb.tb_lineno))
            tb = tb.tb_next
        where = "" if self.origin else next(filter(None, reversed(lines)), "")
        return [f"{type(self).__name__}: {where}{': ' * bool(where)}{printable(str(self))}"]


class UsageError(AnimgdError):
    """Invalid arguments, or a film that its format cannot hold."""

    status = 2

    def __init__(self, message: str, about: str = "", origin: str | None = None) -> None:
        """`about` is the setting at fault ("size", "fps", "epochs" ...), until its source is known."""
        super().__init__(message, origin)
        self.about = about


class SceneError(AnimgdError):
    """A scene cannot be filmed as it is declared."""

    status = 2


class RenderError(AnimgdError):
    """The scene is valid, but the film could not be made."""


class EncoderError(RenderError):
    """The encoder is missing, failed, hung, or wrote a damaged file."""


class OutputError(RenderError):
    """The output could not be written."""


class Stopped(BaseException):
    """A signal ended the program."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


def cannot_write(target: object, error: OSError | ValueError) -> OutputError:
    """The error for a failed write, with the name that the user gave."""
    return OutputError(f"cannot write {printable(str(target))}: {told(error)}")


def told(error: Exception) -> str:
    """The reason of a failed system call, and what to do if a limit is the reason."""
    return shortage(error) or printable(getattr(error, "strerror", None) or str(error))


def shortage(error: BaseException | None) -> str | None:
    """The reason and what to do if a limit caused an error, however it was reported; None if none did."""
    while error is not None:
        for number, cure in CURES.items():
            reason = os.strerror(number)
            printed = "failed to map segment" if number == errno.ENOMEM else reason  # by the loader of shared libraries
            if getattr(_cause(error), "errno", None) == number or (
                isinstance(error, ImportError) and printed in str(error)
            ):
                return f"{reason}; {cure}"
        error = error.__cause__ or error.__context__
    return None


def _cause(error: BaseException) -> BaseException:
    """The error itself, or the one that tempfile hides: it reports each as a missing folder."""
    if not isinstance(error, FileNotFoundError) or "No usable temporary directory" not in str(error):
        return error
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as cause:
        return cause
    if sys.platform != "win32":
        import resource

        if resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 0:
            return OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return error


def place(file: str, line: int) -> str:
    """ "file:line"; of a notebook's cell, what IPython calls it."""
    return cell(file, line) or f"{file}:{line}"


def changed(place: str | None, options: str) -> str:
    """The place of a declaration that options of the command line have changed."""
    return f"{place} with {options}" if place else options


def file_of(place: str) -> str:
    """The file of a place."""
    return place.partition(" with --")[0].rpartition(":")[0]


def cell(file: str, line: int) -> str:
    """A line of a cell in IPython or a notebook, such as "Cell In[3], line 2"; "" for another file."""
    if "IPython" not in sys.modules:
        return ""
    import re

    shell = sys.modules["IPython"].get_ipython()
    name = getattr(getattr(shell, "compile", None), "format_code_name", lambda file: None)(file)
    older = re.search(r"ipython-input-(\d+)-", file)  # before IPython 8.2, as in Colab
    if name is None and older:
        name = "Cell", f"In[{older[1]}]"
    return f"{' '.join(name)}, line {line}" if name else ""


def printable(text: str) -> str:
    """Text with unprintable characters escaped, so that it stays on one line and can be encoded."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
