"""A scene's code finds its surroundings when it is called, as it had them when its module ran (real files)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import ROOT, Program

SMALL = "epochs=3, resolution=4, hide='all', video=Video(320, 240, 10, 10, 0, 0)"
LATE = f"""
from __future__ import annotations
import inspect, os, pickle, typing
from dataclasses import dataclass
from pathlib import Path
import numpy as np
import torch
from animgd import Function, Point, Scene, Video, Window

os.chdir("data")
os.environ["BOWL_DEPTH"] = "2"
np.set_printoptions(precision=3)
torch.set_default_dtype(torch.float64)
calls = []

@dataclass
class Shift:
    by: float = 1.0

def bowl(x, y):
    from helper import stretched  # only now, from the folder of this module
    calls.append(1)
    shift = pickle.loads(pickle.dumps(Shift(float(Path("shift.txt").read_text()))))  # in the folder of os.chdir
    assert typing.get_type_hints(Shift) == {{"by": float}}
    assert inspect.getsource(bowl).startswith("def bowl")
    assert os.environ["BOWL_DEPTH"] == "2"
    assert np.get_printoptions()["precision"] == 3
    assert torch.get_default_dtype() == torch.float64
    return stretched(x - shift.by) ** 2 + y**2

scene = Scene(problem=Function(bowl), start=Point(x=1, y=1), window=Window(x=(-2, 2), y=(-2, 2)), {SMALL})
"""


@pytest.mark.parametrize("modules", [1, pytest.param(2, marks=pytest.mark.long)])
def test_late_calls_find_everything(tmp_path: Path, modules: int) -> None:
    """Imports, files, the environment, types, pickles, source text and settings of libraries, in the last epoch too."""
    program = Program(tmp_path)
    program.write("data/shift.txt", "0.5")
    program.write("helper.py", "def stretched(value):\n    return value * 2\n")
    scenes = [program.write(f"late{k}.py", LATE) for k in range(modules)]
    done = program.run(*scenes, "-f", "json", "-j", "2")
    assert done.status == 0 and all("is not kept" in line for line in done.err), done.err
    assert len(done.out) == modules


GONE = {  # who removes the current folder
    "the module": "os.chdir('gone'); os.rmdir(os.getcwd())\ndef f(x, y): return x**2",
    "a function": "def f(x, y):\n    if os.path.isdir('gone'): os.chdir('gone'); os.rmdir('../gone')\n    return x**2",
    "the module its own": "os.rmdir('gone'); os.remove(__file__); os.rmdir(os.getcwd())\ndef f(x, y): return x**2",
}


@pytest.mark.parametrize("who", GONE)
def test_the_current_folder_may_vanish(tmp_path: Path, who: str) -> None:
    """A film needs nothing of it."""
    program = Program(tmp_path)
    scene = program.write("own/film.py", f"import os\nfrom animgd import *\n{GONE[who]}\n" + OF_F)
    (scene.parent / "gone").mkdir()
    done = program.run(scene.name, "-f", "json", "--quiet", cwd=scene.parent)
    assert (done.status, done.err) == (0, [])


OF_F = f"scene = Scene(problem=Function(f), window=Window(), {SMALL})\n"
ALARM = """import signal
from animgd import *
def late(*_):
    raise TimeoutError("no time")
