"""Results that cannot be written are an error, words about them are not, and a reader may leave."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from animgd.cli import console, main
from tests import decoded
from tests.rig import HEAD, ROOT, SCENE, Program

FULL = "/dev/full"
LOST = "animgd: error: cannot write to stdout: {}; redirect it to another file"
NO_ROOM = LOST.format("No space left on device")
Call = Callable[..., tuple[int, str, str]]

# Each call, its status when all goes well, and what it makes
CALLS: dict[str, tuple[list[str], int, list[str]]] = {
    "version": (["--version"], 0, []),
    "help": (["--help"], 0, []),
    "help among others": (["-vh"], 0, []),
    "no arguments": ([], 2, []),
    "doctor": (["doctor"], 0, []),
    "a dry run": (["a.py", "--dry-run"], 0, []),
    "paths": (["a.py", "-f", "json"], 0, ["a.json"]),
    "data": (["a.py", "--json", "-f", "json,png"], 0, ["a", "a.json"]),
    "a frame": (["a.py", "--frame", "-1"], 0, ["a-3.png"]),
    "two at a time": (["a.py", "b.py", "-j", "2", "-f", "json"], 0, ["a.json", "b.json"]),
}
LIGHT = ["version", "help", "no arguments"]
each_call = pytest.mark.parametrize(("name", "unbuffered"), [*((n, False) for n in CALLS), *((n, True) for n in LIGHT)])


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Call]:
    """Run the program with streams of one's own; what Python says as it exits counts."""
    program = Program(tmp_path)
    for name in ("a.py", "b.py"):
        program.write(name, HEAD + SCENE)

    def run(words: list[str], unbuffered: bool = False, **given: Any) -> tuple[int, str, str]:
        usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        outputs = ["-o", str(program.films)] if words and words != ["--version"] else []
        surroundings = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1" * unbuffered, "RIG": program.mark}
        done = subprocess.run([sys.executable, "-m", "animgd", *words, *outputs], env={**os.environ, **surroundings},
                              cwd=tmp_path, text=True, timeout=120, **{**usual, **given})  # fmt: skip
        return done.returncode, done.stdout or "", done.stderr or ""

    yield run
    program.nothing_lives()


def made(folder: Path) -> list[str]:
    films = folder / "films"
    return sorted(path.name for path in films.iterdir()) if films.exists() else []


@contextlib.contextmanager
def gone() -> Iterator[int]:
    """A pipe whose reader has left."""
    read, write = os.pipe()
    os.close(read)
    try:
        yield write
    finally:
        os.close(write)


@contextlib.contextmanager
def full() -> Iterator[int]:
    """A file that takes nothing."""
    with Path(FULL).open("w") as file:
        yield file.fileno()


@each_call
def test_lost_results_are_one_line_and_status_1(call: Call, tmp_path: Path, name: str, unbuffered: bool) -> None:
    """Where stdout cannot be written, every call says so once and fails; the films are there."""
    words, status, films = CALLS[name]
    with full() as file:
        assert call(words, unbuffered, stdout=file) == (status or 1, "", NO_ROOM + "\n")
    assert made(tmp_path) == films


@pytest.mark.parametrize(("name", "unbuffered"), [*((n, True) for n in LIGHT), ("doctor", False), ("data", False)])
def test_a_reader_that_leaves_is_forgiven(call: Call, tmp_path: Path, name: str, unbuffered: bool) -> None:
    """`| head -1`: a closed pipe is no error, whatever was to be written, and nothing is said at the exit."""
    words, status, films = CALLS[name]
    with gone() as pipe:
        assert call(words, unbuffered, stdout=pipe) == (status, "", "")
    assert made(tmp_path) == films


@pytest.mark.parametrize("name", ["version", "paths", "no arguments"])
def test_a_closed_stdout_loses_results_too(call: Call, tmp_path: Path, name: str) -> None:
    """`>&-` is no pipe."""
    words, status, films = CALLS[name]
    done = call(words, preexec_fn=lambda: os.close(1))
    assert done == (status or 1, "", LOST.format("it is closed") + "\n")
    assert made(tmp_path) == films


WORDY = """
import os, subprocess
for number in (1, 2):
    os.write(number, b"past Python")
assert subprocess.call(["sh", "-c", "echo word; echo word >&2"]) == 0
"""


