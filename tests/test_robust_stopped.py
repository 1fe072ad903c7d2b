"""A signal stops the program at once, whatever it does, and leaves nothing behind."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.rig import HEAD, LONGER, ROOT, SIGNALS, Program, count, interrupt

ROW = "stopped"
MOMENTS = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.2, 2.6, 3.0)  # seconds: starting, importing, drawing, publishing
DEADLINE = 2.0  # seconds


@pytest.mark.long
@pytest.mark.parametrize("which", SIGNALS)
def test_signals_at_many_moments(tmp_path: Path, which: str, record_property) -> None:
    """Status 128 + n within two seconds; no child, no temporary file, no traceback."""
    moments = MOMENTS[:: count(5, 1)]
    record_property("count", len(moments))
    for moment in moments:
        check_stop(Program(tmp_path / str(moment)), which, moment)


def test_ctrl_backslash_is_a_stop_too(tmp_path: Path) -> None:
    """SIGQUIT leaves no unfinished files."""
    check_stop(Program(tmp_path), "QUIT", 2.2)


DEAF = """
import sys, time
from pathlib import Path
from animgd.cli import filming
from animgd.cli.main import main
from animgd.output.atomic import Part

def film(modules, options, tell):
    Part(Path(options.output) / "a.gif").path.write_bytes(b"begun")
    try:
        print("here", flush=True)
        time.sleep(60)
    except BaseException:
        time.sleep(60)

filming.film = film
sys.exit(main(["-o", sys.argv[1], "a.py"], apart=True))
"""


def test_what_catches_a_stop_does_not_keep_the_program(tmp_path: Path) -> None:
    """It is ended some moments later, and leaves no unfinished file."""
    (tmp_path / "films").mkdir()
    (tmp_path / "a.py").write_text("from animgd import Scene\nscene = Scene()\n")
    command = [sys.executable, "-c", DEAF, str(tmp_path / "films")]
    with subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"here\n"
        assert [*(tmp_path / "films").iterdir()]
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
    assert not [*(tmp_path / "films").iterdir()]


def test_ctrl_c_at_the_very_start(python) -> None:
    """Before anything can be cleaned up, it ends the program without a traceback."""
    text = "import os, signal, animgd.__main__; os.kill(os.getpid(), signal.SIGINT)"
    done = python("-c", text)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def check_stop(program: Program, which: str, moment: float) -> None:
    program.films.mkdir(parents=True)
    scene = program.write("film.py", HEAD + LONGER.replace("epochs=60", "epochs=4000"))
    with program.start("-q", "lecture", "-f", "mp4,gif", "--no-cache", scene) as process:
        time.sleep(moment)
        assert process.poll() is None
        began = time.monotonic()
        interrupt(process, SIGNALS[which])
        done = program.ended(process, began, 30)
    assert done.seconds < DEADLINE
    assert (done.status, done.out, done.err) == (128 + SIGNALS[which][0], [], [])
    assert list(program.films.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "while True: pass",
        "import itertools; sum(itertools.repeat(1))",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ],
)
def test_a_scene_cannot_hold_up_ctrl_c(tmp_path: Path, text: str) -> None:
    """A scene that loops, in Python or in C, or catches everything, is stopped all the same."""
    program = Program(tmp_path)
    scene = program.write(text=f"import sys\nprint('here', flush=True)\n{text}\n")
    with program.start(scene) as process:
        assert process.stderr is not None and process.stderr.readline() == "here\n"
        began = time.monotonic()
        interrupt(process, SIGNALS["INT"])
        done = program.ended(process, began, 30)
    assert done.status == 130 and done.seconds < DEADLINE + 0.5 and done.err == []


@pytest.mark.long
def test_many_are_stopped_together(tmp_path: Path) -> None:
    """Ctrl-C while several scenes are filmed at a time ends all of them."""
    program = Program(tmp_path)
    scenes = [program.write(f"film{n}.py", HEAD + LONGER.replace("=60", "=4000")) for n in range(3)]
    with program.start("-j", "2", "-f", "mp4", *scenes) as process:
        until = time.monotonic() + 60
        while len(program.parts()) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(program.parts()) == 2
        began = time.monotonic()
        interrupt(process, SIGNALS["TERM"])
        done = program.ended(process, began, 30)
    assert (done.status, done.out, done.err) == (143, [], []) and done.seconds < DEADLINE
    assert list(program.films.iterdir()) == []


@pytest.mark.long
def test_a_part_that_nobody_holds_goes_at_the_stop(tmp_path: Path) -> None:
    """A signal may come when a part has been made, and before anybody knows of it."""
    program = Program(tmp_path)
    scene = program.write("film.py", HEAD + LONGER.replace("=60", "=4000"))
    with program.start("-f", "mp4", scene) as process:
        until = time.monotonic() + 60
        while not program.parts() and time.monotonic() < until:
            time.sleep(0.05)
        (program.films / ".animgd-1-01234567.part").touch()
        began = time.monotonic()
        interrupt(process, SIGNALS["TERM"])
        done = program.ended(process, began, 30)
    assert (done.status, done.out, done.err) == (143, [], [])
    assert list(program.films.iterdir()) == []


def test_the_terminal_is_left_clean(tmp_path: Path) -> None:
    """Ctrl-C typed at a terminal takes the bar away and writes nothing after it."""
    program = Program(tmp_path)
    scene = program.write("film.py", HEAD + LONGER.replace("epochs=60", "epochs=4000"))
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "animgd", "-o", str(program.films), str(scene)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RIG": program.mark, "TERM": "xterm"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=tmp_path,
                          start_new_session=True, preexec_fn=terminal) as process:  # noqa: PLW1509  # fmt: skip
        os.close(theirs)
        seen = b""
        while b" frames/s" not in seen:
            seen += os.read(ours, 4096)
        os.write(ours, b"\x03")
        try:
            while data := os.read(ours, 4096):
                seen += data
        except OSError:  # the terminal's other end is closed
            pass
        assert process.wait(10) == 130
    os.close(ours)
    program.nothing_lives()
    assert seen.replace(b"^C", b"").endswith(b"\r\x1b[K") and seen.count(b"\n") == 0


def terminal() -> None:
    """Make stdin the controlling terminal of this new session."""
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