signal.signal(signal.SIGALRM, late)
def f(x, y):
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    return x**2 + y**2
"""
OWN_FAULT = {
    ALARM + OF_F: r":(4|9): .*TimeoutError: no time",  # 9: while it was being built
    ALARM + "signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-3)\n" + OF_F: r":(4|9): .*TimeoutError: no time",
    "import os; os.closerange(0, 256)": ": the scene closed animgd's file descriptors or replaced its process",
}


@pytest.mark.parametrize("text", OWN_FAULT)
def test_the_true_cause_is_told(tmp_path: Path, text: str) -> None:
    """Errors of the system that a scene's code raises while animgd's runs, and a closed connection."""
    program = Program(tmp_path)
    done = program.run(program.write("film.py", text), "-f", "json")
    assert (done.status, len(done.err)) == (2, 1), done.err
    assert re.search(OWN_FAULT[text], done.err[0]), done.err


def test_a_fork_of_a_scene_gets_none_of_its_messages(tmp_path: Path) -> None:
    """It would answer none of them, and the film would be waited for without end."""
    program = Program(tmp_path)
    fork = "import os, time\nif os.fork():\n    time.sleep(0.5)\n"  # so that the child is the first to wait for one
    scene = program.write("film.py", fork + "from animgd import *\ndef f(x, y): return x**2 + y**2\n" + OF_F)
    done = program.run(scene, "-f", "json", "--quiet", deadline=30)
    assert (done.status, done.err) == (0, [])


LOSS = "def steep(predicted, target):\n    return ((predicted - target) ** 2).mean()\n"
USES = f"from animgd import *\nscene = Scene(losses=(steep,), {SMALL})\n"


@pytest.mark.long
@pytest.mark.parametrize(("command", "modules"), [("module", 1), ("script", 2)])
def test_imports_from_the_projects_root_and_within_packages(tmp_path: Path, command: str, modules: int) -> None:
    """From the current folder, and relative ones where there is an __init__.py; `animgd` like `python -m animgd`."""
    program = Program(tmp_path)
    program.write("mytools/__init__.py", "")
    program.write("mytools/losses.py", LOSS)
    program.write("talk/__init__.py", "")
    program.write("talk/common.py", LOSS)
    program.write("plain/first.py", "from mytools.losses import steep\n" + USES)
    program.write("talk/second.py", "from .common import steep\nfrom . import common\n" + USES)
    start = (
        [sys.executable, "-m", "animgd"]
        if command == "module"
        else [sys.executable, "-P", "-c", "from animgd.__main__ import run; run()"]
    )
    scenes = [["plain/first.py"], ["talk/second.py"]] if modules == 1 else [["plain/first.py", "talk/second.py"]]
    for names in scenes:
        done = subprocess.run(
            [*start, "-f", "json", "-o", "films", *names], cwd=tmp_path, capture_output=True, text=True, timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), names
    assert len(list(program.films.iterdir())) == 2


@pytest.mark.long
def test_a_scene_harms_only_its_own_films(tmp_path: Path) -> None:
    """Whatever the second of three modules does to its process, the others make the films that they make alone."""
    program = Program(tmp_path)
    scenes = [program.write(f"{name}.py", f"from animgd import *\nscene = Scene({SMALL})\n") for name in "ac"]
    alone = program.run(*scenes, "-f", "png")
    assert alone.status == 0
    before = {path.relative_to(tmp_path): path.read_bytes() for path in program.films.rglob("*.png")}
    for harm in HARMS:
        shutil.rmtree(program.films)
        bad = program.write("b.py", f"import os, sys, time\n{harm}\nfrom animgd import *\nscene = Scene({SMALL})\n")
        done = program.run(scenes[0], bad, scenes[1], "-f", "png", "--scene-timeout", "2", "-j", "2")
        made = {path.relative_to(tmp_path): path.read_bytes() for path in program.films.rglob("*.png")}
        assert {path: data for path, data in made.items() if "b" not in path.parts} == before, (harm, done.err)
        assert (done.status, len(made) > len(before)) in ((0, True), (1, False)), (harm, done.err)
        assert len(done.err) == (done.status == 1) or "print" in harm, (harm, done.err)


HARMS = (
    "while True: pass",
    "held = bytearray(20 << 30)",
    "os.fork() or time.sleep(100)",
    "os.fork()",
    "print('x' * 10_000_000)",
    "os._exit(3)",
    "os.closerange(3, 200)",
    "os.execv('/bin/true', ['true'])",
    "import numpy as np; np.set_printoptions(precision=1); np.seterr(all='raise')",
    "import torch; torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)",
    "import matplotlib; matplotlib.rcParams['font.size'] = 50; matplotlib.rcParams['text.usetex'] = True",
    "import locale; locale.setlocale(locale.LC_ALL, '')",
    "import builtins; builtins.len = None; import json; json.dumps = None",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.alarm(1)",
)


OWN = """
from animgd import Function, Scene, Video, Window
from bowl import FACTOR, bowl
{late}
scenes = {{"a": Function(lambda x, y: bowl(x, y)), "b": Function(lambda x, y: x**2 + FACTOR * y**2)}}
scenes = {{name: Scene(problem=f, window=Window(x=(-2, 2), y=(-2, 2)), {small}) for name, f in scenes.items()}}
"""
BOWL = """
from pathlib import Path
FACTOR = float(Path(__file__).with_name("factor.txt").read_text())
calls = Path(__file__).with_name("calls.txt")
def bowl(x, y):
    with calls.open("a") as file:
        file.write(".")
    return 2 * x**2 + y**2
