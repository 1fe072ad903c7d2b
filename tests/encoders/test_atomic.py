"""An output is what it was, or whole."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from animgd.errors import OutputError, printable
from animgd.output import exchange as exchanging
from animgd.output.atomic import NAME, Part, sweep
from tests import doubles

ROOT = Path(__file__).parents[2]


def write(part: Part, text: str = "new") -> None:
    (part.path / "00000.png" if part.folder else part.path).write_text(text)


def old_target(tmp_path: Path, folder: bool) -> Path:
    target = tmp_path / "film"
    if folder:
        target.mkdir()
    (target / "00000.png" if folder else target).write_text("old")
    return target


def content(target: Path) -> str:
    return (target / "00000.png" if target.is_dir() else target).read_text()


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".animgd")]


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("existing", [False, True])
def test_publish_replaces(tmp_path: Path, folder: bool, existing: bool) -> None:
    """The target is what was written, its part is gone, and no descriptor stays open."""
    target = old_target(tmp_path, folder) if existing else tmp_path / "film"
    before = doubles.descriptors()
    part = Part(target, folder)
    write(part)
    if folder:
        (part.path / "00001.png").write_text("second")
    part.publish()
    assert content(target) == "new"
    assert doubles.names(tmp_path) == ["film"]
    assert doubles.descriptors() == before


@pytest.mark.parametrize("folder", [False, True])
def test_discard_leaves_no_trace(tmp_path: Path, folder: bool) -> None:
    """A film given up leaves the older one and nothing else, however often it is given up."""
    target = old_target(tmp_path, folder)
    part = Part(target, folder)
    write(part)
    part.discard()
    part.discard()
    assert content(target) == "old"
    assert doubles.names(tmp_path) == ["film"]


def test_discard_after_publish_keeps_the_film(tmp_path: Path) -> None:
    """Cleaning up in a `finally` cannot take away what was published."""
    for folder in (False, True):
        target = tmp_path / f"film{folder}"
        part = Part(target, folder)
        write(part)
        part.publish()
        part.discard()
        assert content(target) == "new"


def test_part_keeps_nothing_of_the_name(tmp_path: Path) -> None:
    """Ffmpeg never sees a name that a user chose, and the part is hidden beside the target."""
    part = Part(tmp_path / "chosen.mp4")
    assert NAME.fullmatch(part.path.name)
    assert "chosen" not in part.path.name
    assert part.path.parent == tmp_path
    part.discard()


@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o077, 0o600), (0, 0o666), (0o002, 0o664)])
def test_mode_follows_umask(tmp_path: Path, umask: int, mode: int) -> None:
    """A film is as readable as any new file (click once made all outputs 0600)."""
    before = os.umask(umask)
    try:
        part, folder = Part(tmp_path / "film"), Part(tmp_path / "pictures", folder=True)
        write(part)
        write(folder)
        part.publish()
        folder.publish()
    finally:
        os.umask(before)
    assert (tmp_path / "film").stat().st_mode & 0o777 == mode
    assert (tmp_path / "pictures").stat().st_mode & 0o777 == 0o777 & ~umask


@pytest.mark.parametrize(
    "name", ["-x.mp4", "a:b.mp4", "http:x.mp4", "a%03d.mp4", "file:x", "new\nline", "ü" * 127, "x" * 255, " ", "\udcff"]
)
@pytest.mark.parametrize("folder", [False, True])
def test_strange_names(tmp_path: Path, name: str, folder: bool) -> None:
    """A hostile name is made exactly so, up to the longest that the file system takes."""
    part = Part(tmp_path / name, folder)
    write(part)
    part.publish()
    assert doubles.names(tmp_path) == [name]


def test_name_too_long_is_refused_at_once(tmp_path: Path) -> None:
    """What cannot be published is refused before an hour of rendering, not after it."""
    with pytest.raises(OutputError, match=r"^cannot write .*: File name too long$"):
        Part(tmp_path / ("x" * 256))
    assert not doubles.names(tmp_path)


@pytest.mark.parametrize(
    "target, reason",
    [
        ("missing/film.mp4", "No such file or directory"),
        ("file/film.mp4", "Not a directory"),
        ("folder", "a folder has this name: move it, or choose another name with -o"),
        ("pipe", "not a regular file: choose another name with -o"),
        ("nul\0.mp4", "embedded null byte"),
        ("..", "not a file name"),
    ],
)
def test_bad_targets_are_refused_at_once(tmp_path: Path, target: str, reason: str) -> None:
    """A target that cannot be replaced is one line that names it, and nothing is left behind."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError) as caught:
        Part(tmp_path / target)
    assert str(caught.value) == f"cannot write {printable(str(tmp_path / target))}: {reason}"
    assert doubles.names(tmp_path) == ["file", "folder", "pipe"]


