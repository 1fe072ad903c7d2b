"""Any child of the program may die or stop at any moment: it goes on or ends soon, and leaves nothing."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import cast

import pytest

from animgd.processes import context
from animgd.processes.child import kill_all
from tests import doubles
from tests.rig import HEAD, LONGER, Program, thorough_only

NAMES = {1: ("film",), 3: ("a", "b", "c")}
AFTER = 2.0  # seconds in which the program notices, and goes on or ends


def tree(program: Program, main: int) -> dict[int, str]:
    """The living child processes of the program, by what they were started as."""
    mark, found = f"RIG={program.mark}".encode(), {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) not in (os.getpid(), main):
            with contextlib.suppress(OSError):
                if mark in (place / "environ").read_bytes() and doubles.alive(int(place.name)):
                    found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    return found


def at_work(program: Program, modules: int) -> tuple[list[str], list[Path]]:
    """The command that films so many modules for some seconds, and their files."""
    scenes = [program.write(f"{name}.py", HEAD + LONGER.replace("=60", "=200")) for name in NAMES[modules]]
    return ["-f", "mp4,gif", "-j", "2", "--no-cache", "-q", "draft"], scenes


def children_while_filming(program: Program, main: int) -> list[int]:
    """The children of the program, oldest first, once films are being written and all that it needs has started."""
    until, before = time.monotonic() + 60, [0]
    while time.monotonic() < until:
        found = sorted(tree(program, main))
        if program.parts() and found == before and not any(map(starting, found)):
            return found
        before = found
        time.sleep(0.1)
    raise AssertionError("no film is begun")


def starting(pid: int) -> bool:
    """Whether a process is between fork and exec, when the system has its parent stand still (vfork): no signal gets
    through to either, so a child that is stopped then is the system's to wake.
    """
    blocked = re.search(r"SigBlk:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return blocked is not None and bool(int(blocked[1], 16) >> signal.SIGTERM - 1 & 1)


@thorough_only
@pytest.mark.long
@pytest.mark.parametrize("modules", [1, 3])
def test_each_child_killed(tmp_path: Path, modules: int) -> None:
    """The films of what was lost are named, all others are made; nothing hangs and nothing is left."""
    number = killed = 0
    while number == killed:  # another child each time, until there is none
        program = Program(tmp_path / str(number))
        words, scenes = at_work(program, modules)
        with program.start(*words, *scenes) as process:
            children = children_while_filming(program, process.pid)
            if number < len(children):
                os.kill(children[number], signal.SIGKILL)
                killed += 1
            done = program.ended(process, time.monotonic(), 120)
        number += 1
        assert program.parts() == [], children
        assert done.status in (0, 1), (children, done)
        assert 2 * len(done.err) + len(done.out) == 2 * modules, (children, done)
    assert killed >= 2 * modules


@thorough_only
@pytest.mark.long
@pytest.mark.parametrize("modules", [1, 3])
def test_each_child_stopped(tmp_path: Path, modules: int) -> None:
    """A child that stands still does not keep the program from ending when it is asked to."""
    number = stopped = 0
    while number == stopped:
        program = Program(tmp_path / str(number))
        words, scenes = at_work(program, modules)
        with program.start(*words, *scenes) as process:
            children = children_while_filming(program, process.pid)
            if number < len(children):
                os.kill(children[number], signal.SIGSTOP)
                stopped += 1
            time.sleep(0.2)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            done = program.ended(process, began, 30)
        number += 1
        assert (done.status, done.err) == (143, []), (children, done)
        assert done.seconds < AFTER, children
        assert program.parts() == [], children
    assert stopped >= 2 * modules


def test_ctrl_z_stops_the_author_too(tmp_path: Path) -> None:
    """All stand still until the program is continued; the time in between is not the scene's."""
    program = Program(tmp_path)
    slow = "import time\ntime.sleep(1)\n" + HEAD + LONGER.replace("=60", "=3")
    scene = program.write("film.py", slow)
    with program.start("-f", "json", "--scene-timeout", "2", scene) as process:
        until = time.monotonic() + 30
        while not (children := tree(program, process.pid)) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.5)  # until the program knows the child that it has started
        process.send_signal(signal.SIGTSTP)
        time.sleep(3)
        states = [
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in (*children, process.pid)
        ]
        process.send_signal(signal.SIGCONT)
        done = program.ended(process, time.monotonic(), 60)
    assert states == ["T"] * len(states)
    assert (done.status, done.err) == (0, [])


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGQUIT"])
def test_a_signal_that_was_ignored_stays_so(tmp_path: Path, name: str) -> None:
    """As with `nohup animgd ... &`, in child processes too."""
    program = Program(tmp_path)
    scene = program.write("film.py", HEAD + LONGER)
    number = getattr(signal, name)
    with program.start("-f", "mp4", scene, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN)) as process:
        children_while_filming(program, process.pid)
        for pid, command in tree(program, process.pid).items():
            if "animgd" in command.split(".py")[0]:  # ffmpeg has a handler of its own
                os.kill(pid, number)
        process.send_signal(number)
        done = program.ended(process, time.monotonic(), 60)
    assert (done.status, done.err) == (0, [])


