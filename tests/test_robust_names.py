"""Hostile names of scenes and folders: made exactly so, or refused; nothing elsewhere, nothing on the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import doubles
from tests.rig import HEAD, SCENE, Program

ROW = "names"
STEMS = [
    "-x", "--help", "-o", "a:b", "http:x", "https:..x", "file:x", "pipe:1", "concat:a|b", "rtmp:x", "tcp:1.1.1.1",
    "data:,x",
    "a%03d", "%d", "%s", "%%", "$HOME", "$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned",
    "&& touch pwned",
    "a b", " lead", "trail ", "a\tb", "new\nline", "cr\rx", "\x1b[31mred", "\x07",
    "\u202egpj", "ümläut", "日本語", "🎬",
    "שלום",
    "a'b", 'a"b', "a\\b", "*", "?",
    "[a]", "{a,b}", "~", "~root", "#x", "!x", "a=b", "@file", "x.mp4", "x.gif", ".hidden",
    "...", "con", "nul", "PRN.mp4", "x" * 240, "é" * 120, "_", "__init__", "0",
]  # fmt: skip
FOLDERS = [
    "-o",
    "a:b",
    "http:x",
    "file:x",
    "%d",
    "$(touch pwned)",
    "new\nline",
    "\x1b[31m",
    "日本語",
    "deep/../deep",
    "~",
    "x.mp4/",  # without the slash it is a film
]


def test_there_are_sixty() -> None:
    """The issue asks for sixty names."""
    assert len({*STEMS, *FOLDERS}) >= 60


@pytest.mark.long
def test_hostile_names_of_scenes(tmp_path: Path, record_property) -> None:
    """Every format has exactly the scene's name, or one line refuses it; nothing else appears anywhere."""
    record_property("count", len(STEMS))
    program = Program(tmp_path)
    modules = [program.write(f"{stem}.py", HEAD + SCENE) for stem in STEMS]
    before = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}
    done = program.run(*[f"./{module.name}" for module in modules], "-f", "mp4,gif,png,json", "-j", "2", deadline=600)
    assert done.status == 0, done.err
    wanted = {f"{stem}{suffix}" for stem in STEMS for suffix in (".mp4", ".gif", ".json", "")}
    assert set(doubles.names(program.films)) == wanted
    after = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if program.films not in path.parents}
    assert after - before == {Path("films")}


@pytest.mark.long
def test_hostile_names_of_folders(tmp_path: Path, record_property) -> None:
    """A folder of any name is made where it was said."""
    record_property("count", len(FOLDERS))
    for name in FOLDERS:
        program = Program(tmp_path / "home")
        scene = program.write()
        done = program.run(scene, f"--output={name}", "-f", "mp4,gif")
        assert done.status == 0, (name, done.err)
        assert doubles.names(tmp_path / "home" / name) == ["small.gif", "small.mp4"]
        assert not list(tmp_path.rglob("pwned"))
        shutil.rmtree(tmp_path / "home")


@pytest.mark.parametrize("name", ["x" * 253, "nul\0", "two\nlines"])
def test_impossible_names_are_refused(tmp_path: Path, animgd, write, name: str) -> None:
    """A name that no film can have is refused before the first frame, in one line."""
    module = f"{name}.py" if not name.isprintable() else write(name=f"{name[:252]}.py")
    done = animgd(module, "-f", "json")
    assert done.status in (1, 2) and len(done.err) == 1 and done.err[0].isprintable()
    assert done.made == []


@pytest.mark.long
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_nothing_on_the_network(tmp_path: Path) -> None:
    """No process of the program opens a socket to anybody, whatever a scene is called."""
    program, log = Program(tmp_path), tmp_path / "log"
    scene = program.write("http:x.py")
    command = ["strace", "-f", "-qq", "-o", str(log), "-e", "trace=connect,sendto", "--"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([*command, sys.executable, "-m", "animgd", "-o", str(program.films), str(scene)], env=environment,
                   check=True, capture_output=True)  # fmt: skip
    assert len(doubles.names(program.films)) == 2
    assert not [line for line in log.read_text().splitlines() if "AF_INET" in line]
