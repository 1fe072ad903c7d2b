"""Films scene modules in film workers, some at a time; reports their events in the order of the modules."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animgd import system
from animgd.cli import jobs
from animgd.cli.jobs import Summary, Tell
from animgd.cli.options import ModuleRequest, Options
from animgd.cli.workers.child import BLOCK, Child, called, let_go, place_in
from animgd.cli.workers.entry import GRACE, Work
from animgd.cli.workers.forks import Direct, ForkServer
from animgd.errors import RenderError
from animgd.system import handle, kill, readable, scratch

LAST = 2 * GRACE  # more seconds until a silent film worker is killed
FAREWELL = 1.0  # seconds for clean-up after a signal


def film(modules: Sequence[ModuleRequest], options: Options, tell: Tell) -> Summary:
    """Film each module in a film worker of its own, `options.jobs` at a time."""

    def work(number: int, report: Tell, trainer: Any) -> Summary:
        system.films = min(options.jobs, len(modules))
        return jobs.film(modules[number], options, report, trainer)

    return _run(work, modules, options, tell)


def names(modules: Sequence[ModuleRequest], options: Options) -> list[list[str]]:
    """The output stems of each module; none for one that cannot be loaded."""
    found: list[list[str]] = [[] for _ in modules]

    def work(number: int, report: Tell, trainer: Any) -> Summary:
        def phases(kind: str, value: Any) -> None:
            if kind == "phase":
                report(kind, value)

        report("names", [number, jobs.names(modules[number], options, phases)])
        return Summary()

    def keep(kind: str, value: Any) -> None:
        if kind == "names":
            found[value[0]] = value[1]

    _run(work, modules, options, keep)
    return found


def _run(work: Work, modules: Sequence[ModuleRequest], options: Options, tell: Tell) -> Summary:
    several = len(modules) > 1 and sys.platform == "linux"  # elsewhere, libraries do not survive a fork
    try:
        parent = (ForkServer if several else Direct)(work, options.patience)
        with contextlib.closing(parent):
            return _Queue(parent, modules, options, tell).run()
    except OSError as error:
        raise RenderError(f"cannot start a worker process: {error.strerror or error}; try a smaller -j") from error


@dataclass
class _Queue:
    """The modules: waiting, running, ended."""

    parent: Direct | ForkServer
    modules: Sequence[ModuleRequest]
    options: Options
    tell: Tell
    running: list[Child] = field(default_factory=list)
    pending: dict[int, list[tuple[str, Any]]] = field(default_factory=dict)  # events of modules whose turn has not come
    ended: set[int] = field(default_factory=set)
    current: int = 0  # the module whose events are reported at once

    def run(self) -> Summary:
        """Film all modules."""
        summary, waiting = Summary(), list(range(len(self.modules)))
        try:
            while waiting or self.running:
                while waiting and len(self.running) < self.options.jobs:
                    self._start(waiting.pop(0))
                self._wait()
                for child in [child for child in self.running if self._ended(child)]:
                    summary.add(self._end(child))
        finally:
            self._stop()
        return summary

    def _start(self, number: int) -> None:
        hear, pipe = os.pipe()
        crash = scratch()
        try:
            pid = self.parent.start(number, pipe, crash.fileno())
        except OSError:
            pid = self.parent.start(number, pipe, crash.fileno())  # again, from a new fork server
        finally:
            os.close(pipe)
        os.set_blocking(hear, False)
        self.running.append(Child(number, pid, hear, crash, handle(pid), since=time.monotonic()))

    def _wait(self) -> None:
        poll = select.poll()
        for child in self.running:
            poll.register(child.pipe, select.POLLIN)
            if child.handle >= 0:
                poll.register(child.handle, select.POLLIN)
        poll.poll(200)

    def _read(self, child: Child) -> bool:
        """Handle the events that a film worker has sent; whether it has closed its pipe."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(child.pipe, BLOCK):
                *lines, child.text = (child.text + data).split(b"\n")
                for line in lines:
                    self._handle(child, *json.loads(line))
                if len(data) < BLOCK:
                    return False
            child.closed = True
        return child.closed

    def _handle(self, child: Child, kind: str, value: Any) -> None:
        if kind == "phase":
            child.phase, child.since = value, time.monotonic()
        elif kind == "end":
            child.summary = Summary(*value)
        elif kind == "lost":
            fault = "a bug in animgd, or a library that the scene changed; use -v for the traceback"
            line = f"animgd: error: {self._path(child)}: {value} ({fault})"
            self._report(child.number, "err", jobs.plain(line))
            child.summary = Summary(0, [1])
        elif kind != "trace" or self.options.verbose:
            self._report(child.number, "err" if kind == "trace" else kind, value)

    def _report(self, number: int, kind: str, value: Any) -> None:
        if number == self.current:
            self.tell(kind, value)
        elif kind != "bar":
            self.pending.setdefault(number, []).append((kind, value))

    def _ended(self, child: Child) -> bool:
        """Whether a film worker has ended; an overdue one is killed."""
        closed = self._read(child)
        if child.phase == "load" and time.monotonic() > child.since + self.options.patience + GRACE + LAST:
            child.late = True
            kill(child.pid)
        return closed or (child.handle >= 0 and readable(child.handle))

    def _end(self, child: Child) -> Summary:
        """Reap a film worker, and report how it died if it sent no result."""
        closed = child.handle >= 0 and not readable(child.handle, 0.1)  # the pipe is closed, but the process is alive
        kill(child.pid)  # and its own child processes
        status = self.parent.status(child.pid)
        self._read(child)
        self.running.remove(child)
        summary = child.summary
        if summary is None:
            summary = self._death(child, status, closed)
            self._sweep()
        let_go(child)
        self._next(child.number)
        return summary

    def _next(self, number: int) -> None:
        self.ended.add(number)
        while self.current in self.ended:
            self.current += 1
            for kind, value in self.pending.pop(self.current, []):
                self.tell(kind, value)

    def _death(self, child: Child, status: int, closed: bool) -> Summary:
        """Report a film worker that died without a result."""
        child.crash.seek(0)
        words = child.crash.read(BLOCK).decode("ascii", "replace")
        place, loading = place_in(words, self._path(child)), child.phase == "load"
        if loading and (child.late or words.startswith("Timeout")):
            from animgd.scene.module.loader import overdue

            line = overdue(self.options.patience)
        elif closed:
            line, status = "the scene closed animgd's file descriptors or replaced its process (exec)", 0
        elif status < 0:
            line = f"{'the scene module' if loading or place else 'the film'} was killed by {called(-status)}"
        else:
            line = f"the scene ended its process with status {status}"
        ours = status < 0 and not loading and place is None
        at = place or jobs.plain(str(self._path(child)))
        self._report(child.number, "err", f"animgd: {'error: ' if ours else ''}{at}: {line}")
        return Summary(0, [1 if ours else 2])

    def _path(self, child: Child) -> Path:
        return self.modules[child.number].path

    def _sweep(self) -> None:
        """Remove temporary files that a killed film worker left."""
        from animgd.output.atomic import sweep

        sweep(self.options.output)

    def _stop(self) -> None:
        """Terminate all film workers; kill those that do not end in time."""
        left, self.tell = self.running, lambda kind, value: None
        if not left:
            return
        for child in left:
            with contextlib.suppress(OSError):
                os.kill(child.pid, signal.SIGTERM)
        until = time.monotonic() + FAREWELL
        while time.monotonic() < until and not all(map(self._read, left)):
            time.sleep(0.01)
        for child in left:
            kill(child.pid)
            self.parent.status(child.pid)
            let_go(child)
        self._sweep()  # a signal may arrive before a new temporary file is registered
