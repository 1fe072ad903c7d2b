"""Parts of dead programs are swept, those of the living are not."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from animgd.output.atomic import Part, sweep
from tests import doubles

ROOT = Path(__file__).parents[2]


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".animgd")]


ROUNDS = """
import sys
from pathlib import Path
from animgd.output.atomic import Part, sweep
folder, mine = Path(sys.argv[1]), sys.argv[2]
for _ in range(20):
    sweep(folder)
    parts = Part(folder / "file"), Part(folder / "folder", folder=True)
    parts[0].path.write_text(mine * 1000)
    for index in range(3):
        (parts[1].path / f"0000{index}.png").write_text(mine)
    for part in parts:
        part.publish()
"""


def test_many_writers_of_one_target(tmp_path: Path) -> None:
    """Processes that publish under one name disturb nobody: the result is one of theirs, whole."""
    command = [sys.executable, "-W", "error", "-c", ROUNDS, str(tmp_path)]
    writers = [subprocess.Popen([*command, str(number)], cwd=ROOT) for number in range(6)]
    assert [writer.wait(60) for writer in writers] == [0] * 6
    assert doubles.names(tmp_path) == ["file", "folder"]
    text = (tmp_path / "file").read_text()
    assert text == text[0] * 1000
    assert len({(tmp_path / "folder" / f"0000{index}.png").read_text() for index in range(3)}) == 1


CHILD = """
import sys, time
from pathlib import Path
from animgd.output.atomic import Part, sweep
folder = Path(sys.argv[1])
if sys.argv[2] == "sweep":
    sweep(folder)
else:
    parts = [Part(folder / "a"), Part(folder / "b", folder=True)]
    print("ready", flush=True)
    time.sleep(600)
"""


def child(folder: Path, what: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(folder), what]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_sweep_spares_the_living(tmp_path: Path) -> None:
    """A second start removes no part that another process, or this one, is writing to."""
    mine = Part(tmp_path / "film")
    with child(tmp_path, "live") as other:
        assert other.stdout is not None
        other.stdout.readline()
        sweep(tmp_path)
        with child(tmp_path, "sweep") as third:
            third.wait(30)
        assert len(parts(tmp_path)) == 3
        other.kill()
        other.wait(30)
        before = doubles.descriptors()
        sweep(tmp_path)
        assert parts(tmp_path) == [mine.path]
        assert doubles.descriptors() == before
    mine.discard()


def test_sweep_is_not_fooled_by_process_numbers(tmp_path: Path) -> None:
    """A stale part goes even if its process number is in use again, and only parts go."""
    stale = tmp_path / f".animgd-{os.getpid()}-0123abcd.part"
    stale.write_text("")
    others = [".animgd-1-0123abcd.old", ".animgd-x.part", "animgd-1-0123abcd.part", ".animgd-1-0123abcd.part.mp4"]
    for name in others:
        (tmp_path / name).write_text("")
    (tmp_path / ".animgd-2-0123abcd.part").symlink_to(tmp_path / others[0])
    os.mkfifo(tmp_path / ".animgd-3-0123abcd.part")
    sweep(tmp_path)
    assert not stale.exists()
    assert set(others) <= set(doubles.names(tmp_path))


def test_sweep_never_raises(tmp_path: Path) -> None:
    """A folder that is missing, or no folder, needs no sweeping."""
    sweep(tmp_path / "missing")
    (tmp_path / "file").write_text("kept")
    sweep(tmp_path / "file")
    assert doubles.names(tmp_path) == ["file"] and (tmp_path / "file").read_text() == "kept"


def test_a_part_that_is_swept_at_birth_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between making a part and locking it, another start may sweep it: then there is simply another."""
    right, swept = Path.touch, []

    def touch(self: Path, **keywords) -> None:
        right(self, **keywords)
        if not swept:
            swept.append(self)
            sweep(self.parent)

    monkeypatch.setattr(Path, "touch", touch)
    part = Part(tmp_path / "film")
    assert swept and part.path != swept[0]
    part.path.write_text("new")
    part.publish()
    assert doubles.names(tmp_path) == ["film"]


def held(path: Path) -> None:
    """Another start looks at the new part, and holds its lock."""
    lock = os.open(path, os.O_RDONLY)
    LOCKS.append(lock)
    LOCK(lock, fcntl.LOCK_EX)


def replaced(path: Path) -> None:
    """Another start sweeps the new part, and something else gets its name."""
    (path.parent / "other").touch()
    (path.parent / "other").replace(path)


LOCK, LOCKS = fcntl.flock, list[int]()


@pytest.mark.parametrize("meanwhile", [held, Path.unlink, replaced])
def test_a_part_that_is_lost_while_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Path], None]
) -> None:
    """Whatever happens to a part before its lock is ours, the part that we get is ours, and no lock is left over."""
    lost: list[Path] = []

    def flock(lock: int, how: int) -> None:
        if not lost:
            lost.append(Path(f"/proc/self/fd/{lock}").resolve())
            meanwhile(lost[0])
        LOCK(lock, how)

    before = doubles.descriptors()
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", flock)
        part = Part(tmp_path / "film")
    assert lost and part.path != lost[0]
    part.path.write_text("new")
    part.publish()
    while LOCKS:
        os.close(LOCKS.pop())
    assert (tmp_path / "film").read_text() == "new"
    assert doubles.descriptors() == before


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be locked, films are made all the same, and no sweep takes what may be somebody's."""

    def flock(lock: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    part, other = Part(tmp_path / "film"), Part(tmp_path / "other")
    sweep(tmp_path)
    part.path.write_text("new")
    part.publish()
    assert doubles.names(tmp_path) == [other.path.name, "film"]
    other.discard()


def test_what_was_killed_may_still_end(tmp_path: Path) -> None:
    """Its parts are removed although it holds their locks; those of others stay."""
    part = Part(tmp_path / "film.mp4")
    sweep(tmp_path, {os.getpid() + 1})
    assert parts(tmp_path) == [part.path]
    sweep(tmp_path, {os.getpid()})
    assert parts(tmp_path) == []
    part.discard()
