"""`animgd doctor`: what is there, what is not, and what to run."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from conftest import ROOT

from animgd.cli.libraries import LIBRARIES
from animgd.cli.main import main
from animgd.cli.words.doctor import Finding, examine

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

    monkeypatch.setattr("animgd.cli.words.doctor.metadata.version", version)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    assert main(["doctor", "-o", str(tmp_path / "file" / "films")]) == 1
    bad = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("ok ")]
    assert [line.split()[:2] for line in bad] == [["missing", "torch"], ["failed", "ffmpeg"], ["failed", "output"]]
    assert "-m pip install torch`" in bad[0] and "or unset it" in bad[1] and "pip" not in bad[1] and "-o" in bad[2]


def test_only_a_missing_ffmpeg_is_to_be_installed(monkeypatch, tmp_path: Path) -> None:
    """Where there is no ffmpeg at all, the doctor says how to get one."""
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    (ffmpeg,) = (finding for finding in examine(tmp_path) if finding.what == "ffmpeg")
    assert ffmpeg.missing and ffmpeg.found == "ffmpeg not found (needed for mp4)"
    assert ffmpeg.cure.endswith("-m pip install imageio-ffmpeg`")


@pytest.mark.parametrize(("limit", "what"), [("-n 20", "open files"), ("-f 1", "file size")])
def test_low_limits_are_named(tmp_path: Path, limit: str, what: str) -> None:
    """Where a limit is too low for films, the doctor says so, and what it is called."""
    done = shell(f"ulimit {limit}; exec {sys.executable} -m animgd doctor -o {tmp_path}")
    bad = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    assert (done.returncode, done.stderr, len(bad)) == (1, "", 1), done
    assert bad[0].startswith(f"failed  {what} ") and f"(ulimit {limit[:2]})" in bad[0]


def test_a_setpriv_that_fails_is_no_fault(monkeypatch, tmp_path: Path) -> None:
    """Films are made without it, and the doctor says what that means."""
    (tmp_path / "setpriv").write_text("#!/bin/sh\necho 'setpriv: not permitted' >&2; exit 127\n")
    (tmp_path / "setpriv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    findings = {finding.what: finding for finding in examine(tmp_path)}
    assert findings["setpriv"].found.startswith("not used: setpriv: not permitted; ")
    assert findings["setpriv"].well and findings["libx264"].well


@pytest.mark.parametrize(("output", "status"), [("", 1), ("-o films", 1), ("-o /tmp", 0)])
def test_a_working_folder_that_is_gone(tmp_path: Path, output: str, status: int) -> None:
    """All that does not need it is examined; a folder in it is named as what fails."""
    done = shell(f"mkdir gone; cd gone; rmdir ../gone; exec {sys.executable} -m animgd doctor {output}", tmp_path)
    bad = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    assert (done.returncode, done.stderr, len(bad)) == (status, "", status), done
    assert all(": the working folder no longer exists: go to another one" in line for line in bad)


def test_a_cache_that_must_not_be_read(monkeypatch, tmp_path: Path) -> None:
    """It is not told as an empty one."""

    def refuse() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("animgd.recording.cache.entries", refuse)
    (cache,) = (finding for finding in examine(tmp_path) if finding.what == "cache")
    assert cache.well and "cannot be read (Too many open files; raise the limit" in cache.found


def shell(line: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, which can find the program."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", line], env=environment, cwd=folder, capture_output=True, text=True, timeout=60)


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
    names = ["__init__", "__main__", "_version", "cli/__init__", "cli/console", "cli/parser", "cli/words/__init__",
             "encoders/__init__",
             "errors", "output/__init__", "output/platforms", "output/slides/__init__", "scene/__init__",
             "scene/themes"]  # fmt: skip
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
    assert Finding("ffmpeg", "dies", "another").line == "failed  ffmpeg          dies: another"