def test_a_lost_fork_server_is_replaced(tmp_path: Path) -> None:
    """What it had forked is lost with it, and named; the modules after that are filmed."""
    program = Program(tmp_path)
    scenes = [program.write("a.py", "import time\nprint('here', flush=True)\ntime.sleep(60)\n")]
    scenes += [program.write(f"{name}.py") for name in ("b", "c")]
    with program.start("-f", "json", "-j", "1", *scenes) as process:
        assert process.stderr is not None and process.stderr.readline() == "here\n"
        servers = [pid for pid, command in tree(program, process.pid).items() if "forkserver import main" in command]
        (server,) = (pid for pid in servers if parent(pid) == process.pid)  # what it forks has its command line
        os.kill(server, signal.SIGKILL)
        done = program.ended(process, time.monotonic(), 60)
    assert (done.status, len(done.err), len(done.out)) == (1, 1, 2), done
    assert "a.py" in done.err[0] and "lost with the fork server" in done.err[0]


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_fork_server_killed_in_between() -> None:
    """`multiprocessing` looks whether it lives, and writes to it after that: in between it may be killed."""
    tries: list[str] = []

    class Process:
        def start(self) -> None:
            tries.append("start")
            if len(tries) == 1:
                raise BrokenPipeError

    context.start(cast(BaseProcess, Process()), several=True)
    assert tries == ["start"] * 2


def idle() -> None:
    """What a child does that does nothing."""


def test_a_fork_server_that_is_stopped_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not answer, so it is killed, and a new one starts."""
    monkeypatch.setattr(context, "PATIENCE", 8.0)
    monkeypatch.setattr(context, "PRELOAD", "json")  # what it imports otherwise takes longer than that
    kill_all()
    context.stopping.clear()
    servers = []
    try:
        for _ in range(2):
            process = context.of(several=True).Process(target=idle)  # type: ignore[attr-defined]
            context.start(process, several=True)
            process.join(10)
            assert process.exitcode == 0
            servers.append(context.fork_server())
            os.kill(servers[-1] or 0, signal.SIGSTOP)
        assert servers[0] != servers[1]
    finally:
        kill_all()
        context.stopping.clear()


def test_one_gives_up_where_no_fork_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the second that had to be killed."""
    servers: list[subprocess.Popen[bytes]] = []

    class Silent:
        def start(self) -> None:
            servers.append(subprocess.Popen(["sleep", "60"]))
            assert servers[-1].wait(30) == -signal.SIGKILL
            raise EOFError

    monkeypatch.setattr(context, "PATIENCE", 2.0)
    monkeypatch.setattr(context, "fork_server", lambda: servers[-1].pid)
    with pytest.raises(TimeoutError, match="no fork server answers"):
        context.start(cast(BaseProcess, Silent()), several=True)
    assert len(servers) == 2


def test_no_fork_server_starts_while_the_program_ends() -> None:
    """A start that fails because the program has killed the fork server is not tried again."""

    class Waiting:
        tries = 0

        def start(self) -> None:
            self.tries += 1
            context.stopping.set()
            raise EOFError

    process = Waiting()
    try:
        with pytest.raises(InterruptedError):
            context.start(cast(BaseProcess, process), several=False)
    finally:
        context.stopping.clear()
    assert process.tries == 1
