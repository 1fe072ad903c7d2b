"""What can go wrong, as a family.

AnimgdError                 one line: what was asked, what was found, what to do
├── UsageError              bad arguments, or a size that a format cannot hold         status 2
├── SceneError              a scene that cannot be filmed; knows its file and line     status 2
└── RenderError             the film could not be made                                 status 1
    ├── EncoderError        ffmpeg is missing, failed, hung, or wrote too few frames
    └── OutputError         the disk or the folder said no

Stopped                     a signal asked us to stop; not an error, so not caught as one   status 128 + n
"""

from __future__ import annotations


def did_you_mean(word: str, words: list[str]) -> str:
    """Which of the words was meant, or all of them where none is near."""
    import difflib

    near = difflib.get_close_matches(word, words, n=1)
    return f"did you mean {near[0]!r}?" if near else "it has " + ", ".join(words)


class AnimgdError(Exception):
    """Something that a user can put right; its text is one line."""

    status = 1


class UsageError(AnimgdError):
    """The arguments ask for what cannot be."""

    status = 2


class SceneError(AnimgdError):
    """A scene cannot be filmed as it is declared."""

    status = 2

    def __init__(self, message: str, origin: str | None = None) -> None:
        """Units: `origin` is "file:line" of the declaration, None while it is not known."""
        super().__init__(message)
        self.origin = origin

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.origin}: {message}" if self.origin else message


class RenderError(AnimgdError):
    """The scene is right, but the film could not be made."""


class EncoderError(RenderError):
    """The encoder is missing, failed, hung, or wrote something else than it was given."""


class OutputError(RenderError):
    """The output could not be written."""


class Stopped(BaseException):
    """A signal asked the program to stop."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal
