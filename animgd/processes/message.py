"""Messages between this program and its child processes: data only, nothing is unpickled."""

from __future__ import annotations

import json
import os
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

MOST = 1 << 31  # bytes of a message


class Message(NamedTuple):
    """A kind, a value of JSON, and bytes."""

    kind: str
    value: Any
    body: bytes = b""


class Channel:
    """The child's end."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self._pid = connection, os.getpid()

    def send(self, kind: str, value: Any = None, body: bytes = b"") -> None:
        """Send a message; a process that a scene's code forked from this one sends nothing."""
        if os.getpid() == self._pid:
            self.connection.send_bytes(packed(Message(kind, value, body)))

    def receive(self) -> Message:
        """Wait for the next message; a forked process has no part in what comes, and ends.

        Raises: EOFError, when the parent has closed.
        """
        if os.getpid() != self._pid:
            _exit(0)
        return unpacked(self.connection.recv_bytes(MOST))


def packed(message: Message) -> bytes:
    """A message as bytes."""
    return _dumps([message.kind, message.value]).encode() + b"\n" + message.body


def unpacked(data: bytes) -> Message:
    """The message of such bytes. Raises: ValueError."""
    head, _, body = data.partition(b"\n")
    kind, value = json.loads(head)
    return Message(kind, value, body)


_dumps, _exit = json.dumps, os._exit  # a scene's code may replace them
