"""Kept recordings: used when nothing that is recorded has changed, and never the cause of an error."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from animgd.output import render
from animgd.output.recorder.base import Here
from animgd.recording import cache
from animgd.recording.npz import dumps
from animgd.scene.problem import Function
from animgd.scene.scene import SGD, Scene
from animgd.scene.style import Style
from animgd.scene.video import Video
from tests import fabricated

ROOT = Path(__file__).parent.parent
SCENE = Scene(epochs=2, resolution=3)
RECORDING = fabricated.recording(fabricated.scene(epochs=2), loss=np.ones((3, 3)))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf of the test's own."""
    monkeypatch.setenv("ANIMGD_CACHE", str(tmp_path / "shelf"))
    return tmp_path / "shelf" / cache.OWN


def entries(place: Path) -> list[str]:
    """The files of the cache beside its marker."""
    return sorted(path.name for path in place.iterdir() if path.name != cache.MARKER)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Scene]:
    """The scenes that had to be recorded, none of which really is."""
    asked: list[Scene] = []

    monkeypatch.setattr(Here, "begin", lambda recorder, scene: asked.append(scene))
    monkeypatch.setattr(Here, "result", lambda recorder: RECORDING)
    return asked


def named(scene: Scene = SCENE) -> str:
    """The name under which a scene is kept."""
    name = cache.name(scene)
    assert name is not None
    return name


