"""Odd surroundings: the film is made, or one line says why not."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from animgd.cli.mplconfig import folder_for_matplotlib
from animgd.errors import AnimgdError, shortage
from animgd.graphics.fonts import PLEX, Source, _opened, face
from animgd.output.atomic import Part
from animgd.output.resume import existing
from animgd.output.target import Target, target
from animgd.recording import cache
from animgd.scene.module.loader import load
from animgd.scene.style import Style
from tests import doubles
from tests.rig import HEAD, ROOT, SCENE, Program

ROW = "environment"
RC = "savefig.bbox: tight\ntext.usetex: True\nfont.size: 30\npath.simplify: False\npath.snap: False\nimage.cmap: hot\n"
BARE = {"PATH": os.environ["PATH"]}
ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def space() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def network() -> None:
    """A network namespace of its own, with nothing in it, where we may make one."""
    ctypes.CDLL(None).unshare(0x40000000)


SURROUNDINGS: dict[str, dict[str, Any]] = {
    "no home": {"env": {"HOME": "", "ANIMGD_CACHE": "", "XDG_CACHE_HOME": ""}},
    "a home that is not": {"env": {"HOME": "/dev/null/none", "ANIMGD_CACHE": "", "MPLCONFIGDIR": ""}},
    "a read-only home": {"env": {"HOME": "/proc", "ANIMGD_CACHE": "", "MPLCONFIGDIR": "/proc/none"}},
    "a cache that is a file": {"env": {"ANIMGD_CACHE": "/etc/passwd"}},
    "a wrong back end": {"env": {"MPLBACKEND": "nonsense"}},
    "another back end": {"env": {"MPLBACKEND": "tkagg"}},
    "no display": {"env": {"DISPLAY": ":99"}},
    "umask 077": {"umask": 0o077},
    "umask 000": {"umask": 0},
    "64 descriptors": {"preexec_fn": descriptors},
    "2 GB of address space": {"preexec_fn": space},
    "an ASCII locale": {"env": ASCII},
    "a locale that is not": {"env": {"LC_ALL": "xx_YY.UTF-9", "LANG": "tlh"}},
    "a dumb terminal": {"env": {"TERM": "dumb"}},
    "no terminal": {"env": {"TERM": ""}},
    "stdin closed": {"stdin": "closed"},
    "stdout closed": {"stdout": "closed"},
    "stderr closed": {"stderr": "closed"},
    "all closed": {"stdin": "closed", "stdout": "closed", "stderr": "closed"},
    "Python's odd settings": {"env": {"PYTHONOPTIMIZE": "2", "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "default"}},
    "a proxy that is not": {"env": {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}},
    "ffmpeg's report": {"env": {"FFREPORT": "file=report.log:level=32"}},
    "a read-only current folder": {"cwd": "/proc"},
    "no network": {"preexec_fn": network},
    "many threads": {"env": {"OMP_NUM_THREADS": "64", "OPENBLAS_NUM_THREADS": "64"}},
}  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The films of the plain scene."""
    program = Program(tmp_path_factory.mktemp("plain"))
    assert program.run(program.write()).status == 0
    return {path.name: path.read_bytes() for path in program.films.iterdir()}


@pytest.mark.long
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_surroundings(tmp_path: Path, plain: dict[str, bytes], name: str) -> None:
    """The same films, byte for byte, wherever they are made, and no word that tells of our insides."""
    program, given = Program(tmp_path), dict(SURROUNDINGS[name])
    closed = [n for n, stream in enumerate(("stdin", "stdout", "stderr")) if given.pop(stream, None)]
    scene = program.write()
    if closed:
        status, done_err = run_closed(program, scene, closed)
        assert status == int(1 in closed), done_err  # results that nobody can get are lost
    else:
        done = program.run(scene, "--no-cache", **given)
        assert done.status == 0, done.err
        assert done.out == [str(program.films / f"small.{kind}") for kind in ("mp4", "gif")]
        done_err = "\n".join(done.err)
    assert "Traceback" not in done_err and "Error" not in done_err
    assert {path.name: path.read_bytes() for path in program.films.iterdir()} == plain
    assert sorted(path.name for path in tmp_path.iterdir()) == ["films", "small.py"]
    if "umask" in given:
        modes = {path.stat().st_mode & 0o777 for path in program.films.iterdir()}
        assert modes == {0o666 & ~given["umask"]}