def test_a_folder_with_other_things_is_not_replaced(tmp_path: Path) -> None:
    """Replacing a folder whole would delete what a user keeps in it."""
    target = old_target(tmp_path, folder=True)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"the folder holds another file, notes\.txt: move it first"):
        Part(target, folder=True)
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(OutputError, match="not a folder"):
        Part(tmp_path / "link", folder=True)
    assert doubles.names(target) == ["00000.png", "notes.txt"]


def test_a_stranger_that_comes_later_is_kept(tmp_path: Path) -> None:
    """What is put into the old folder while the film is made is seen before the folder is replaced."""
    target = old_target(tmp_path, folder=True)
    part = Part(target, folder=True)
    write(part)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"notes\.txt"):
        part.publish()
    assert content(target) == "old"
    assert not parts(tmp_path)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Nothing outside the output folder is written to."""
    (tmp_path / "elsewhere").write_text("old")
    (tmp_path / "film").symlink_to(tmp_path / "elsewhere")
    part = Part(tmp_path / "film")
    write(part)
    part.publish()
    assert (tmp_path / "elsewhere").read_text() == "old"
    assert content(tmp_path / "film") == "new"
    assert not (tmp_path / "film").is_symlink()


@pytest.mark.parametrize("folder", [False, True])
def test_an_empty_file_is_not_published(tmp_path: Path, folder: bool) -> None:
    """An encoder that wrote nothing does not replace a good film."""
    target = old_target(tmp_path, folder)
    part = Part(target, folder)
    write(part, "")
    with pytest.raises(OutputError, match="nothing was written"):
        part.publish()
    assert content(target) == "old"
    assert not parts(tmp_path)


STEPS = ["fsync", "rename", "replace", "open", "close", "unlink", "rmdir", "scandir"]


@pytest.mark.parametrize("kind", ["file", "folder", "folder without exchange"])
@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_publishing_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, step: str
) -> None:
    """Whatever fails, and cleaning up with it: the first reason is told, and a whole film has the name."""
    folder = kind != "file"
    if kind == "folder without exchange":
        monkeypatch.setattr(exchanging, "_swap", no_swap)
    failures = 0
    for number in range(1, 12):
        place = tmp_path / f"{number}"
        place.mkdir()
        target = old_target(place, folder)
        part = Part(target, folder)
        write(part)
        with monkeypatch.context() as patch:
            fail(patch, step, number)
            try:
                part.publish()
            except OutputError as error:
                assert str(error) == f"cannot write {target}: No space left on device"
                failures += 1
        assert content(target) in ("old", "new")
        sweep(place)
        assert doubles.names(place) == ["film"]
    assert failures or step in ("rename" if kind == "file" else "replace", "unlink", "rmdir", "scandir")


def fail(patch: pytest.MonkeyPatch, step: str, number: int) -> None:
    """Let call `number` of an `os` function fail."""
    right, calls = getattr(os, step), 0

    def broken(*arguments, **keywords):
        nonlocal calls
        calls += 1
        if calls == number:
            if step == "close":
                right(*arguments)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return right(*arguments, **keywords)

    patch.setattr(os, step, broken)


def no_swap(new: Path, target: Path) -> None:
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


@pytest.mark.parametrize("number", [1, 2])
def test_folders_without_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Where two names cannot be exchanged, the old folder comes back if the new one cannot take its place."""
    monkeypatch.setattr(exchanging, "_swap", no_swap)
    target, right, calls = old_target(tmp_path, folder=True), Path.rename, 0

    def rename(self: Path, to: Path) -> Path:
        nonlocal calls
        calls += self.parent == tmp_path and to.exists() is False
        if calls == number:
            raise OSError(errno.EIO, "the disk is sick")
        return right(self, to)

    part = Part(target, folder=True)
    write(part)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(OutputError, match="the disk is sick"):
            part.publish()
    assert content(target) == "old"
    assert doubles.names(tmp_path) == ["film"]


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EIO])
def test_file_systems_that_cannot_sync_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: bool, number: int
) -> None:
    """Some network file systems know no sync of a folder; a sync that fails is another thing."""
    fsync = os.fsync

    def sync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(handle)

    target = old_target(tmp_path, folder)
    part = Part(target, folder)
    write(part)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        with pytest.raises(OutputError) if number == errno.EIO else contextlib.nullcontext():
            part.publish()
    if number != errno.EIO:
        assert content(target) == "new"
    assert doubles.names(tmp_path) == ["film"]


