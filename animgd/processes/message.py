"""Messages between this program and its child processes: data only, nothing is unpickled."""

from __future__ import annotations

import contextlib
import json
import os
import traceback
from collections.abc import Iterator
from multiprocessing import connection as _connection
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

MOST = 1 << 31  # bytes of a message


class Message(NamedTuple):
    """A kind, a value of JSON, and bytes."""

    kind: str
    value: Any
    body: bytes = b""


class Closed(Exception):  # noqa: N818 - not an error: there is nobody to tell it
    """The parent is gone, or a scene has closed the way to it."""


class Channel:
    """The child's end."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self._pid = connection, os.getpid()

    def send(self, kind: str, value: Any = None, body: bytes = b"") -> None:
        """Send a message; a process that a scene forked sends nothing. Raises: Closed."""
        if os.getpid() == self._pid:
            with _closing():
                self.connection.send_bytes(packed(Message(kind, value, body)))

    def receive(self) -> Message:
        """Wait for the next message; a process that a scene forked gets none. Raises: Closed."""
        if os.getpid() != self._pid:
            raise Closed
        with _closing():
            return unpacked(self.connection.recv_bytes(MOST))


@contextlib.contextmanager
def _closing() -> Iterator[None]:
    """Errors of the connection as `Closed`; what a scene's signal handler raises meanwhile is the scene's."""
    try:
        yield
    except (EOFError, OSError) as error:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == _connection.__file__:
            raise Closed from None
        raise


def packed(message: Message) -> bytes:
    """A message as bytes."""
    return _dumps([message.kind, message.value]).encode() + b"\n" + message.body


def unpacked(data: bytes) -> Message:
    """The message of such bytes. Raises: ValueError."""
    head, _, body = data.partition(b"\n")
    kind, value = json.loads(head)
    return Message(kind, value, body)


_dumps = json.dumps  # a scene's code may replace it
