"""`animgd doctor`: what is there, what is not, and what to run."""

from __future__ import annotations

import ast
import json
import sys
from importlib import metadata
from pathlib import Path

import pytest
from conftest import ROOT

from animgd.cli.doctor import Finding, examine
from animgd.cli.libraries import LIBRARIES
from animgd.cli.main import main

INSTALL = "python -m pip install -c constraints.txt -e ."


def test_all_is_well(capsys, tmp_path: Path) -> None:
    """Where everything is there: a line for each thing, and status 0."""
    assert main(["doctor", "-o", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    words = {line.split()[1] for line in lines}
    assert {"animgd", "python", *LIBRARIES, "ffmpeg", "libx264", "fonts", "cache", "cores", "output"} <= words
    assert all(line.startswith("ok ") for line in lines)


def test_what_is_missing_comes_with_its_command(monkeypatch, tmp_path: Path, capsys) -> None:
    """A missing library, a broken ffmpeg, an impossible folder: each with what to do, and status 1."""

    def version(name: str) -> str:
        if name == "torch":
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr("animgd.cli.doctor.metadata.version", version)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    assert main(["doctor", "-o", str(tmp_path / "file" / "films")]) == 1
    missing = [line for line in capsys.readouterr().out.splitlines() if line.startswith("missing")]
    assert [line.split()[1] for line in missing] == ["torch", "ffmpeg", "output"]
    assert "-m pip install torch`" in missing[0] and "imageio-ffmpeg`" in missing[1] and "-o" in missing[2]


def test_a_cache_that_cannot_be_is_no_fault(monkeypatch, tmp_path: Path) -> None:
    """Without a cache recordings are not kept: worth a word, but all is well."""
    monkeypatch.setenv("ANIMGD_CACHE", "/dev/null/none")
    (cache,) = (finding for finding in examine(tmp_path) if finding.what == "cache")
    assert cache.well and "not cached" in cache.found


def test_nothing_heavy_is_imported(python) -> None:
    """The doctor looks at torch and matplotlib without importing them."""
    text = "import sys, json; from animgd.cli.main import main; main(['doctor']); "
    text += "print(json.dumps(sorted(sys.modules)))"
    done = python("-c", text)
    assert not {"torch", "matplotlib"} & set(json.loads(done.stdout.splitlines()[-1])), done.stderr


@pytest.mark.parametrize("words", [["doctor"], ["scene.py"], ["--help"], []])
def test_old_python_is_one_line(python, words: list[str]) -> None:
    """Python 3.10 runs far enough to say what is needed."""
    text = f"import sys; sys.version_info = (3, 10, 13); sys.argv[1:] = {words}; from animgd.__main__ import run; run()"
    done = python("-c", text)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("animgd: error: animgd needs Python 3.11 or later, this is 3.10: ")


def test_old_python_can_parse_what_tells_it(python) -> None:
    """What is imported before the version is checked has no newer syntax than that of Python 3.8."""
    names = ["__init__", "__main__", "_version", "cli/__init__", "cli/console", "cli/parser", "encoders/__init__",
             "output/__init__", "output/platforms", "scene/__init__", "scene/themes"]  # fmt: skip
    text = "import sys, animgd.__main__; print(*(m for m in sys.modules if m.startswith('animgd')))"
    loaded = {name.replace(".", "/") for name in python("-c", text).stdout.split()}
    assert loaded <= {f"animgd/{name}".replace("/__init__", "") for name in names} | {"animgd"}
    for name in (f"{name}.py" for name in names):
        ast.parse((ROOT / "animgd" / name).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_missing_libraries_are_one_line(python, write) -> None:
    """Without any library, a scene ends in one line and the command that helps; the doctor lists them all."""
    done = python("-S", "-m", "animgd", write())
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"animgd: error: {', '.join(LIBRARIES)} are not installed: {INSTALL}\n"
    done = python("-S", "-m", "animgd", "doctor")
    lines = [line.split()[:2] for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (1, "") and all(["missing", name] in lines for name in LIBRARIES)


def test_one_missing_library_is_named(animgd, write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is missing is named."""
    monkeypatch.setitem(sys.modules, "contourpy", None)
    done = animgd(write())
    assert (done.status, done.err) == (1, [f"animgd: error: contourpy is not installed: {INSTALL}"])


def test_a_finding_is_one_line() -> None:
    """What was looked at, what was found, and the cure."""
    assert Finding("fonts", "here").line == "ok      fonts           here"
    assert Finding("torch", "not installed", "`pip install torch`").line.endswith("not installed: `pip install torch`")
