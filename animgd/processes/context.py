"""How processes are started: one is forked from this process, several from a fork server that imports once.

On systems whose libraries do not survive a fork, and on Windows, each starts as a new Python (`spawn`).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

PRELOAD = "animgd.output.recorder.preload"
TRIES, BETWEEN = 20, 0.05  # of starting a process; seconds
PATIENCE, SLICE = 30.0, 0.2  # seconds that a fork server has for a start, and between two looks at the clock
MOST_KILLED = 2  # fork servers that are killed since they do not answer, before one gives up
DESCRIPTORS = 16  # that are free when one of several processes is started
ROOT = str(Path(__file__).parents[2])


stopping = threading.Event()  # set while the program ends: a thread may be about to start a process


def of(several: bool) -> BaseContext:
    """The context for one process, or for one of several."""
    if not hasattr(os, "fork"):
        return multiprocessing.get_context("spawn")
    if not several:
        return multiprocessing.get_context("fork")
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([PRELOAD])
    return made


def check_descriptors() -> None:
    """Raises: OSError: too few are left, and a fork server, which needs as many, would die with a traceback."""
    with contextlib.ExitStack() as held:
        for _ in range(DESCRIPTORS):
            held.callback(os.close, os.open(os.devnull, os.O_RDONLY))


def start(process: BaseProcess, several: bool) -> None:
    """Start a process, by a new fork server if the last one was killed meanwhile.

    Raises: OSError; InterruptedError, if the program ends.
    """
    killed = 0  # fork servers that did not answer
    with _surroundings() if several else contextlib.nullcontext():
        for _ in range(TRIES):
            if stopping.is_set():  # it is the program that has killed the fork server
                break
            with _deadline() if several else contextlib.nullcontext(threading.Event()) as late:
                try:
                    process.start()
                    return
                except (EOFError, ConnectionError, FileNotFoundError):
                    time.sleep(BETWEEN)  # until the system has told of its death
            killed += late.is_set()
            if killed == MOST_KILLED:
                raise TimeoutError("no fork server answers")
        raise InterruptedError("the program ends") if stopping.is_set() else ConnectionError("no fork server stays")


@contextlib.contextmanager
def _deadline() -> Iterator[threading.Event]:
    """Kill a fork server that does not answer, so that a new one starts: it may have been stopped. Sets the event."""
    done, late = threading.Event(), threading.Event()

    def watch() -> None:
        left = PATIENCE  # time in which this program was stopped does not count
        while left > 0 and not done.wait(SLICE):
            left -= SLICE
        server = None if done.is_set() else fork_server()
        if server:
            late.set()
            with contextlib.suppress(OSError):
                os.kill(server, signal.SIGKILL)  # what it has forked dies with it

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield late
    finally:
        done.set()


def fork_server() -> int | None:
    """The process that forks the others, if there is one."""
    if not hasattr(os, "fork"):
        return None
    from multiprocessing import forkserver

    return getattr(forkserver._forkserver, "_forkserver_pid", None)


@contextlib.contextmanager
def _surroundings() -> Iterator[None]:
    """The environment in which a fork server finds animgd, and nothing in the current folder."""
    before, here = dict(os.environ), _gone()
    os.environ["PYTHONSAFEPATH"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [before.get("PYTHONPATH"), ROOT]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a resource tracker that was killed is started again
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        if here is not None:
            os.fchdir(here)
            os.close(here)


def _gone() -> int | None:
    """A descriptor of the current folder if it was removed; `multiprocessing` and torch need one that exists."""
    with contextlib.suppress(OSError):
        Path.cwd()
        return None
    here = os.open(".", os.O_RDONLY)
    os.chdir(os.sep)
    return here
