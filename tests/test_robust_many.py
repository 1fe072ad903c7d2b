"""Many scenes and many programs at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import doubles
from tests.rig import HEAD, ROOT, SCENE, Program, count, whole

ROW = "many"
POISON = ("import os; os._exit(0)", "import ctypes; ctypes.string_at(0)",
          "kept = []\nwhile True: kept.append(bytearray(10**7))",
          "while True: pass", "import sys; sys.exit(0)", "1 / 0", "import os; os.abort()", "x = (", "input()",
          "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")  # fmt: skip
MEMORY = "import resource; resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30))"
PEEK = """
import json, os, resource, sys
{memory}
from animgd.cli import main
status = main.main({arguments!r}, apart=True)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
files = len(os.listdir('/proc/self/fd'))
children = open(f'/proc/self/task/{{os.getpid()}}/children').read().split()
print(json.dumps([status, peak, files, len(children)]), file=sys.stderr)
"""


def peek(program: Program, modules: list[Path]) -> tuple[list[str], list[str], tuple[int, int, int, int]]:
    """Results, words, and at the end: status, memory (KB), descriptors, children of the program."""
    arguments = ["-o", str(program.films), "-f", "gif", "--scene-timeout", "5", *map(str, modules)]
    command = [sys.executable, "-c", PEEK.format(arguments=arguments, memory=MEMORY)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RIG": program.mark}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, cwd=program.home)
    program.nothing_lives()
    *words, last = done.stderr.splitlines()
    status, memory, files, children = map(int, last.strip("[]").split(","))
    return done.stdout.splitlines(), words, (status, memory, files, children)


@pytest.mark.long
def test_three_hundred_scenes_ten_of_them_poisoned(tmp_path: Path, record_property) -> None:
    """290 films, 10 lines, status 1; at the end memory, descriptors and children are as after ten scenes."""
    number = count(40, 300)
    record_property("count", number)
    program = Program(tmp_path)
    few = [program.write(f"few{n}.py") for n in range(10)]
    _, _, (_, memory, files, children) = peek(program, few)
    shutil.rmtree(program.films)
    every = number // len(POISON)
    modules = [
        program.write(f"film{n:03d}.py", HEAD + (POISON[n // every] + "\n" if n % every == every - 1 else SCENE))
        for n in range(number)
    ]
    out, words, ended = peek(program, modules)
    assert len(out) == number - len(POISON) == len(doubles.names(program.films))
    assert len(words) == len(POISON) and all(word.startswith("animgd: ") for word in words), words
    assert ended[0] == 1
    assert ended[1] < memory + 8_000 and ended[2:] == (files, children) and children == 0
    first = (program.films / "film000.gif").read_bytes()
    assert all((program.films / name).read_bytes() == first for name in doubles.names(program.films))


@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_and_called_again(tmp_path: Path, jobs: int, record_property) -> None:
    """After a kill, --resume makes only what is missing, and the result is that of one call."""
    number = count(8, 40)
    record_property("count", number)
    program = Program(tmp_path)
    modules = [program.write(f"film{n:02d}.py") for n in range(number)]
    options = ("-f", "gif,json", "-j", jobs)
    with program.start(*modules, *options) as process:
        assert process.stdout is not None
        for _ in range(number):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    program.nothing_lives()
    stamps = {path.name: path.stat().st_mtime_ns for path in program.films.iterdir() if path.name[0] != "."}
    assert 0 < len(stamps) < 2 * number
    done = program.run(*modules, *options, "--resume", deadline=600)
    wanted = [str(program.films / f"film{n:02d}.{kind}") for n in range(number) for kind in ("gif", "json")]
    assert (done.status, done.out, done.err) == (0, wanted, [])
    assert doubles.names(program.films) == sorted(Path(name).name for name in wanted)
    assert {name: (program.films / name).stat().st_mtime_ns for name in stamps} == stamps
    assert len({(program.films / Path(name).name).read_bytes() for name in wanted}) == 2


def test_resume_makes_what_is_missing_only(animgd, write) -> None:
    """Outputs that are there are told of and not made; one that is cut short, or has other frames, is made again."""
    module = write()
    done = animgd(module, "-f", "gif,json,png,mp4")
    files = {name: (done.folder / name).read_bytes() for name in done.made if (done.folder / name).is_file()}
    stamp = (done.folder / "small.mp4").stat().st_mtime_ns
    (done.folder / "small.gif").write_bytes(files["small.gif"][:-9])
    (done.folder / "small" / "00002.png").unlink()
    again = animgd(module, "-f", "gif,json,png,mp4", "--resume")
    assert again.status == 0 and again.out == done.out and again.made == done.made
    assert {name: (done.folder / name).read_bytes() for name in files} == files
    assert (done.folder / "small.mp4").stat().st_mtime_ns == stamp
    assert animgd(module, "-f", "mp4", "--resume", "--epochs", "5").status == 0
    assert whole(done.folder / "small.mp4", 6)


@pytest.mark.long
def test_eight_programs_with_one_target(tmp_path: Path, record_property) -> None:
    """Under the name is always one of the candidates, whole, and nothing else is left."""
    rounds = count(5, 50)
    record_property("count", 8 * rounds)
    program = Program(tmp_path)
    scenes = [
        program.write(f"{n}/film.py", HEAD + SCENE.replace("'S'", f"'{n}'").replace('"S"', f'"{n}"')) for n in range(8)
    ]
    candidates = {kind: set() for kind in ("film.mp4", "film.gif")}
    for scene in scenes:
        assert program.run(scene).status == 0
        for kind, known in candidates.items():
            known.add((program.films / kind).read_bytes())
    assert all(len(known) == 8 for known in candidates.values())
    for _ in range(rounds):
        running = [program.start(scene) for scene in scenes]
        while any(process.poll() is None for process in running):
            assert all((program.films / kind).read_bytes() in known for kind, known in candidates.items())
            time.sleep(0.01)
        for process in running:
            assert process.communicate() == ("\n".join(str(program.films / k) for k in candidates) + "\n", "")
            assert process.returncode == 0
        assert doubles.names(program.films) == ["film.gif", "film.mp4"]


@pytest.mark.long
def test_eight_cold_starts(tmp_path: Path, record_property) -> None:
    """Eight programs that begin at once with empty caches make eight films, all the same."""
    record_property("count", 8)
    programs = [Program(tmp_path / str(n)) for n in range(8)]
    env = {"ANIMGD_CACHE": str(tmp_path / "shelf"), "MPLCONFIGDIR": str(tmp_path / "mpl"), "HOME": str(tmp_path)}
    running = [program.start(program.write(), env=env) for program in programs]
    for program, process in zip(programs, running, strict=True):
        done = program.ended(process, time.monotonic(), 300)
        assert done.status == 0 and not [line for line in done.err if line.startswith("animgd")], done.err
    assert len({(program.films / "small.mp4").read_bytes() for program in programs}) == 1
