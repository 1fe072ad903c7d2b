"""Standard output and error: a result that cannot be written is an error, a message that cannot is dropped.

What a terminal could obey, such as the escapes in a scene's name, is written as text.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys

from animgd.errors import printable

TYPE_CHECKING = False  # typing takes longer to import than the rest of this
if TYPE_CHECKING:
    from typing import TextIO

READER_GONE = (errno.EPIPE, errno.EINVAL) if sys.platform == "win32" else (errno.EPIPE,)  # Windows reports either


class Results:
    """Standard output. A closed pipe ends it silently (`| head -1`); any other failure is reported, once."""

    def __init__(self) -> None:
        self._lost = self._ended = False

    def write(self, line: str) -> None:
        """Write one line, for a terminal without escapes, for a program byte by byte as names are.

        After a failure nothing, since half a line may have been written.
        """
        if self._ended:
            return
        try:
            if sys.stdout is None:
                raise OSError(errno.EBADF, "it is closed")
            _put(sys.stdout, f"{_harmless(line) if sys.stdout.isatty() else line}\n")
        except (OSError, ValueError) as error:
            self._ended = True
            if getattr(error, "errno", None) not in READER_GONE:
                self._lost = True
                reason = getattr(error, "strerror", None) or error
                report(f"animgd: error: cannot write to stdout: {reason}; redirect it to another file")

    def status(self, status: int) -> int:
        """The exit status: 1 instead of 0 if a result was lost."""
        return status or int(self._lost)


def _harmless(text: str) -> str:
    """Text whose unprintable characters are escaped, except for tabs and the ends of lines."""
    return text if text.isprintable() else "".join(c if c in "\n\t" else printable(c) for c in text)


def _put(stream: TextIO, text: str) -> None:
    buffer = getattr(stream, "buffer", None)
    if not isinstance(buffer, io.RawIOBase):
        if buffer is None or text.isascii():
            stream.write(text)
        else:
            stream.flush()
            buffer.write(_bytes(text, stream))
        stream.flush()
        return
    rest = _bytes(text, stream)
    while rest:  # `python -u`: the text layer ignores partial writes
        rest = rest[os.write(buffer.fileno(), rest) :]


def _bytes(text: str, stream: TextIO) -> bytes:
    """Text with the bytes that Python could not decode in a name; escaped where the encoding lacks a character."""
    text = text.replace("\n", os.linesep)
    try:
        return text.encode(stream.encoding, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(stream.encoding, "backslashreplace")


def report(line: str) -> None:
    """Write one line, or a traceback, to stderr, if possible."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            _put(sys.stderr, f"{_harmless(line)}\n")


def erase_line() -> None:
    """Clear the line of a terminal; a typed Ctrl-C is shown behind what stands there."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        _put(sys.stderr, "\r\x1b[K")


def settle(stopped: bool) -> None:
    """Drop what the streams could not write: at exit, Python would try again, complain, and change the status.

    `stopped`: a signal ended the program, so it does not wait for a reader.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with contextlib.suppress(OSError, ValueError):
            if not stopped:
                stream.flush()
                continue
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
