"""-o with a file's name: that file, in that format, of one scene."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

TWO = """
from animgd import Scene, Video
video = Video(320, 240, 10, 10, 0, 0)
a, b = (Scene(losses=(loss,), epochs=2, resolution=5, video=video) for loss in ("L1Loss", "MSELoss"))
"""


@pytest.mark.parametrize("name", ["my.gif", "my.GIF", "new/folders/my.gif", "Möwe 1%.gif", "-x.gif", "a:b.gif"])
def test_the_file_named_is_the_only_one_made(name: str, write, animgd, tmp_path: Path) -> None:
    """Whatever the name, it is the output's, to the letter; missing folders are made."""
    path = tmp_path / "out" / name
    done = animgd("-o", path, write())
    assert (done.status, done.out, done.err) == (0, [str(path)], [])
    assert [found for found in (tmp_path / "out").rglob("*") if found.is_file()] == [path]
    with Image.open(path) as film:
        assert film.format == "GIF"


def test_a_relative_name_lies_in_the_working_folder(write, animgd, tmp_path: Path, monkeypatch) -> None:
    """A bare name is a file here, and stdout says it as it was given."""
    monkeypatch.chdir(tmp_path)
    done = animgd("-o", "film.json", write())
    assert (done.status, done.out) == (0, ["film.json"])
    assert json.loads(Path("film.json").read_text())["frames"] == 4


def test_every_option_goes_with_a_file(write, animgd, tmp_path: Path) -> None:
    """--frame, --dry-run, --json, --resume and --max-size are about the file that is named."""
    module = write()
    assert animgd("-o", tmp_path / "x.png", "--frame", "1", module).status == 0
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.format == "PNG"
    still = animgd("-o", tmp_path / "stills", "--frame", "1", module)
    assert Path(still.out[0]).read_bytes() == (tmp_path / "x.png").read_bytes()
    assert animgd("-o", tmp_path / "k.gif", "--dry-run", module).out[0].startswith(f"{tmp_path / 'k.gif'}: ")
    assert not (tmp_path / "k.gif").exists()
    made = json.loads(animgd("-o", tmp_path / "k.gif", "--json", module).out[0])
    stamp = (tmp_path / "k.gif").stat().st_mtime_ns
    again = json.loads(animgd("-o", tmp_path / "k.gif", "--json", "--resume", module).out[0])
    assert again == made | {"seconds": 0.0} and (tmp_path / "k.gif").stat().st_mtime_ns == stamp
    refused = animgd("-o", tmp_path / "k.gif", "--max-size", "4.1KB", module)
    assert refused.status == 1 and f"{tmp_path / 'k.gif'}: the film does not fit into 4,100 bytes" in refused.err[0]
    assert (tmp_path / "k.gif").stat().st_mtime_ns == stamp


def test_a_file_is_of_one_scene(write, animgd, tmp_path: Path, monkeypatch) -> None:
    """A module with several scenes needs a name; with one it is that scene's film, and before that nothing is made."""
    module, path = write(TWO), tmp_path / "t.json"
    with monkeypatch.context() as patch:
        patch.setattr("animgd.output.render.recorded", lambda *given: pytest.fail("it must not record"))
        done = animgd("-o", path, module)
    words = f"-o {path} names one file, but {module} has 2 scenes (a, b): name one of them, or use a folder"
    assert (done.status, done.err) == (2, [f"animgd: error: {words}"]) and not path.exists()
    assert animgd("-o", path, module, "b").status == 0
    assert json.loads(path.read_text())["panels"][0]["title"] == "MSELoss"


def test_a_folder_is_no_file(write, animgd, tmp_path: Path) -> None:
    """A folder that has the name is said to be one, with what to write; with that, films are made in it."""
    (tmp_path / "film.gif").mkdir()
    (tmp_path / "film.gif" / "old").touch()
    done = animgd("-o", tmp_path / "film.gif", write())
    assert done.status == 2 and done.err[0].endswith(f"is a folder: use {tmp_path / 'film.gif'}/ to write films in it")
    done = animgd("-o", f"{tmp_path / 'film.gif'}/", "-f", "json", write())
    assert (done.status, done.out) == (0, [str(tmp_path / "film.gif" / "small.json")])
    assert (tmp_path / "film.gif" / "old").exists()


def test_what_had_the_name_stays_unless_the_film_is_whole(write, animgd, tmp_path: Path) -> None:
    """An error leaves the file that was there; so does a scene that cannot be filmed."""
    path = tmp_path / "film.gif"
    path.write_text("precious")
    assert animgd("-o", path, write("from animgd import *\nscene = Scene(losses=('Nonesuch',))")).status == 2
    assert animgd("-o", path, "--size", "40x40", write()).status == 2
    assert path.read_text() == "precious"
    assert animgd("-o", path, write()).status == 0
    assert path.read_bytes()[:6] == b"GIF89a"
