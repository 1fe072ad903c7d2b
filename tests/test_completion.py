"""Completion in bash, zsh and fish: current, and what is offered is what can be typed."""

from __future__ import annotations

import importlib.util
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from conftest import ROOT

from animgd.scene.module.loader import read

FOLDER = ROOT / "animgd" / "cli" / "completion"
MODULE = """
from animgd import SGD, Lecture, Scene
slow: Scene = Scene(optimizer=SGD(lr=0.01))
fast=slow.replace(lr=1)
both = [Scene(), fast]
title = "Scene"
if True:
    inner = 3
lecture = Lecture(parts=(slow,))
"""
NAMES = {"slow", "fast", "both", "lecture"}


def test_the_files_are_current() -> None:
    """They have the options that there are; `python docs/completion.py` makes them anew."""
    spec = importlib.util.spec_from_file_location("completion", ROOT / "docs" / "completion.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert sorted(made.MADE) == sorted(path.name for path in FOLDER.iterdir())
    for name, make in made.MADE.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == make(), f"run python docs/completion.py: {name}"


def bash(words: list[str], folder: Path, wanted: set[str]) -> set[str]:
    """What bash offers: its words."""
    text = f'source {FOLDER / "animgd.bash"}; COMP_WORDS=(animgd "$@"); COMP_CWORD=$#; _animgd; '
    return run(["bash", "-c", text + "printf '%s\\n' \"${COMPREPLY[@]}\"", "bash", *words], folder)


def fish(words: list[str], folder: Path, wanted: set[str]) -> set[str]:
    """What fish offers, without descriptions."""
    line = " ".join(["animgd", *words])
    text = f"source {FOLDER / 'animgd.fish'}; complete -C '{line}'"
    return {line.split("\t")[0] for line in run(["fish", "--no-config", "-c", text], folder)}


def run(command: list[str], folder: Path) -> set[str]:
    """The lines that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=folder)
    return set(done.stdout.splitlines())


def zsh(words: list[str], folder: Path, wanted: set[str]) -> set[str]:
    """The words on a terminal after the list of choices was asked for, as soon as those that are wanted are there."""
    setup = f"fpath=({FOLDER} $fpath); autoload -Uz compinit; compinit -u -D; bindkey '^X' list-choices; LISTMAX=999"
    terminal, other = os.openpty()
    shell = subprocess.Popen(["zsh", "-f", "-i"], stdin=other, stdout=other, stderr=other, cwd=folder, env=ENV)
    try:
        os.write(terminal, f"{setup}; echo read''y\n".encode())
        _seen(terminal, {"ready"})
        os.write(terminal, " ".join(["animgd", *words, "\x18"]).replace(" \x18", "\x18").encode())
        return _seen(terminal, wanted)
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)
        os.close(other)


ENV = {**os.environ, "TERM": "dumb", "COLUMNS": "200", "LINES": "200"}


def _seen(terminal: int, wanted: set[str]) -> set[str]:
    """The words that a terminal shows until all that are wanted are there, or for ten seconds."""
    text, end = "", time.monotonic() + 10
    while not wanted <= set(text.split()) and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            text += os.read(terminal, 65536).decode(errors="replace")
    return set(text.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With scene modules and other files."""
    (tmp_path / "a.py").write_text(MODULE)
    (tmp_path / "b.py").write_text("")
    (tmp_path / "c.txt").write_text("")
    (tmp_path / "more").mkdir()
    return tmp_path


@pytest.mark.parametrize("shell", [bash, fish, pytest.param(zsh, marks=pytest.mark.long)])
def test_what_is_offered(folder: Path, shell) -> None:
    """Modules and folders, then the names of a module's scenes; values of options, in comma lists too."""
    if shutil.which(shell.__name__) is None:
        pytest.skip(f"needs {shell.__name__} (Debian: {shell.__name__})")
    for words, wanted, unwanted in [
        ([""], {"a.py", "b.py", "more/", "doctor"}, {"c.txt", "slow"}),
        (["a.py", ""], NAMES | {"b.py"}, {"title", "inner", "doctor", "c.txt"}),
        (["--theme", ""], {"light", "dark", "seed"}, {"a.py"}),
        (["-q", ""], {"draft", "4k"}, {"a.py"}),
        (["--dr"], {"--dry-run"}, {"--theme"}),
    ]:
        found = shell(words, folder, wanted)
        assert wanted <= found and not unwanted & found, words
    for words, wanted in [(["-f", "gif,"], "json"), (["--set", "optimizer.l"], "optimizer.lr")]:
        assert any(wanted in word for word in shell(words, folder, {wanted})), words


def test_names_are_those_of_the_module(folder: Path) -> None:
    """What is offered can be filmed."""
    found = read(folder / "a.py")
    assert {*found.own, *found.groups, *found.lectures, *found.other} >= NAMES
