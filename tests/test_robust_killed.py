"""Whoever is killed, whenever: under the film's name is the older one or the whole new one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from animgd.output.atomic import sweep
from tests import doubles
from tests.encoders.test_ffmpeg import check_kills
from tests.rig import HEAD, LONGER, ROOT, Program, count, thorough_only, whole

ROW = "killed"
FRAMES = 121  # of LONGER


@thorough_only
@pytest.mark.long
def test_kills_while_encoding(tmp_path: Path, record_property) -> None:
    """Kill -9 at 300 moments of encoding damages no film, and leaves neither ffmpeg nor temporary files."""
    record_property("count", 300)
    check_kills(tmp_path, [moment * 0.0026 for moment in range(300)])


@pytest.mark.long
@pytest.mark.parametrize("whom", ["program", "worker"])
def test_kills_of_the_whole_program(tmp_path: Path, whom: str, record_property) -> None:
    """Kill -9 of the program, or of the process that films: no child lives on, the older film or the new is whole."""
    program, moments = Program(tmp_path), count(5, 15)
    scene = program.write("film.py", HEAD + LONGER)
    began = time.monotonic()
    assert program.run(scene).status == 0
    length = time.monotonic() - began
    good = {name: (program.films / name).read_bytes() for name in ("film.mp4", "film.gif")}
    record_property("count", moments)
    for moment in range(moments):
        for name in good:
            (program.films / name).write_bytes(b"old")
        kill(program, scene, whom, length * (moment + 0.5) / moments)
        for name, data in good.items():
            assert (program.films / name).read_bytes() in (b"old", data), (name, moment)
    assert program.run(scene, "-f", "mp4").status == 0
    assert doubles.names(program.films) == ["film.gif", "film.mp4"]
    assert whole(program.films / "film.mp4", FRAMES)


def kill(program: Program, scene: Path, whom: str, delay: float) -> None:
    """Kill -9 somebody after a while; the worker's death is one line and no success."""
    with program.start(scene) as process:
        time.sleep(delay)
        victim = process.pid if whom == "program" else child(process.pid)
        if victim:
            os.kill(victim, signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        if whom == "worker" and victim and process.returncode:
            assert process.returncode in (1, 2) and len(err.splitlines()) == 1 and "signal 9" in err
            assert program.parts() == []
        assert "Traceback" not in err
    program.nothing_lives()


def child(pid: int) -> int:
    """The first child of a process, 0 while it has none."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    words = found.read_text().split() if found.exists() else []
    return int(words[0]) if words else 0


PUBLISH = """
import sys
from pathlib import Path
from animgd.output.atomic import Part, sweep
folder, kind = Path(sys.argv[1]), sys.argv[2]
sweep(folder)
part = Part(folder / "film", folder=kind == "folder")
for name in ("00000.png", "00001.png") if kind == "folder" else ("",):
    (part.path / name).write_text("new" * 1000)
part.publish()
"""
CALLS = "fsync,rename,renameat2,flock,unlink,unlinkat,mkdir,rmdir,openat,close,write,fstat,newfstatat,getdents64"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_kills_at_each_system_call_of_publishing(tmp_path: Path, kind: str, record_property) -> None:
    """Kill -9 at every system call from the part's making to the end: old or new, whole, and swept by the next."""
    log, before = tmp_path / "log", {}
    folder = tmp_path / "out"
    prepare(folder, kind)
    run(["-o", str(log), "-e", f"trace={CALLS}"], folder, kind)
    calls: list[tuple[str, int]] = []
    for line in log.read_text().splitlines():
        name = line.partition("(")[0]
        before[name] = before.get(name, 0) + 1
        if calls or ".animgd-" in line:
            calls.append((name, before[name]))
    assert {"fsync", "flock"} <= {name for name, _ in calls} and len(calls) > 10
    chosen = calls if count(0, 1) else calls[:: max(1, len(calls) // 12)]
    for name, number in chosen:
        prepare(folder, kind)
        inject = ["-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={number}"]
        assert run(inject, folder, kind) != 0, (name, number)
        check(folder, kind)
    record_property("count", len(chosen))


def prepare(folder: Path, kind: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "film").mkdir(parents=True) if kind == "folder" else folder.mkdir()
    for name in ("00000.png", "00001.png") if kind == "folder" else ("",):
        (folder / "film" / name).write_text("old" * 1000)


def run(options: list[str], folder: Path, kind: str) -> int:
    command = ["strace", *options, sys.executable, "-S", "-c", PUBLISH, str(folder), kind]
    path = os.pathsep.join([str(ROOT), *[p for p in sys.path if p.endswith("site-packages")]])
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True).returncode


def check(folder: Path, kind: str) -> None:
    """The target is of one piece, and the next start removes all the rest."""
    sweep(folder)
    assert doubles.names(folder) == ["film"]
    files = sorted((folder / "film").iterdir()) if kind == "folder" else [folder / "film"]
    texts = {file.read_text() for file in files}
    assert texts in ({"old" * 1000}, {"new" * 1000}) and len(files) == (2 if kind == "folder" else 1)


def test_a_killed_worker_is_one_line(tmp_path: Path) -> None:
    """A process that is killed while its scene runs is told of with the scene's name, and counts as a bad scene."""
    program = Program(tmp_path)
    scene = program.write(text=HEAD + "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n" + SCENE_LINE)
    done = program.run(scene, "-f", "json")
    assert done.status == 2 and len(done.err) == 1
    assert re.match(r"animgd: .*small\.py: the scene module was killed by signal 9", done.err[0])


SCENE_LINE = "scene = Scene()\n"
