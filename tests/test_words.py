"""The words of the command line (list, new, doctor), folders of scene modules, and --open."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, SMALL

from animgd.cli.main import main
from animgd.cli.words import WORDS, command, new
from tests import doubles

TWO = SMALL.replace("scene = ", "first = ") + "second = first.replace(epochs=6, title='Second')\n"
LECTURE = SMALL + "from animgd import Lecture, Title\nlecture = Lecture(parts=(Title('Hello'), scene))\n"


def test_each_word_has_its_module() -> None:
    """The table and the modules agree, and the help names every word."""
    modules = {path.stem for path in (ROOT / "animgd/cli/words").glob("*.py")} - {"__init__"}
    assert modules == set(WORDS)
    assert all(callable(command(word)) for word in WORDS)


def test_list_tells_names_and_lengths(animgd, write) -> None:
    """A line for each scene: what to type to film it, its length, its title; nothing is trained or written."""
    done = animgd("list", write(TWO, "two.py"))
    assert (done.status, done.err, done.folder.exists()) == (0, [], False)
    words = [line.split() for line in done.out]
    assert [each[0].rpartition("/")[2] for each in words] == ["two.py", "two.py"]
    assert [each[1:] for each in words] == [["first", "0.40", "s", "4", "frames", "Small"],
                                            ["second", "0.70", "s", "7", "frames", "Second"]]  # fmt: skip


def test_list_knows_lectures_names_options_and_errors(animgd, write) -> None:
    """A lecture and the scenes beside it; one by its name; with other settings; an error does not hide the others."""
    module = write(LECTURE, "talk.py")
    told = [json.loads(line) for line in animgd("list", "--json", module).out]
    assert [(each["name"], each["lecture"]) for each in told] == [("lecture", True), ("scene", False)]
    assert told[0]["duration"] == pytest.approx(3 + 16 / 50)
    (line,) = animgd("list", module, "scene", "--epochs", "9").out
    assert line.split()[2:5] == ["1.00", "s", "10"]
    (line,) = animgd("list", module, "scene", "--set", "video.fps=20").out
    assert line.split()[2:5] == ["0.35", "s", "7"]
    done = animgd("list", write("oops\n", "bad.py"), module)
    assert (done.status, len(done.out)) == (1, 2) and "bad.py:1: NameError" in done.err[0]
    assert animgd("list").status == 2


def test_list_runs_scenes_in_a_process_of_their_own(python, write) -> None:
    """What a module does to its process does not reach the program."""
    done = python("-m", "animgd", "list", write("import os\nos._exit(3)\n", "gone.py"), write())
    assert done.returncode == 1 and "gone.py:2: the scene module called os._exit()" in done.stderr
    assert done.stdout.split()[1] == "scene"


def test_new_writes_a_scene_that_films(animgd, tmp_path: Path, monkeypatch) -> None:
    """The example of that name, under the new one, which is not replaced."""
    monkeypatch.chdir(tmp_path)
    assert animgd("new", "mine").out == ["mine.py"]
    assert (tmp_path / "mine.py").read_bytes() == (ROOT / "scenes/momentum.py").read_bytes()
    assert animgd("new", "other.py", "--from", "compare").out == ["other.py"]
    assert "nesterov=True" in (tmp_path / "other.py").read_text()
    assert animgd("mine.py", "-q", "draft", "-f", "gif", "--dry-run").status == 0
    assert animgd("new", "loop", "--from", "own_loop").status == 0  # with the file that it reads
    assert animgd("loop.py", "--frame", "5", "-q", "draft").status == 0
    again = animgd("new", "mine")
    assert (again.status, again.err) == (2, ["animgd: error: mine.py exists: choose another name"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new"], "expected one NAME"),
        (["new", "a", "b"], "expected one NAME"),
        (["new", "a", "--from", "momentun"], "did you mean 'momentum'?"),
        (["new", "gone/a"], "new: there is no folder gone: make it first"),
        *[
            (["new", name], f"new: invalid name {name!r}: expected the name of a file, such as my_scene")
            for name in ("", ".", "./", "..", "../", "gone/", "gone/..", ".hidden", ".py", "/")
        ],
        *[
            (["new", name], f"would hide the module {name.removesuffix('.py')} from Python there")
            for name in ("animgd", "animgd.py", "torch", "numpy.py", "random")
        ],
        (["new", "a\0b"], "cannot write a\\x00b.py"),
        (["new", "a" * 300], "File name too long"),
        (["a.py", "--from", "momentum"], "--from is for new"),
        (["doctor", "a.py"], "doctor: unexpected 'a.py'"),
    ],
)
def test_new_says_what_is_wrong(animgd, tmp_path: Path, monkeypatch, words: list[str], said: str) -> None:
    """One line, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    done = animgd(*words)
    assert done.status in (1, 2) and len(done.err) == 1 and said in done.err[0]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_stands_for_its_modules(animgd, write, tmp_path: Path, monkeypatch) -> None:
    """All modules that import animgd, in order, and nothing else; a word wins over a folder of its name."""
    for name in ("list/b.py", "list/a.py", "list/_helper.py"):
        write(name=name)
    write("x = 1\n", "list/plain.py")
    write("not python", "list/notes.txt")
    monkeypatch.chdir(tmp_path)
    assert animgd("list").status == 2
    done = animgd("./list", "-f", "json")
    assert (done.status, done.made) == (0, ["a.json", "b.json"])
    assert [line.split()[0] for line in animgd("list", "./list").out] == ["list/a.py", "list/b.py"]


