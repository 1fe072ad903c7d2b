"""The command line: parses, films the modules, prints."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import time
from _thread import start_new_thread
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animgd._version import __version__
from animgd.cli import reports
from animgd.cli.console import Results, erase_line, report
from animgd.cli.libraries import require
from animgd.cli.mplconfig import folder_for_matplotlib
from animgd.cli.options import Options, options, parser
from animgd.cli.words import LIGHT, WORDS, command
from animgd.errors import AnimgdError, Stopped, told
from animgd.system import STOPPING, open_outside, suspend

if TYPE_CHECKING:
    from tqdm import tqdm

FAREWELL = 1.0  # seconds for clean-up after a signal, until the next one ends the program at once
PATIENCE = 1.5  # seconds until a clean-up that hangs is ended without one


def main(arguments: Sequence[str] | None = None, apart: bool = False) -> int:
    """Run the command line and return the exit status; `apart` runs each module in an author process."""
    console = Console()
    try:
        return console.results.status(_run(sys.argv[1:] if arguments is None else list(arguments), console, apart))
    finally:
        console.close()


def _run(words: list[str], console: Console, apart: bool) -> int:
    """The exit status; every error is reported here."""
    verbose = False
    try:
        with _signals(console, last=apart):
            given = parser().parse_args(words)
            verbose = given.verbose
            return _do(given, console, apart)
    except AnimgdError as error:
        reports.complain(error, verbose, console.tell)
        return error.status
    except Stopped as stopped:
        return 128 + stopped.signal
    except MemoryError:
        report("animgd: out of memory; try a smaller --size")
        return 1


def _do(given: argparse.Namespace, console: Console, apart: bool) -> int:
    if given.version and not given.help:
        console.results.write(f"animgd {__version__}")
        return 0
    if given.help or not given.scenes:
        console.results.write(parser().format_help().rstrip())
        return 0 if given.help else 2
    word = given.scenes.pop(0) if given.scenes[0] in WORDS else ""
    with folder_for_matplotlib() if apart and word not in LIGHT else contextlib.nullcontext():
        return command(word)(given, console, apart) if word else _films(options(given), console, apart)


def _films(wanted: Options, console: Console, apart: bool) -> int:
    console.quiet, console.folder = wanted.quiet, wanted.output
    require()
    from animgd.cli import filming

    film = filming.film if apart else filming.film_here
    made: list[str] = []

    def tell(kind: str, value: Any) -> None:
        if kind == "out":
            made.append(value)
        console.tell(kind, value)

    status = film(wanted.modules, wanted, tell).status
    if wanted.open and made and not wanted.dry_run:
        console.open(json.loads(made[0])["path"] if wanted.json else made[0])
    return status


class Console:
    """Prints events: results to stdout, messages to stderr, progress to a bar on a terminal."""

    def __init__(self) -> None:
        self.quiet = False
        self.folder: Path | None = None  # where films are being made
        self.results = Results()
        self._bar: tqdm | None = None
        self._shown = ("", "", 0)
        self._dirty = False  # whether a bar may be on the terminal: a signal may come while it is made

    def tell(self, kind: str, value: Any) -> None:
        """Print an event (see `reports.Tell`)."""
        if kind == "bar":
            self._draw(*value)
        elif kind in ("out", "err"):
            self.close()
            (self.results.write if kind == "out" else report)(value)

    def _draw(self, phase: str, name: str, done: int, count: int) -> None:
        if self.quiet or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            return
        with contextlib.suppress(OSError):  # the terminal is busy; the film goes on
            if self._bar is None or self._shown != (phase, name, count):
                self.close()
                self._dirty = True
                self._bar, self._shown = _bar(phase, reports.plain(name), count), (phase, name, count)
            self._bar.update(done - self._bar.n)

    def open(self, name: str) -> None:
        """Open a file or an address with the system's program, or say why not."""
        try:
            open_outside(name)
        except OSError as error:
            report(f"animgd: warning: cannot open {reports.plain(name)}: {told(error)}")

    def close(self) -> None:
        """Clear the bar."""
        if self._dirty:
            if self._bar is not None:
                with contextlib.suppress(OSError):  # the terminal is gone
                    self._bar.close()
            erase_line()
            self._bar, self._dirty = None, False


def _bar(phase: str, name: str, count: int) -> tqdm:
    """A progress bar on stderr; `count` is 0 if the amount of work is unknown."""
    from threading import RLock

    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread and no lock between processes: this process forks
    tqdm.set_lock(RLock())
    title = f"{phase} {name if len(name) <= 20 else name[:17] + '...'}"
    unit = " frames" if phase == "drawing" else " steps"
    return tqdm(desc=title, total=count or None, unit=unit, bar_format=None if count else "{desc}",
                file=sys.stderr, leave=False, dynamic_ncols=True, miniters=0, smoothing=0)  # fmt: skip


def _end(number: int, console: Console) -> None:
    """End a program that a signal should have ended, and remove what is unfinished."""
    time.sleep(PATIENCE)
    from animgd.output.atomic import sweep
    from animgd.processes.child import kill_all

    killed = kill_all()
    if console.folder:
        sweep(console.folder, {*killed, os.getpid()})
    os._exit(128 + number)


@contextlib.contextmanager
def _signals(console: Console, last: bool) -> Iterator[None]:
    """Raise `Stopped` on the first signal, so that everything is cleaned up; a later one ends a clean-up that hangs.

    What was ignored at the start, as by nohup, stays so. `last`: the program ends afterwards, so that a late signal
    must not change its status, and nothing may keep it: a library may have caught `Stopped`.
    """
    stopped = [0.0]

    def stop(number: int, frame: object) -> None:
        if not stopped[0]:
            stopped[0] = time.monotonic()
            if last:
                start_new_thread(_end, (number, console))  # a Thread would need locks, which may be held
            raise Stopped(number)
        if time.monotonic() - stopped[0] > FAREWELL:
            os._exit(128 + number)

    handlers: dict[int, Any] = dict.fromkeys(STOPPING, stop)
    if hasattr(signal, "SIGTSTP"):
        handlers[signal.SIGTSTP] = suspend
    try:
        before = {number: signal.getsignal(number) for number in handlers}
        for number, handler in handlers.items():
            if before[number] not in (signal.SIG_IGN, None):
                signal.signal(number, handler)
    except ValueError:  # not in the main thread: the caller handles signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, signal.SIG_IGN if last else handler)