"""


@pytest.mark.long
def test_recordings_of_own_functions_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the module, one that it imports, or a file that it has read changes; scenes of a module have one each."""
    monkeypatch.setenv("ANIMGD_CACHE", str(tmp_path / "kept"))
    program = Program(tmp_path)
    program.write("bowl.py", BOWL)
    program.write("factor.txt", "3")
    scene = program.write("own.py", OWN.format(late="", small=SMALL))
    calls, landscapes = tmp_path / "calls.txt", []

    def called(*options: str) -> bool:
        calls.write_text("")
        done = program.run(scene, "-f", "json", *options)
        assert (done.status, done.err) == (0, [])
        films = [json.loads((program.films / f"own-scenes-{name}.json").read_bytes()) for name in "ab"]
        landscapes.append([film["panels"][0]["runs"][0]["loss"] for film in films])
        return bool(calls.read_text())

    assert called()
    assert not called("--theme", "dark")
    assert landscapes[0] == landscapes[1] and landscapes[0][0] != landscapes[0][1]
    for film in program.films.iterdir():
        film.unlink()
    monkeypatch.setenv("ANIMGD_CACHE", str(tmp_path / "one by one"))  # each is then the first function of its call
    assert program.run(scene, "scenes-a", "-f", "json").status == 0
    assert program.run(scene, "scenes-b", "-f", "json").status == 0
    films = [json.loads((program.films / f"own-scenes-{name}.json").read_bytes()) for name in "ab"]
    assert [film["panels"][0]["runs"][0]["loss"] for film in films] == landscapes[0]
    program.write("factor.txt", "4")
    assert called()
    assert landscapes[2][0] == landscapes[0][0] and landscapes[2][1] != landscapes[0][1]
    program.write("bowl.py", BOWL + "# edited\n")
    assert called()
    assert not called()


CHANGING = {
    "other programs": "import subprocess\nk = float(subprocess.run(['cat', 'k.txt'], capture_output=True).stdout)",
    "lists of files": "import os\nk = len(os.listdir('many'))",
    "a database": "import sqlite3\nk = float(sqlite3.connect('k.db').execute('select k from t').fetchone()[0])",
}


@pytest.mark.long
@pytest.mark.parametrize("what", CHANGING)
def test_what_no_file_tells_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """A film never shows the function of another time, and says why it is recorded again."""
    monkeypatch.setenv("ANIMGD_CACHE", str(tmp_path / "kept"))
    program, made = Program(tmp_path), []
    code = f"{CHANGING[what]}\ndef bowl(x, y):\n    return k * x**2 + y**2\n"
    scene = program.write(
        "changing.py", f"from animgd import *\n{code}scene = Scene(problem=Function(bowl), {SMALL})\n"
    )
    for k in (1, 2):
        program.write("k.txt", str(k))
        program.write(f"many/{k}", "")
        with contextlib.closing(sqlite3.connect(tmp_path / "k.db")) as base:
            base.executescript(f"drop table if exists t; create table t (k); insert into t values ({k})")
        done = program.run(scene, "-f", "json")
        assert done.status == 0
        assert any(f"depends on {what}, which may be others next time" in line for line in done.err), done.err
        (film,) = program.films.rglob("*.json")
        made.append(film.read_bytes())
    assert made[0] != made[1]


@pytest.mark.long
def test_a_variable_that_the_code_names_is_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another value it is recorded anew; another variable changes nothing."""
    monkeypatch.setenv("ANIMGD_CACHE", str(tmp_path / "kept"))
    program, made = Program(tmp_path), []
    code = (
        "import os\nk = float(os.environ['STEEP'])\ndef bowl(x, y):\n    print('called')\n    return k * x**2 + y**2\n"
    )
    scene = program.write("varied.py", f"from animgd import *\n{code}scene = Scene(problem=Function(bowl), {SMALL})\n")
    for steep, other in ((1, 1), (2, 1), (2, 2)):
        monkeypatch.setenv("STEEP", str(steep))
        monkeypatch.setenv("OTHER", str(other))
        done = program.run(scene, "-f", "json")
        (film,) = program.films.rglob("*.json")
        made.append((film.read_bytes(), any("called" in line for line in done.err)))
    (first, _), (second, recorded), (third, again) = made
    assert first != second == third
    assert recorded and not again


@pytest.mark.long
def test_what_is_read_late_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows before a call whether such a file has changed: the film says why it takes its time."""
    monkeypatch.setenv("ANIMGD_CACHE", str(tmp_path / "kept"))
    program = Program(tmp_path)
    program.write("factor.txt", "3")
    text = "def bowl(x, y):\n    return x**2 + float(open('factor.txt').read()) * y**2\n"
    scene = program.write("late.py", f"from animgd import *\n{text}scene = Scene(problem=Function(bowl), {SMALL})\n")
    for _ in range(2):
        done = program.run(scene, "-f", "json")
        assert done.status == 0
        assert any("code read factor.txt only when it was called" in line for line in done.err), done.err
