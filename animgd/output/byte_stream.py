"""Streams of bytes instead of files; a stream gets the film when it is complete."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from animgd.errors import cannot_write
from animgd.output.atomic import Part

BLOCK = 1 << 20  # bytes


@runtime_checkable
class Stream(Protocol):
    """A binary stream: an open file, an `io.BytesIO`."""

    def write(self, data: bytes, /) -> Any: ...


class Poured(Part):
    """A part whose bytes go to a stream."""

    def __init__(self, target: Path, stream: Stream) -> None:
        super().__init__(target)
        self._stream = stream

    def publish(self) -> None:
        """Write all of it to the stream. Raises: OutputError."""
        try:
            with self.path.open("rb") as file:
                while data := file.read(BLOCK):
                    _pour(data, self._stream)
            if hasattr(self._stream, "flush"):
                self._stream.flush()
        except (OSError, ValueError) as error:
            raise cannot_write("the stream", error) from error
        finally:
            self.discard()


def _pour(data: bytes, stream: Stream) -> None:
    """An unbuffered stream may take less than it is given. Raises: OSError."""
    while data:
        taken = stream.write(data)
        if taken == 0:
            raise OSError(errno.EAGAIN, "the stream takes no more bytes")
        data = data[taken:] if isinstance(taken, int) else b""
