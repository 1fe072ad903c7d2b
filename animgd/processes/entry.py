"""What every child process does first."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from animgd.processes import family
from animgd.processes.message import Channel, Closed
from animgd.system import STOPPING, die_with_parent, leave_removed_folder

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ORPHANED = 255  # what `multiprocessing` says of a process whose fork server was killed
CLOSED = 71  # the status of a process whose connection is closed
FAILED = 70  # the status of a process whose traceback can be read from its crash pipe
REPORT = 1 << 14  # bytes of a traceback, which a pipe holds


def enter(
    connection: Connection,
    crash: Connection,
    ours: tuple[Connection, ...],
    environment: dict[str, str],
    ignored: list[int],
    body: Callable[..., None],
    args: tuple[Any, ...],
) -> None:
    """Call `body`, in a session of its own, tied to the parent, with the parent's environment and ignored signals."""
    for each in ours:  # the parent's ends
        each.close()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C reaches the parent only, and killpg reaches all that this one starts
    die_with_parent()
    family.adopt()
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    with contextlib.suppress(ValueError, AttributeError):
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    for each in (connection, crash):  # what a scene starts must not hold them
        if sys.platform != "win32":
            os.set_inheritable(each.fileno(), False)
    _own_streams()
    leave_removed_folder()
    faulthandler.enable(crash.fileno(), all_threads=False)
    leave, status = os._exit, FAILED  # a scene's code may replace it
    try:
        body(Channel(connection), *args)
    except Closed:
        status = CLOSED
    except BaseException as error:
        if hasattr(signal, "pthread_sigmask"):  # a scene's handler may raise again
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.write(crash.fileno(), "".join(traceback.format_exception(error)).encode("ascii", "replace")[-REPORT:])
    finally:
        with contextlib.suppress(BaseException):
            family.kill_adopted()
        leave(status)


def _own_streams() -> None:
    """No input, and what is printed goes to stderr: stdout is for results."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - multiprocessing closes it