@pytest.mark.parametrize(
    ("closed", "words"), [((0, 1), ["a.py"]), ((2,), ["a.py"]), ((0, 1, 2), ["a.py", "b.py", "-j", "2"])]
)
def test_no_file_of_ours_takes_a_closed_stream_s_number(
    call: Call, tmp_path: Path, closed: tuple[int, ...], words: list[str]
) -> None:
    """What a scene, a library or a child writes to a closed stream goes nowhere, and not into a film or a pipe."""
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(HEAD + WORDY + SCENE)
    close = lambda: [os.close(number) for number in closed]  # noqa: E731
    status, _, said = call([*words, "-f", "mp4,json"], preexec_fn=close)
    assert status == int(1 in closed), said
    films = [tmp_path / "films" / f"{word[0]}.mp4" for word in words if word.endswith(".py")]
    assert [decoded.seen(film).pictures for film in films] == [4] * len(films)
    assert len(made(tmp_path)) == 2 * len(films)


@pytest.mark.parametrize("unbuffered", [False, True])
def test_whatever_the_system_says_is_passed_on(call: Call, tmp_path: Path, unbuffered: bool) -> None:
    """A file that takes only a part, as on a disk that gets full, and a stdout that is open for reading only."""
    few = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # noqa: E731
    with (tmp_path / "small").open("w") as small:
        done = call(["--help"], unbuffered, stdout=small, preexec_fn=few)
    assert done == (1, "", LOST.format("File too large") + "\n")
    assert (tmp_path / "small").stat().st_size == 100
    with Path(os.devnull).open() as reading:
        assert call(["--version"], unbuffered, stdout=reading) == (1, "", LOST.format("Bad file descriptor") + "\n")


@pytest.mark.parametrize("broken", [full, gone, contextlib.nullcontext], ids=["full", "gone", "closed"])
@pytest.mark.parametrize(("words", "status"), [(["a.py", "-f", "json"], 0), (["--bogus"], 2), (["none.py"], 2)])
def test_words_that_are_lost_change_no_status(call: Call, broken: Any, words: list[str], status: int) -> None:
    """Where stderr cannot be written, the status says what it would have said."""
    with broken() as stderr:
        given = {"preexec_fn": lambda: os.close(2)} if stderr is None else {"stderr": stderr}
        assert call(words, **given)[0] == status


def test_both_lost(call: Call, tmp_path: Path) -> None:
    """With nowhere to say it, lost results are a failure all the same; one reader of both is forgiven."""
    with full() as file:
        assert call(["a.py", "-f", "json"], stdout=file, stderr=file)[0] == 1
    assert made(tmp_path) == ["a.json"]
    with gone() as pipe:
        assert call(["--help"], stdout=pipe, stderr=pipe)[0] == 0
        assert call(["a.py", "none.py", "--dry-run"], stdout=pipe, stderr=pipe)[0] == 1  # for none.py