def run_closed(program: Program, scene: Path, closed: list[int]) -> tuple[int, str]:
    """Run the program with some of the three streams closed."""
    command = [sys.executable, "-m", "animgd", "-o", str(program.films), str(scene)]
    closing = "; ".join(f"os.close({number})" for number in closed)
    start = f"import os; {closing}; os.execv({sys.executable!r}, {command!r})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RIG": program.mark}
    done = subprocess.run([sys.executable, "-c", start], env=environment, cwd=program.home, capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    program.nothing_lives()
    return done.returncode, done.stderr


@pytest.mark.long
def test_a_matplotlibrc_changes_nothing(tmp_path: Path, plain: dict[str, bytes]) -> None:
    """A matplotlibrc in the current folder is matplotlib's, not ours."""
    program = Program(tmp_path)
    program.write("matplotlibrc", RC)
    assert program.run(program.write()).status == 0
    assert {path.name: path.read_bytes() for path in program.films.iterdir()} == plain


@pytest.mark.long
@pytest.mark.parametrize("env", [{"HOME": "/proc", "MPLCONFIGDIR": ""}, {"MPLCONFIGDIR": "/proc"},
                                 {"MPLCONFIGDIR": "/dev/null/none"}, {"XDG_CACHE_HOME": "/proc"}])  # fmt: skip
@pytest.mark.parametrize("modules", [1, 2])
def test_matplotlib_needs_no_folder_of_its_own(tmp_path: Path, env: dict[str, str], modules: int) -> None:
    """It says nothing, and leaves nothing behind, whichever processes are killed."""
    program, temporary = Program(tmp_path), tmp_path / "temporary"
    temporary.mkdir()
    scenes = [program.write(f"{n}.py", HEAD + SCENE.replace('"S"', 'r"$x^2$"')) for n in range(modules)]
    done = program.run(*scenes, "-f", "gif", "--no-cache", env={"TMPDIR": str(temporary), **env})
    assert (done.status, done.err) == (0, [])
    assert list(temporary.iterdir()) == []


def test_matplotlib_s_own_folder_stays_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it can be written to, nothing is set; a user without a home has none."""
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("HOME", str(tmp_path))
    with folder_for_matplotlib():
        assert os.environ["MPLCONFIGDIR"] == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cache", ".config"]
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    monkeypatch.chdir(tmp_path)
    with folder_for_matplotlib():
        made = Path(os.environ["MPLCONFIGDIR"])
        assert made.is_dir() and made.is_absolute()
    assert not made.exists() and len(list(tmp_path.iterdir())) == 2


@pytest.mark.long
def test_no_current_folder(tmp_path: Path) -> None:
    """A current folder that has been removed is no reason to fail where all paths are absolute."""
    program, gone = Program(tmp_path), tmp_path / "gone"
    gone.mkdir()
    scene = program.write()
    start = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); os.execv({sys.executable!r}, "
    command = [sys.executable, "-m", "animgd", "-o", str(program.films), "-f", "gif", str(scene)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", start + f"{command!r})"], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert doubles.names(program.films) == ["small.gif"]


@pytest.mark.long
@pytest.mark.parametrize("where", ["/proc/films", "/dev/null", "/dev/null/films", "/sys/films"])
def test_unwritable_output_folders(tmp_path: Path, where: str) -> None:
    """An output folder that cannot be is status 1 and one line that says what to do."""
    program = Program(tmp_path)
    done = program.run(program.write(), "-o", where)
    assert (done.status, done.out, len(done.err)) == (1, [], 1)
    assert done.err[0].startswith("animgd: error: cannot ") and "-o" in done.err[0], done.err


@pytest.mark.long
def test_head_has_seen_enough(tmp_path: Path) -> None:
    """`| head -1`: the reader goes after one line, and all films are made."""
    program = Program(tmp_path)
    modules = " ".join(str(program.write(f"film{n}.py", HEAD + SCENE)) for n in range(3))
    line = f"set -o pipefail; {sys.executable} -m animgd -f gif -o {program.films} {modules} | head -1"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{program.films}/film0.gif\n" and len(doubles.names(program.films)) == 3


LIMITED = {  # a limit, what is made, what fails, and what to do
    "-n 20": ("mp4", "cannot start ffmpeg: Too many open files", "raise the limit on open files (ulimit -n)"),
    "-f 1": ("mp4", "signal 25, File size limit exceeded)", "raise the limit on file sizes (ulimit -f)"),
    "-f 1 ": ("png", "cannot write picture 00000.png: File too large", "raise the limit on file sizes (ulimit -f)"),
    "-v 400000": ("json", "Cannot allocate memory", "raise the limit on it (ulimit -v)"),
    "-f 0": ("json", "File too large", "raise the limit on file sizes (ulimit -f)"),
}


@pytest.mark.parametrize(
    "limit", [pytest.param(each, marks=[pytest.mark.long] * (each != "-n 20")) for each in LIMITED]
)
def test_limits_of_the_shell(tmp_path: Path, limit: str) -> None:
    """A limit that stops a film is told by its own name, and is no reason to install anything."""
    program, (format, what, cure) = Program(tmp_path), LIMITED[limit]
    scene = program.write()
    line = f"ulimit {limit}; exec {sys.executable} -m animgd --no-cache -f {format} -o {program.films} {scene}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", line], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert what in done.stderr and cure in done.stderr and "pip" not in done.stderr
    assert not program.films.exists() or doubles.names(program.films) == []


@pytest.mark.parametrize("words", [[], ["--dry-run"], ["-o", "films"]])
def test_relative_outputs_without_a_current_folder(tmp_path: Path, words: list[str]) -> None:
    """An output in a folder that has been removed is one line that says so."""
    program = Program(tmp_path)
    call = " ".join([sys.executable, "-m", "animgd", "-f", "json", *words, str(program.write())])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = f"mkdir gone; cd gone; rmdir ../gone; exec {call}"
    done = subprocess.run(["bash", "-c", line], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "small.json: the working folder no longer exists: go to another one" in done.stderr


@contextlib.contextmanager
def no_more_files() -> Iterator[None]:
    """No further file can be opened."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_cannot_be_opened_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without further files each thing that we open says so; none is told as missing, damaged or of a wrong kind."""
    scene, film = load(Program(tmp_path).write())["scene"], Target(tmp_path / "small.json", "json")
    film.path.write_text("{}")
    font = str(PLEX / "IBMPlexSans-Regular.ttf")
    cache.name(scene)  # imports what it needs
    monkeypatch.setattr(tempfile, "tempdir", None)
    tries: dict[str, Callable[[], object]] = {
        "cannot read ": lambda: existing(film, scene),
        "cannot read the font ": lambda: _opened(Source(font)),
        "Style: cannot read the font file ": lambda: face(Style(font=font)),
        "cannot write a temporary file": lambda: target(io.BytesIO(), "gif"),
        "cannot write ": lambda: Part(tmp_path / "a.mp4"),
    }
    for words, call in tries.items():
        with no_more_files(), pytest.raises(AnimgdError) as caught:
            call()
        assert words in str(caught.value), words
        assert str(caught.value).endswith(": Too many open files; raise the limit on open files (ulimit -n)")
    with no_more_files():
        assert cache.name(scene) is None  # so that it is recorded again


def test_an_error_of_a_scene_is_not_a_limit() -> None:
    """Only the system's own errors are taken for limits, also below others."""
    assert shortage(ValueError("Too many open files")) is None
    assert shortage(FileNotFoundError(2, "No such file or directory")) is None
    below = ValueError("bad")
    below.__cause__ = ImportError("libtorch_cpu.so: failed to map segment from shared object")
    assert shortage(below) == "Cannot allocate memory; free some memory, or raise the limit on it (ulimit -v)"
    below.__cause__ = ImportError("libtorch.so: cannot open shared object file: Too many open files")
    assert shortage(below) == "Too many open files; raise the limit on open files (ulimit -n)"
