"""The same scene is the same film: whatever the hash seed, threads, locale, time zone, order, or company."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.rig import HEAD, Program

ROW = "the same"
TWO = """
video = Video(640, 360, 10, 10, 0, 0.2)
runs = {f"lr {n}": SGD(n / 20, momentum=0.9) for n in range(1, 4)}
scene = Scene(title="Two – zwei", optimizer=runs, losses=("MSELoss", "HuberLoss"), epochs=8, video=video, resolution=41)
adam = Scene(title="Adam", optimizer=Optimizer("Adam", lr=0.3), epochs=8, video=video, resolution=41)
"""
WAYS: dict[str, dict[str, str]] = {
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "hash seed 2": {"PYTHONHASHSEED": "2"},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    "eight threads": {"OMP_NUM_THREADS": "8", "OPENBLAS_NUM_THREADS": "8", "MKL_NUM_THREADS": "8"},
    "a German locale": {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
    "an ASCII locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "another time zone": {"TZ": "Pacific/Kiritimati"},
    "another time": {"SOURCE_DATE_EPOCH": "0", "TZ": "America/St_Johns"},
}


def films(program: Program, *arguments: object, env: dict[str, str] | None = None) -> dict[str, str]:
    """The hash of every file of the films, recorded anew."""
    done = program.run(*arguments, "-f", "mp4,gif,png,json", "--no-cache", "--quiet", env=env, deadline=300)
    assert (done.status, done.err) == (0, []), done.err
    files = sorted(path for path in program.films.rglob("*") if path.is_file())
    return {str(path.relative_to(program.films)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The films as they usually are."""
    program = Program(tmp_path_factory.mktemp("first"))
    return films(program, program.write("two.py", HEAD + TWO))


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_surroundings(tmp_path: Path, first: dict[str, str], way: str) -> None:
    """Every raw frame, and every file, is equal by its hash."""
    program = Program(tmp_path)
    assert films(program, program.write("two.py", HEAD + TWO), env=WAYS[way]) == first


@pytest.mark.long
@pytest.mark.parametrize("order", [("scene", "adam"), ("adam", "scene")])
@pytest.mark.parametrize("jobs", [1, 2])
def test_orders_and_company(tmp_path: Path, first: dict[str, str], order: tuple[str, str], jobs: int) -> None:
    """Other scenes before, after, and at the same time change nothing."""
    program = Program(tmp_path)
    other = program.write("other.py", HEAD + TWO.replace("zwei", "andere").replace("0.9", "0.5"))
    made = films(program, other, "adam", program.write("two.py", HEAD + TWO), *order, "-j", jobs)
    assert {name: data for name, data in made.items() if name.startswith("two")} == first


@pytest.mark.long
def test_other_places(tmp_path: Path, first: dict[str, str]) -> None:
    """Folder, working directory and user leave no trace in a film."""
    program = Program(tmp_path / "deep" / "ümläut")
    scene = program.write("two.py", HEAD + TWO)
    assert films(program, scene.name, env={"USER": "nobody", "HOME": str(tmp_path)}) == first
