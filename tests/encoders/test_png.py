"""Pictures in a folder, and single ones."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from animgd.encoders.png import Png, names, read, save
from animgd.errors import EncoderError, OutputError
from tests import doubles

SIZE = (71, 43)


def test_every_period_is_a_file(tmp_path: Path) -> None:
    """A picture that stays for three periods is there three times, and the numbers go on."""
    info = doubles.info(SIZE, count=8)
    encoder = Png(tmp_path / "film", info)
    for frame in doubles.frames(info, periods=3):
        encoder.add(frame)
    encoder.finish()
    assert doubles.names(tmp_path / "film") == [f"0000{index}.png" for index in range(8)]
    for index in range(8):
        assert (iio.imread(tmp_path / "film" / f"0000{index}.png") == doubles.picture(SIZE, index // 3)).all()


@pytest.mark.parametrize(("count", "first"), [
    (1, "00000.png"), (100_000, "00000.png"), (100_001, "000000.png"), (1_000_001, "0000000.png"),
])  # fmt: skip
def test_names_sort_as_the_frames_do(tmp_path: Path, count: int, first: str) -> None:
    """Beyond 99,999 frames the names of all of a film's pictures have more digits, so that they sort."""
    made = names(count)
    assert made[0] == first and made == sorted(made) and len(set(made)) == count
    info = doubles.info(SIZE, count=count)
    encoder = Png(tmp_path / "film", info)
    encoder.add(next(doubles.frames(info)))
    assert doubles.names(tmp_path / "film") == [first]
    assert read(tmp_path / "film" / first) == SIZE


def test_a_single_picture_equals_the_films(tmp_path: Path) -> None:
    """`--frame K` gives the very bytes of picture K, from planes or not."""
    info = doubles.info(SIZE, count=2)
    encoder = Png(tmp_path / "film", info)
    for frame in doubles.frames(info):
        encoder.add(frame)
    encoder.finish()
    save(tmp_path / "planes.png", doubles.picture(SIZE, 1))
    save(tmp_path / "side by side.png", np.ascontiguousarray(doubles.picture(SIZE, 1)))
    right = (tmp_path / "film" / "00001.png").read_bytes()
    assert (tmp_path / "planes.png").read_bytes() == right
    assert (tmp_path / "side by side.png").read_bytes() == right


def test_a_missing_picture_is_noticed(tmp_path: Path) -> None:
    """The pictures in the folder are counted, not only those that were sent."""
    info = doubles.info(SIZE, count=3)
    encoder = Png(tmp_path / "film", info)
    for frame in doubles.frames(info):
        encoder.add(frame)
    (tmp_path / "film" / "00001.png").unlink()
    with pytest.raises(EncoderError, match="should have 3 pictures, and has 2"):
        encoder.finish()


def test_the_disk_says_no(tmp_path: Path) -> None:
    """An error names the picture, or the folder, and the reason, in one line."""
    with pytest.raises(OutputError, match=r"^cannot write picture x\.png: No such file or directory$"):
        save(tmp_path / "missing" / "x.png", doubles.page(SIZE))
    with pytest.raises(OutputError, match=r"^cannot write the pictures' folder: No such file or directory$"):
        Png(tmp_path / "missing" / "film", doubles.info(SIZE))