def test_a_name_that_stdout_cannot_spell(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the encoding of stdout has no such letter, the result is there all the same, with an escape."""
    (tmp_path / "a.py").rename(tmp_path / "größe.py")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii:strict")
    monkeypatch.setenv("PYTHONUTF8", "1")
    status, told, said = call(["größe.py", "--dry-run", "-f", "json"])
    assert (status, said) == (0, "") and "gr\\xf6\\xdfe.json: 320x240" in told


def test_a_name_that_is_no_text(call: Call, tmp_path: Path) -> None:
    """A program that reads stdout gets the bytes of a name, also those that are no characters."""
    name = os.fsdecode(b"a\x1b[31m\xff.py")
    (tmp_path / "a.py").rename(tmp_path / name)
    for unbuffered in (False, True):
        with (tmp_path / "told").open("wb") as told:
            assert call([name, "-f", "json"], unbuffered, stdout=told)[0] == 0
        assert (tmp_path / "told").read_bytes() == os.fsencode(tmp_path / "films") + b"/a\x1b[31m\xff.json\n"


def on_terminal(tmp_path: Path, *words: str) -> str:
    """What the program writes to a terminal, stdout and stderr together."""
    ours, its = os.openpty()
    command = [sys.executable, "-m", "animgd", *words]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
                               stdin=subprocess.DEVNULL, stdout=its, stderr=its)  # fmt: skip
    os.close(its)
    told = b""
    with contextlib.suppress(OSError):  # how a terminal says that all have left
        while data := os.read(ours, 4096):
            told += data
    os.close(ours)
    process.wait(60)
    return told.decode().replace("\r\n", "\n")


def test_a_terminal_obeys_no_name(tmp_path: Path) -> None:
    """Escapes in names of files and in errors' texts are shown on a terminal: in paths, warnings and tracebacks."""
    bad = "\x1b]0;owned\x07"
    (tmp_path / f"a{bad}.py").write_text(HEAD + SCENE)
    (tmp_path / "b.py").write_text(f"raise ValueError({bad + chr(10)!r})")
    paths = on_terminal(tmp_path, f"a{bad}.py", "--dry-run", "-f", "json", "-o", "films")
    assert paths.rpartition("\x1b[K")[2] == "films/a\\x1b]0;owned\\x07.json: 320x240, 4 frames at 10 a second, 0.4 s\n"
    assert "\x1b]" not in (traceback := on_terminal(tmp_path, "b.py", "-v")) and "\x07" not in traceback
    assert "ValueError: \\x1b]0;owned\\x07" in traceback and traceback.count("\n") > 5


def test_lines_of_ours_keep_their_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback stays in lines; all else that a terminal could obey is escaped."""
    console.report("Traceback:\n\t1\r\x9b2J\u202e é")
    assert capsys.readouterr().err == "Traceback:\n\t1\\r\\x9b2J\\u202e é\n"


def test_a_bad_scene_stays_a_bad_scene(call: Call) -> None:
    """Where nothing was to be written, nothing is lost."""
    with full() as file:
        status, _, said = call(["none.py"], stdout=file)
    assert (status, said.count("\n")) == (2, 1) and "none.py" in said


def test_a_stop_does_not_wait_for_a_reader(tmp_path: Path) -> None:
    """A program that waits for a reader who never reads ends when it is told to."""
    program = Program(tmp_path)
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, bytes(4096))
    os.set_blocking(write, True)
    env = {"PYTHONUNBUFFERED": ""}
    with program.start("-vh", stdout=write, env=env) as process:
        try:
            while not asleep(process.pid):
                pass
            process.terminate()
            assert process.wait(20) == 143
        finally:
            process.kill()
            os.close(write)
            os.close(read)


def asleep(pid: int) -> bool:
    """Whether a process has done nothing for a second."""
    stat = Path(f"/proc/{pid}/stat")
    before = stat.read_text().split()[13:15]
    time.sleep(1)
    return stat.read_text().split()[13:15] == before


def test_what_others_left_in_the_streams_is_dropped(tmp_path: Path) -> None:
    """A library's word that stderr did not take is not written again at the exit, where it would change the status."""
    text = "import sys\ntry: sys.stderr.write('word\\n')\nexcept OSError: pass\n"
    start = text + "sys.argv[1:] = ['--version']\nfrom animgd.__main__ import run\nrun()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}
    with full() as file:
        done = subprocess.run([sys.executable, "-c", start], env=environment, stderr=file, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout[:7]) == (0, b"animgd ")


class Failing:
    """A stream that fails from some writing on."""

    def __init__(self, good: int, errno: int = errno.EIO) -> None:
        self.good, self.errno, self.lines = good, errno, ""

    def write(self, text: str) -> None:
        if not self.good:
            raise OSError(self.errno, os.strerror(self.errno))
        self.good, self.lines = self.good - 1, self.lines + text

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def test_nothing_follows_what_was_lost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """After a line that was lost there is no other: the file would look whole. It is said once."""
    results, stream = console.Results(), Failing(2)
    monkeypatch.setattr(sys, "stdout", stream)
    for line in ("one", "two", "three"):
        results.write(line)
    stream.good = 9
    results.write("four")
    assert stream.lines == "one\ntwo\n"
    assert capsys.readouterr().err == LOST.format("Input/output error") + "\n"
    assert [results.status(status) for status in (0, 1, 2, 130)] == [1, 1, 2, 130]


@pytest.mark.parametrize(("good", "errno"), [(0, errno.EIO), (1, errno.EIO), (1, errno.EAGAIN)])
def test_a_terminal_that_goes_away_stops_no_film(monkeypatch: pytest.MonkeyPatch, good: int, errno: int) -> None:
    """The bar is drawn on a terminal; when that fails, the film goes on."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Failing(good, errno))
    console = main.Console()
    console.tell("bar", ("drawing", "film", 1, 9))
    console.tell("err", "a word")
    console.close()