def test_a_folder_in_between(animgd, write, tmp_path: Path, monkeypatch) -> None:
    """After a module, a folder's bare name is the name of a scene; a path is a folder; names need a module."""
    write(TWO.replace("second =", "films ="), "two.py")
    write(name="films/a.py")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert [line.split()[1] for line in animgd("list", "two.py", "films").out] == ["films"]
    assert len(animgd("list", "two.py", "films", "./films").out) == 2
    assert "not a scene module: 'scene'" in animgd("./films", "scene").err[0]
    assert "empty has no scene module" in animgd("empty").err[0]
    assert "not a scene module" in animgd("x" * 5000).err[0]


def opener(folder: Path, text: str) -> dict[str, str]:
    """An environment whose xdg-open is this script."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "xdg-open"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_open_shows_the_first_result(animgd, write, tmp_path: Path, monkeypatch, more: list[str]) -> None:
    """The system's program gets the file by its full name; of nothing made, nothing is opened."""
    monkeypatch.setenv("PATH", opener(tmp_path, f'echo "$@" >> {tmp_path}/opened')["PATH"])
    assert animgd(write("oops\n"), "-p").status == 2
    assert animgd(write(), "--open", "-f", "gif,json", *more).status == 0
    until = time.monotonic() + 10
    while not (tmp_path / "opened").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.05)
    assert (tmp_path / "opened").read_text() == f"{tmp_path}/films/small.gif\n"


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
def test_what_shows_a_film_stays(write, tmp_path: Path) -> None:
    """The end of animgd ends what scenes have started, but not the player, wherever that belongs now."""
    player = tmp_path / "player"
    env = opener(tmp_path, f"setsid sleep 60 & echo $! > {player}.part; mv {player}.part {player}; sleep 60")
    command = [sys.executable, "-m", "animgd", "-o", str(tmp_path / "films"), "--open", "-f", "gif", str(write())]
    subprocess.run(command, cwd=ROOT, env=os.environ | env, check=True, capture_output=True, timeout=60)
    until = time.monotonic() + 10
    while not player.exists() and time.monotonic() < until:
        time.sleep(0.01)
    pid = int(player.read_text())
    assert doubles.alive(pid)
    os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
def test_open_without_a_program_is_a_warning(animgd, write, monkeypatch) -> None:
    """The film is made all the same."""
    monkeypatch.setenv("PATH", "/none")
    done = animgd(write(), "-p", "-f", "json")
    assert done.status == 0 and done.err[0].startswith("animgd: warning: cannot open ")


@pytest.mark.long
def test_the_wheel_has_the_examples(python, tmp_path: Path) -> None:
    """Installed from a wheel, outside of the clone, `new` finds them."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    source = tmp_path / "source"  # building leaves files
    for name in ("animgd", "scenes"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source)],
                           capture_output=True, text=True, timeout=300)  # fmt: skip
    if built.returncode and "setuptools" in built.stderr:
        pytest.skip("needs setuptools in this environment")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(place), str(wheel)], check=True, timeout=300)
    assert (place / "animgd/output/watch/page.html").is_file()
    for name in ("momentum", "compare"):
        done = python("-m", "animgd", "new", f"my_{name}", "--from", name, env={"PYTHONPATH": str(place)})
        assert (done.returncode, done.stdout, done.stderr) == (0, f"my_{name}.py\n", "")
        assert (tmp_path / f"my_{name}.py").read_bytes() == (ROOT / "scenes" / f"{name}.py").read_bytes()


@pytest.mark.parametrize("word", ["list", "watch"])
def test_missing_libraries_are_one_line(python, write, word: str) -> None:
    """Without numpy and torch, a word that needs them says how to install them; `new` needs none."""
    done = python("-S", "-m", "animgd", word, write())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1) and "not installed: " in done.stderr
    assert python("-S", "-m", "animgd", "new", "mine").stdout == "mine.py\n"


def test_new_without_examples_is_one_line(monkeypatch, capsys, tmp_path: Path) -> None:
    """An installation that lost them says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(new, "ROOT", tmp_path)
    monkeypatch.setattr("animgd.cli.words.new.metadata.files", lambda name: [])
    assert main(["new", "mine"]) == 1
    assert "the examples of animgd are not installed" in capsys.readouterr().err