def test_what_is_kept_comes_back(place: Path) -> None:
    """A stored recording is loaded complete, and nothing else lies beside it."""
    assert cache.load(named()) is None
    cache.store(named(), RECORDING)
    found = cache.load(named())
    assert found is not None
    assert dumps(found) == dumps(RECORDING)
    assert entries(place) == [f"{named()}.recording"]
    assert [path.name for path in place.parent.iterdir()] == [cache.OWN]
    assert (place / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_a_second_film_trains_nothing(trained: list[Scene]) -> None:
    """The first call records; changes of look, size, rate and title reuse it; `cache=False` records again."""
    recorder = Here()
    render.recorded(SCENE, recorder)
    looks = [
        SCENE,
        replace(SCENE, title="Another", style=Style("dark", colormap="viridis", scale="linear")),
        replace(SCENE, video=Video(width=640, height=360, fps=30, epochs_per_second=7)),
    ]
    for scene in looks:
        render.recorded(scene, recorder)
    assert trained == [SCENE]
    render.recorded(SCENE, recorder, cache=False)
    assert len(trained) == 2
    for scene in (replace(SCENE, epochs=3), replace(SCENE, optimizer=SGD(lr=0.2)), replace(SCENE, resolution=4)):
        render.recorded(scene, recorder)
        assert trained[-1] is scene
    assert len(trained) == 5


def test_another_version_of_what_computes_it_has_another_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new torch, a new numpy, or an edit of our own code makes every kept recording a stranger."""
    before = named()
    real = cache.metadata.version
    for library in ("torch", "numpy"):
        with monkeypatch.context() as patch:
            patch.setattr(cache.metadata, "version", lambda n, library=library: "0" if n == library else real(n))
            assert named() != before
    copied = tmp_path / "animgd"
    shutil.copytree(ROOT / "animgd", copied)
    monkeypatch.setattr(cache, "PACKAGE", copied)
    assert named() == before
    for file in (file for pattern in cache.COMPUTING for file in copied.glob(pattern)):
        text = file.read_bytes()
        file.write_bytes(text + b"\n")
        assert named() != before, file
        file.write_bytes(text)


def test_everything_that_computes_is_hashed() -> None:
    """Each of our modules that a recording is computed by, loaded when one is made, is among the hashed ones."""
    told = ("import sys; from animgd import Scene; from animgd.training.record import record;"
            "record(Scene(epochs=1, resolution=2));"
            "print(*(m for m in sys.modules if m.startswith('animgd.')))")  # fmt: skip
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, text=True, check=True)
    # What declarations say is in the spec; the loader only decides whether there is a recording at all.
    hashed = {file for pattern in cache.COMPUTING for file in cache.PACKAGE.glob(pattern)}
    used = {cache.PACKAGE / f"{name.removeprefix('animgd.').replace('.', '/')}.py" for name in done.stdout.split()}
    declare = [
        cache.PACKAGE,
        cache.PACKAGE / "scene",
        cache.PACKAGE / "scene" / "lecture",
        cache.PACKAGE / "scene" / "model",
        cache.PACKAGE / "scene" / "runs",
    ]
    others = {file for file in used - hashed if file.is_file() and file.parent not in declare}
    assert {file.name for file in others} == {"author_errors.py", "transfer.py"}


@pytest.mark.parametrize("scene", [
    replace(SCENE, losses=(lambda predicted, target: (predicted - target).abs().max(),)),
    Scene(problem=Function(lambda weight, bias: weight**2 + bias**2), epochs=2, resolution=3),
], ids=["loss", "function"])  # fmt: skip
def test_code_of_a_program_is_not_kept(scene: Scene, place: Path, trained: list[Scene]) -> None:
    """What a callable of a program or notebook does cannot be hashed: it is recorded every time."""
    assert cache.name(scene) is None
    recorder = Here()
    for _ in range(2):
        render.recorded(scene, recorder)
    assert len(trained) == 2
    assert not place.exists()


def test_half_written_files_do_not_count(place: Path) -> None:
    """What a killed process left under its temporary name is no recording."""
    cache.store(named(), RECORDING)
    file = place / f"{named()}.recording"
    file.rename(file.with_name(f"{file.name}.{'0' * 16}.part"))
    assert cache.load(named()) is None


def test_the_shelf_is_bounded(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recordings used longest ago make room; one that was read just now counts as used; what was half written
    goes with them, and nothing of another form or content does, in the folder or outside."""
    names = [f"{i:032x}" for i in range(6)]
    cache.store(names[0], RECORDING)
    size = (place / f"{names[0]}.recording").stat().st_size
    strangers = {
        place.parent / "my-thesis-data.npz": b"mine" * size,
        place.parent / "download.part": b"mine" * size,
        place / "my-thesis-data.npz": b"mine" * size,
        place / "download.part": b"mine" * size,
        place / f"{names[0]}.npz": b"mine" * size,
        place / f"{'e' * 32}.recording": b"mine" * (size // 4),
        place / f"{'f' * 33}.recording": cache.MAGIC + bytes(size),
        place / f"{'f' * 32}.recording.part": cache.MAGIC + bytes(size),
    }
    for path, data in strangers.items():
        path.write_bytes(data)
        os.utime(path, (10, 10))
    link = place / f"{'d' * 32}.recording"
    link.symlink_to(place / f"{names[0]}.recording")
    (place / f"{'c' * 32}.recording").mkdir()
    part = place / f"{'a' * 32}.recording.{'b' * 16}.part"
    part.write_bytes(cache.MAGIC + bytes(size // 2))
    os.utime(part, (20, 20))
    monkeypatch.setattr(cache, "ROOM", 5 * size + size // 4)
    for i in range(5):
        cache.store(names[i], RECORDING)
        os.utime(place / f"{names[i]}.recording", (1000 + i, 1000 + i))
    assert cache.load(names[0]) is not None
    cache.store(names[5], RECORDING)
    assert [cache.load(name) is not None for name in names] == [True, False, True, True, True, True]
    assert not part.exists()
    assert {path: path.read_bytes() for path in strangers} == strangers
    assert link.is_symlink() and (place / f"{'c' * 32}.recording").is_dir()


@pytest.mark.parametrize("found", ["notes.txt", "0" * 32 + ".recording"])
def test_a_folder_of_others_is_left_alone(found: str, place: Path, trained: list[Scene]) -> None:
    """A folder with our name that holds something and no marker is not ours: nothing is written or removed there."""
    place.mkdir(parents=True)
    (place / found).write_bytes(b"mine")
    recorder = Here()
    for _ in range(2):
        assert render.recorded(SCENE, recorder) is RECORDING
    assert len(trained) == 2
    assert [path.name for path in place.iterdir()] == [found]


def test_an_empty_folder_and_a_pipe_for_a_marker(place: Path) -> None:
    """An empty folder is taken, as a killed process may have left it; a marker that is no file is not opened."""
    place.mkdir(parents=True)
    cache.store(named(), RECORDING)
    assert cache.load(named()) is not None
    (place / f"{named()}.recording").unlink()
    (place / cache.MARKER).unlink()
    os.mkfifo(place / cache.MARKER)
    cache.store(named(), RECORDING)
    assert cache.load(named()) is None


def test_a_recording_too_large_for_the_shelf_is_not_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One film must not push out all others."""
    monkeypatch.setattr(cache, "ROOM", 3 * len(dumps(RECORDING)))
    cache.store(named(), RECORDING)
    assert cache.load(named()) is None
    assert not place.exists()


@pytest.mark.parametrize("home", ["a file", "under a file", "/dev/null/nowhere", "/proc/nowhere"])
def test_a_shelf_that_cannot_be_written_is_no_error(
    home: str, tmp_path: Path, trained: list[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a place to keep it, the recording is made and used all the same."""
    (tmp_path / "file").write_text("")
    where = {"a file": tmp_path / "file", "under a file": tmp_path / "file" / "shelf"}.get(home, Path(home))
    monkeypatch.setenv("ANIMGD_CACHE", str(where))
    recorder = Here()
    assert render.recorded(SCENE, recorder) is RECORDING
    assert render.recorded(SCENE, recorder) is RECORDING
    assert len(trained) == 2


def test_no_home_is_no_error(trained: list[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home has no shelf."""
    monkeypatch.delenv("ANIMGD_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)  # the user has no entry
    assert cache.folder() is None
    recorder = Here()
    assert render.recorded(SCENE, recorder) is RECORDING
    assert len(trained) == 1


@pytest.mark.parametrize(("platform", "env", "end"), [
    (Unix, {}, "/.cache/animgd"), (Unix, {"XDG_CACHE_HOME": "/x/y"}, "/x/y/animgd"),
    (Unix, {"XDG_CACHE_HOME": "relative"}, "/.cache/animgd"), (MacOS, {}, "/Library/Caches/animgd"),
    (Windows, {}, "/l/animgd/Cache"), (Unix, {"ANIMGD_CACHE": "/own"}, "/own"),
])  # fmt: skip
def test_the_shelf_lies_where_the_platform_keeps_caches(
    platform: type, env: dict[str, str], end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each platform has its place; an absolute XDG_CACHE_HOME and our own variable are obeyed."""
    for name in ("ANIMGD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("platformdirs.PlatformDirs", platform)
    monkeypatch.setattr("platformdirs.windows.get_win_folder", lambda name: "/l")
    assert str(cache.folder()).endswith(f"{end}/animgd-recordings")


def test_many_at_once_keep_one_whole_recording(place: Path) -> None:
    """Several threads that keep the same recording while others read it never see half of one."""
    bad: list[str] = []

    def work() -> None:
        for _ in range(15):
            cache.store(named(), RECORDING)
            found = cache.load(named())
            if found is None or dumps(found) != dumps(RECORDING):
                bad.append("torn")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not bad
    assert entries(place) == [f"{named()}.recording"]


def test_with_a_kept_recording_no_torch_is_imported(tmp_path: Path, place: Path) -> None:
    """The second render, of another look, loads no torch and starts no recorder, and makes the film."""
    scene = "Scene(epochs=2, resolution=3, title='{}', video=Video(width=640, height=360, fps=10))"
    cache.store(named(), RECORDING)
    told = (
        "import sys, subprocess; from animgd import Scene, Video, render\n"
        "subprocess.Popen = None\n"
        f"print(render({scene.format('x')}, 'a.gif', 'a.json').frames)\n"
        "print([m for m in ('torch', 'animgd.training.problems', 'animgd.training.trajectory') if m in sys.modules])"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", told], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[1] == "[]"
    assert (tmp_path / "a.gif").stat().st_size > 1000
