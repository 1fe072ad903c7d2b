"""The whole program with a faulty ffmpeg: status 1 and one line, before the first frame if possible; the other formats
need no ffmpeg. tests/encoders/test_ffmpeg.py tests the encoder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import doubles
from tests.rig import Program

ROW = "a bad ffmpeg"
ABLE = "if '-h' in sys.argv: print('Encoder libx264'); sys.exit(0)\n"
LATER = {
    "fails at once": "broken from the start",
    "fails midway": "lost the thread",
    "fails at the end": "so near and yet",
    "says 10 MB": "the first line",
    "is killed": "killed by signal 9",
    "writes nothing": "the file is damaged",
    "writes rubbish": "the file is damaged",
    "disk full": "No space left on device",
    "loses the file": "cannot write",
}
BAD = {  # what it does: (its body, None for none; words of the line)
    "missing": (None, "cannot run ffmpeg"),
    "not executable": ("", "cannot run ffmpeg"),
    "broken from the start": ("say('cannot open shared object'); sys.exit(127)", "cannot open shared object"),
    "lacks libx264": ("print(\"Codec 'libx264' is not recognized by FFmpeg.\")", "lacks libx264"),
    **{how: (ABLE + doubles.FAILURES[how], words) for how, words in LATER.items()},
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("how", BAD)
def test_bad_ffmpegs(tmp_path: Path, how: str) -> None:
    """Status 1 and one line that names the reason and what to do; no file; gif, png and json are made without it."""
    program, (body, words) = Program(tmp_path), BAD[how]
    fake = tmp_path / "ffmpeg"
    if body is not None:
        fake = doubles.fake_ffmpeg(tmp_path, body)
    if how == "not executable":
        fake.chmod(0o644)
    env = {"IMAGEIO_FFMPEG_EXE": str(fake)}
    scene = program.write()
    done = program.run(scene, "-f", "mp4", env=env)
    assert (done.status, done.out, len(done.err)) == (1, [], 1), done.err
    assert done.err[0].startswith("animgd: error: ") and words in done.err[0], done.err
    assert not program.films.exists() or doubles.names(program.films) == []
    assert program.run(scene, "-f", "gif,png,json", env=env).status == 0


@pytest.mark.long
def test_a_hanging_ffmpeg(tmp_path: Path) -> None:
    """An ffmpeg that hangs midway is given up within its deadline of some twenty seconds."""
    program = Program(tmp_path)
    fake = doubles.fake_ffmpeg(tmp_path, ABLE + doubles.FAILURES["hangs midway"])
    done = program.run(program.write(), "-f", "mp4", "--size", "1280x720", env={"IMAGEIO_FFMPEG_EXE": str(fake)})
    assert done.status == 1 and len(done.err) == 1 and "was killed" in done.err[0]
    assert done.seconds < 60 and doubles.names(program.films) == []
