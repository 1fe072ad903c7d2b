"""The two-minute lecture at 1080p: beside ffmpeg alone, after one change, in two processes, and beside peers."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from animgd.frame import FilmInfo, Frame
from animgd.output.lecture.encoding import Ready, prepared
from animgd.output.lecture.film import render_lecture
from animgd.output.lecture.plan import Piece
from animgd.output.recorder.base import Here
from animgd.output.target import Target
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module.loader import read
from benchmarks import funcanimation
from benchmarks.films import SCENES, SIZES, Planes, alone
from benchmarks.process import ANIMGD, run
from benchmarks.row import Row

PAIRS = 3  # a film takes half a minute
PLAIN = 'title="Plain gradient descent", optimizer=SGD(lr=0.1)'


class Source(NamedTuple):
    """One piece of a lecture, as `Planes` takes it."""

    ready: Ready
    piece: Piece

    @property
    def info(self) -> FilmInfo:
        """What the encoder must know."""
        return self.ready.info("", self.piece.edit.count)

    def frames(self) -> Iterator[Frame]:
        """The frames of the piece."""
        return self.ready.frames(self.piece)


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """In this process: the film from its pieces, and joining alone; then whole processes."""
    film = Target(folder / "lecture.mp4", "mp4")
    ready = _ready(cache=False)
    _ready(cache=True)  # keeps the recordings
    taken = []
    for _ in range(min(pairs, PAIRS)):
        began = time.perf_counter()
        render_lecture(ready, [film])
        ours = time.perf_counter() - began
        taken.append((ours, sum(_alone(Source(ready, piece), folder) for piece in ready.plan.pieces)))
    note = f"{ready.plan.count} frames"
    yield Row("lecture: film ÷ ffmpeg alone", [ours / peer for ours, peer in taken], bar=1.15, note=note)
    yield Row("  the film", [ours for ours, _ in taken], "s")
    yield from _changed(folder, film, min(pairs, PAIRS))
    yield from _jobs(folder, min(pairs, PAIRS))
    _, frame = funcanimation.seconds(folder, ready.plan.count, size=SIZES["1080p"])
    loop = [ours / ready.plan.count for ours, _ in taken]
    yield Row("FuncAnimation ÷ lecture, per frame at 1080p", [frame / each for each in loop])


def _ready(cache: bool) -> Ready:
    ((_, found),) = read(SCENES / "lecture.py").chosen(())
    assert isinstance(found, Lecture)
    return prepared(found, Here(), cache)


def _alone(source: Source, folder: Path) -> float:
    planes = Planes(source)
    taken = alone(planes, folder / "peer.mp4")
    planes.close()
    return taken


def _changed(folder: Path, film: Target, pairs: int) -> Iterator[Row]:
    """All pieces kept; then one scene of ten has another learning rate."""
    kept = _ready(cache=True)
    render_lecture(kept, [film])
    joins = []
    for _ in range(pairs):
        began = time.perf_counter()
        render_lecture(kept, [film])
        joins.append(time.perf_counter() - began)
    yield Row("lecture: all pieces kept, joining them", joins, "s", bar=2)
    source, module = (SCENES / "lecture.py").read_text(), folder / "changed.py"
    command = [*ANIMGD, "--quiet", "-o", folder, module]
    module.write_text(source)
    run(command)
    same, other = [], []
    for number in range(pairs):
        same.append(run(command))
        module.write_text(source.replace(PLAIN, PLAIN.replace("0.1", f"0.1{number + 1}")))
        other.append(run(command))
        module.write_text(source)
    yield Row("  whole process, nothing changed", same, "s")
    yield Row("  whole process, one scene changed", other, "s")


def _jobs(folder: Path, pairs: int) -> Iterator[Row]:
    """Whole processes that encode one piece at a time, or two; recordings are kept, pieces are not."""
    command = [*ANIMGD, "--quiet", "-o", folder]
    numbers = itertools.count()

    def once(jobs: int) -> float:
        """With a cache of recordings only, and none of the pieces."""
        cache = folder / f"pieces{next(numbers)}"
        shutil.copytree(os.environ["ANIMGD_CACHE"], cache, ignore=shutil.ignore_patterns("*.piece"))
        return run([*command, "-j", str(jobs), SCENES / "lecture.py"], cache)

    taken = [(once(1), once(2)) for _ in range(pairs)]
    yield Row("lecture: -j 2 ÷ -j 1, whole processes", [two / one for one, two in taken], bar=1.0)
    yield Row("  whole process, -j 1", [one for one, _ in taken], "s")
