"""Scene modules filmed in processes of their own, some at a time; told in the order in which they were asked for."""

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

from animgd.cli import jobs
from animgd.cli.jobs import Summary, Tell
from animgd.cli.options import ModuleRequest, Options
from animgd.cli.workers.child import BLOCK, Child, called, gone, handle, kill, let_go, place_in, readable, scratch
from animgd.cli.workers.entry import GRACE, Work
from animgd.cli.workers.forks import Direct, Nursery
from animgd.errors import RenderError

LAST = 2 * GRACE  # seconds more until a process that says nothing is killed from outside
FAREWELL = 1.0  # seconds for cleaning up after a signal


def film(modules: Sequence[ModuleRequest], asked: Options, tell: Tell) -> Summary:
    """Film each module in its own process, `asked.jobs` at a time."""

    def work(number: int, told: Tell, trainer: Any) -> Summary:
        return jobs.film(modules[number], asked, told, trainer)

    return _run(work, modules, asked, tell)


def names(modules: Sequence[ModuleRequest], asked: Options) -> list[list[str]]:
    """What each module would become; nothing where that cannot be known."""
    found: list[list[str]] = [[] for _ in modules]

    def work(number: int, told: Tell, trainer: Any) -> Summary:
        told("names", [number, jobs.names(modules[number], asked, lambda k, v: told(k, v) if k == "phase" else None)])
        return Summary()

    def keep(kind: str, value: Any) -> None:
        if kind == "names":
            found[value[0]] = value[1]

    _run(work, modules, asked, keep)
    return found


def _run(work: Work, modules: Sequence[ModuleRequest], asked: Options, tell: Tell) -> Summary:
    several = len(modules) > 1 and sys.platform == "linux"  # elsewhere, libraries do not survive a fork
    try:
        parent = (Nursery if several else Direct)(work, asked.patience)
        with contextlib.closing(parent):
            return _Queue(parent, modules, asked, tell).run()
    except OSError as error:
        raise RenderError(f"no process for a scene: {error.strerror or error}; try fewer at a time (-j)") from error


@dataclass
class _Queue:
    """Modules that wait, run, and have ended."""

    parent: Direct | Nursery
    modules: Sequence[ModuleRequest]
    asked: Options
    tell: Tell
    running: list[Child] = field(default_factory=list)
    told: dict[int, list[tuple[str, Any]]] = field(default_factory=dict)  # of those whose turn has not come
    ended: set[int] = field(default_factory=set)
    turn: int = 0  # the module whose news are passed on at once

    def run(self) -> Summary:
        """All of them."""
        tally, waiting = Summary(), list(range(len(self.modules)))
        try:
            while waiting or self.running:
                while waiting and len(self.running) < self.asked.jobs:
                    self._begin(waiting.pop(0))
                self._listen()
                for child in [child for child in self.running if self._over(child)]:
                    tally.add(self._end(child))
        finally:
            self._stop()
        return tally

    def _begin(self, number: int) -> None:
        hear, pipe = os.pipe()
        crash = scratch()
        try:
            pid = self.parent.born(number, pipe, crash.fileno())
        except OSError:
            pid = self.parent.born(number, pipe, crash.fileno())  # once more, in a new nursery
        finally:
            os.close(pipe)
        os.set_blocking(hear, False)
        self.running.append(Child(number, pid, hear, crash, handle(pid), since=time.monotonic()))

    def _listen(self) -> None:
        poll = select.poll()
        for child in self.running:
            poll.register(child.pipe, select.POLLIN)
            if child.handle >= 0:
                poll.register(child.handle, select.POLLIN)
        poll.poll(200)
        for child in self.running:
            self._read(child)

    def _read(self, child: Child) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(child.pipe, BLOCK):
                *lines, child.text = (child.text + data).split(b"\n")
                for line in lines:
                    self._news(child, *json.loads(line))
                if len(data) < BLOCK:
                    return
            child.phase = child.phase if child.phase.startswith("closed") else f"closed {child.phase}"

    def _news(self, child: Child, kind: str, value: Any) -> None:
        if kind == "phase":
            child.phase, child.since = value, time.monotonic()
        elif kind == "end":
            child.tally = Summary(*value)
        elif kind == "lost":
            fault = "a fault of animgd, or a library that the scene changed; -v tells more"
            line = f"animgd: error: {self._path(child)}: {value} ({fault})"
            self._pass(child.number, "err", jobs.plain(line))
            child.tally = Summary(0, [1])
        elif kind != "trace" or self.asked.verbose:
            self._pass(child.number, "err" if kind == "trace" else kind, value)

    def _pass(self, number: int, kind: str, value: Any) -> None:
        if number == self.turn:
            self.tell(kind, value)
        elif kind != "bar":
            self.told.setdefault(number, []).append((kind, value))

    def _over(self, child: Child) -> bool:
        """Whether a process has ended; one that takes too long is helped to."""
        if child.phase == "load" and time.monotonic() > child.since + self.asked.patience + GRACE + LAST:
            child.late = True
            kill(child.pid)
        return child.phase.startswith("closed") or (child.handle >= 0 and readable(child.handle))

    def _end(self, child: Child) -> Summary:
        """Take leave of a process, and say how it ended if it could not."""
        closed = child.handle >= 0 and not readable(child.handle, 100)  # yet it is alive
        kill(child.pid)  # also whatever it has started and left running
        status = self.parent.status(child.pid)
        self._read(child)
        self.running.remove(child)
        tally = child.tally
        if tally is None:
            tally = self._death(child, status, closed)
            self._sweep()
        let_go(child)
        self._next(child.number)
        return tally

    def _next(self, number: int) -> None:
        self.ended.add(number)
        while self.turn in self.ended:
            self.turn += 1
            for kind, value in self.told.pop(self.turn, []):
                self.tell(kind, value)

    def _death(self, child: Child, status: int, closed: bool) -> Summary:
        """One line for a process that ended without a word."""
        child.crash.seek(0)
        words = child.crash.read(BLOCK).decode("ascii", "replace")
        place, loading = place_in(words, self._path(child)), child.phase.endswith("load")
        if loading and (child.late or words.startswith("Timeout")):
            from animgd.scene.module.loader import overdue

            line = overdue(self.asked.patience)
        elif closed:
            line, status = "the scene closed files that are not its own, or became another program", 0
        elif status < 0:
            line = f"{'the scene module' if loading or place else 'the film'} was killed by {called(-status)}"
        else:
            line = f"the scene ended Python with status {status} instead of ending"
        ours = status < 0 and not loading and place is None
        at = place or jobs.plain(str(self._path(child)))
        self._pass(child.number, "err", f"animgd: {'error: ' if ours else ''}{at}: {line}")
        return Summary(0, [1 if ours else 2])

    def _path(self, child: Child) -> Path:
        return self.modules[child.number].path

    def _sweep(self) -> None:
        """Remove what a process could not remove itself."""
        from animgd.output.atomic import sweep

        sweep(self.asked.output)

    def _stop(self) -> None:
        """Have all processes clean up and end, or end."""
        left = self.running
        if not left:
            return
        for child in left:
            with contextlib.suppress(OSError):
                os.kill(child.pid, signal.SIGTERM)
        until = time.monotonic() + FAREWELL
        while time.monotonic() < until and not all(gone(child) for child in left):
            time.sleep(0.01)
        for child in left:
            kill(child.pid)
            self.parent.status(child.pid)
            let_go(child)
        self._sweep()  # a signal may come when a part is made, and nobody's yet