def test_discard_follows_no_link(tmp_path: Path) -> None:
    """Where a link has taken a part's place, the link goes, and what it leads to stays."""
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "mine").touch()
    part = Part(tmp_path / "film", folder=True)
    part.path.rmdir()
    part.path.symlink_to(tmp_path / "films")
    part.discard()
    assert doubles.names(tmp_path) == ["films"] and doubles.names(tmp_path / "films") == ["mine"]


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_systems_without_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """An older libc, or another system, does not know the exchange: the new folder replaces the old one without it."""
    monkeypatch.setattr(exchanging.ctypes, "CDLL", lambda *_, **__: object())
    monkeypatch.setattr(exchanging.sys, "platform", system)
    target = old_target(tmp_path, folder=True)
    part = Part(target, folder=True)
    write(part)
    part.publish()
    assert (content(target), doubles.names(tmp_path)) == ("new", ["film"])


def test_an_old_folder_that_goes_away_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Removed at the last moment, the old folder is no reason to lose the new one."""
    right, target = exchanging._swap, old_target(tmp_path, folder=True)

    def swap(new: Path, old: Path) -> None:
        shutil.rmtree(old)
        right(new, old)

    monkeypatch.setattr(exchanging, "_swap", swap)
    part = Part(target, folder=True)
    write(part)
    part.publish()
    assert (content(target), doubles.names(tmp_path)) == ("new", ["film"])


def test_a_sick_disk_is_not_taken_for_an_old_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exchange that the disk refuses is not tried in another way, and a name that cannot be given not for ever."""

    def sick(*_: object) -> None:
        raise OSError(errno.EIO, "the disk is sick")

    target, refused = old_target(tmp_path, folder=True), [errno.EACCES] * 3
    part = Part(target, folder=True)
    write(part)
    with monkeypatch.context() as patch:
        patch.setattr(exchanging, "_swap", sick)
        with pytest.raises(OutputError, match="the disk is sick"):
            part.publish()
    assert (content(target), doubles.names(tmp_path)) == ("old", ["film"])
    part = Part(tmp_path / "other", folder=True)
    write(part)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError(refused.pop(), "not allowed")))
        with pytest.raises(OutputError, match="not allowed"):
            part.publish()
    assert len(refused) == 2 and doubles.names(tmp_path) == ["film"]


REFUSED = """
import os, sys
from pathlib import Path
from animgd.output.atomic import Part
from animgd.errors import OutputError
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write anywhere
try:
    Part(Path("film.mp4"))
except OutputError as error:
    print(error)
"""


def test_an_unwritable_folder_is_refused_at_once(tmp_path: Path) -> None:
    """No rendering for a folder that takes no file."""
    tmp_path.chmod(0o500)
    command = [sys.executable, "-c", REFUSED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "cannot write film.mp4: Permission denied\n"


def test_relative_targets_stay_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scene that changes the working directory does not move its film."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    part = Part(Path("film"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    write(part)
    part.publish()
    assert content(tmp_path / "film") == "new"
