"""`animgd doctor`: what is there, what is not, and what to run."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

from animgd.cli.doctor import LIBRARIES, Finding, examine
from animgd.cli.main import main


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
    assert cache.well and "not kept" in cache.found


def test_nothing_heavy_is_imported(python) -> None:
    """The doctor looks at torch and matplotlib without importing them."""
    text = "import sys, json; from animgd.cli.main import main; main(['doctor']); "
    text += "print(json.dumps(sorted(sys.modules)))"
    done = python("-c", text)
    assert not {"torch", "matplotlib"} & set(json.loads(done.stdout.splitlines()[-1])), done.stderr


def test_a_finding_is_one_line() -> None:
    """What was looked at, what was found, and the cure."""
    assert Finding("fonts", "here").line == "ok      fonts           here"
    assert Finding("torch", "not installed", "`pip install torch`").line.endswith("not installed: `pip install torch`")
