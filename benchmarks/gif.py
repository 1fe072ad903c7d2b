"""GIFs of the article's scenes: animgd beside everybody else, fed with animgd's own frames.

python -m benchmarks.gif                                    all scenes and sizes: an hour and more
python -m benchmarks.gif --quick                            one scene, one size
python -m benchmarks.gif --scene momentum --size 800x450
python -m benchmarks.gif --keep FOLDER                      peers' results of an earlier run are used again
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from animgd.drawing.renderer import Renderer
from animgd.encoders.gif.encoder import Gif
from animgd.encoders.png import Png
from benchmarks import memory
from benchmarks.films import Tape, named, recording
from benchmarks.gif_peers import FFMPEG, SQUEEZED, Pictures, Writer, processor, squeeze, writers
from benchmarks.likeness import likeness
from benchmarks.row import HEAD, Row, line, write

SCENES = ("plain", "momentum", "nesterov", "weight_decay", "dampening", "compare")
SIZES = ((800, 450), (960, 540), (1280, 720))
LADDER = (16, 24, 32, 48, 64, 96, 128, 160, 192, 224, 256)  # colours
SLACK = 0.3  # dB by which ours, tuned to a peer, may lie below it
HIGHEST = 50.0  # dB: better peers are shown, and have no bar
PAIRS = 3  # of our time and ffmpeg's
SKIM = 10  # while tuning, every so many frames are compared


class Result(NamedTuple):
    """One GIF. Units: `seconds` of processor time of encoding alone, `psnr` in dB, `flicker` in pixels."""

    writer: str
    bytes: int
    seconds: float
    psnr: float
    flicker: int


class Contest:
    """One scene at one size: everybody's GIF of the same frames."""

    def __init__(self, tape: Tape, folder: Path, peers: dict[str, Writer], keep: Path | None = None) -> None:
        self._tape, self._folder, self._peers, self._keep = tape, folder, peers, keep
        self._skimmed: dict[int, float] = {}
        self._tuned: dict[int, Result] = {}

    def ours(self, colors: int | None = None) -> Result:
        """animgd's, by default or with so many colours."""
        path = self._folder / "animgd.gif"
        seconds = statistics.median(self._shoot(path, colors) for _ in range(PAIRS if colors is None else 1))
        return self._judged("animgd" if colors is None else f"animgd, {colors} colours", path, seconds)

    def peers(self) -> Iterator[Result]:
        """Each peer's, as it is and squeezed; kept ones are taken as they are."""
        kept = sorted(self._keep.glob("*.json"), key=lambda file: file.stat().st_mtime) if self._keep else []
        if kept:
            yield from (Result(**json.loads(file.read_text())) for file in kept)
            return
        for result in self._fresh():
            if self._keep:
                self._keep.mkdir(parents=True, exist_ok=True)
                (self._keep / f"{result.writer}.json").write_text(json.dumps(result._asdict()))
            yield result

    def _fresh(self) -> Iterator[Result]:
        pictures = self._pictures()
        for name, peer in self._peers.items():
            path, small = self._folder / "peer.gif", self._folder / "small.gif"
            seconds = peer(pictures, path)
            yield self._judged(name, path, seconds)
            if shutil.which("gifsicle") and name != "Pillow":
                seconds += squeeze(path, small)
                yield self._judged(name + SQUEEZED, small, seconds)

    def paces(self) -> Iterator[float]:
        """Our time ÷ ffmpeg's, in turn."""
        pictures, path = self._pictures(), self._folder / "pace.gif"
        for _ in range(PAIRS):
            yield self._shoot(path, None) / self._peers[FFMPEG](pictures, path)

    def tuned(self, goal: float) -> Result | None:
        """animgd's with the fewest colours that are as good; None if none are. Units: `goal` in dB."""
        if self._skim(LADDER[-1]) < goal - SLACK:
            return None
        colors = LADDER[bisect_left(LADDER, goal - SLACK, key=self._skim)]
        if colors not in self._tuned:
            self._tuned[colors] = self.ours(colors)
        return self._tuned[colors]

    def _skim(self, colors: int) -> float:
        if colors not in self._skimmed:
            path = self._folder / "tuned.gif"
            self._shoot(path, colors)
            self._skimmed[colors] = likeness(path, self._tape, SKIM).psnr
        return self._skimmed[colors]

    def _shoot(self, path: Path, colors: int | None) -> float:
        """Write our GIF; only what the encoder does is timed."""
        began = processor()
        coder = Gif(path, self._tape.info) if colors is None else Gif(path, self._tape.info, colors=colors)
        seconds = processor() - began
        for frame in self._tape.frames():
            began = processor()
            coder.add(frame)
            seconds += processor() - began
        began = processor()
        coder.finish()
        return seconds + processor() - began

    def _judged(self, name: str, path: Path, seconds: float) -> Result:
        return Result(name, path.stat().st_size, seconds, *likeness(path, self._tape))

    def _pictures(self) -> Pictures:
        folder = self._folder / "png"
        shutil.rmtree(folder, ignore_errors=True)
        coder = Png(folder, self._tape.info)
        for frame in self._tape.frames():
            coder.add(frame)
        return Pictures(folder, self._tape.info.fps, self._tape.info.size)


class Bars:
    """The targets, over all contests: each keeps what it measured."""

    def __init__(self) -> None:
        self.size: list[float] = []
        self.better: list[float] = []
        self.tuned: dict[str, list[float]] = {}
        self.beaten: list[str] = []
        self.gifski: dict[str, list[float]] = {}
        self.ffmpeg: list[float] = []
        self.flicker: list[float] = []

    def take(self, where: str, ours: Result, peer: Result, tuned: Result | None) -> None:
        """Hold one peer against ours, and against ours tuned to its PSNR."""
        if peer.writer == FFMPEG + SQUEEZED:
            self.size.append(ours.bytes / peer.bytes)
            self.better.append(ours.psnr - peer.psnr)
        elif peer.psnr <= HIGHEST:
            ratio = tuned.bytes / peer.bytes if tuned else float("inf")
            self.tuned.setdefault(peer.writer, []).append(ratio)
        if peer.bytes <= ours.bytes and peer.psnr >= ours.psnr:
            self.beaten.append(f"{peer.writer} at {where}")
        if peer.writer.startswith("gifski") and not peer.writer.endswith(SQUEEZED):
            self.gifski.setdefault(peer.writer, []).append(ours.seconds / peer.seconds)

    def rows(self) -> Iterator[Row]:
        """What was measured; the bars are for every GIF, those of time for the median."""
        for name, values, unit, bar, least in (
            ("bytes ÷ ffmpeg + gifsicle", self.size, "×", 0.85, False),
            ("PSNR − ffmpeg + gifsicle", self.better, "dB", 0.0, True),
            *((f"tuned bytes ÷ {peer}", ratios, "×", 0.85, False) for peer, ratios in self.tuned.items()),
            ("peers better in both", [len(self.beaten)], "", 0, False),
            *((f"time ÷ {peer}", ratios, "×", 0.2, False) for peer, ratios in self.gifski.items()),
            ("time ÷ ffmpeg", self.ffmpeg, "×", 1.0, False),
            ("flicker", self.flicker, "pixels", 0, False),
        ):
            if values:
                note = "; ".join(self.beaten) if "both" in name else ""
                yield Row(name, values, unit, bar, least, each="time" not in name, note=note)


def contest(
    scene: str, size: tuple[int, int], peers: dict[str, Writer], bars: Bars, keep: Path | None = None
) -> list[dict[str, Any]]:
    """Print the table of one scene at one size, and keep its figures."""
    film = named(scene, size)
    tape = Tape(Renderer(film, recording(film)))
    where = f"{scene} {size[0]}x{size[1]}"
    print(f"\n{where}, {tape.info.count} frames\n{'writer':<24} {'KiB':>8} {'s':>7} {'PSNR dB':>8}  ours tuned to it")
    with tempfile.TemporaryDirectory() as name:
        arena = Contest(tape, Path(name), peers, keep / where.replace(" ", "-") if keep else None)
        ours = arena.ours()
        bars.flicker.append(ours.flicker)
        told = [_show(where, ours, None)]
        for peer in arena.peers():
            tuned = arena.tuned(peer.psnr)
            bars.take(where, ours, peer, tuned)
            told.append(_show(where, peer, tuned))
        bars.ffmpeg.extend(arena.paces())
    return told


def _show(where: str, result: Result, tuned: Result | None) -> dict[str, Any]:
    beside = ""
    if tuned:
        ratio = tuned.bytes / result.bytes
        beside = f"{ratio:5.2f} of its bytes at {tuned.psnr:.1f} dB ({tuned.writer.removeprefix('animgd, ')})"
    numbers = f"{result.bytes / 1024:8.1f} {result.seconds:7.2f} {result.psnr:8.2f}"
    print(f"{result.writer:<24} {numbers}  {beside}", flush=True)
    return {"where": where, **result._asdict(), "tuned": tuned and tuned._asdict()}


def grown(folder: Path) -> Row:
    """Memory at 10,000 frames against 500."""
    few, many = (memory.film(folder, SIZES[0], frames, "gif", frames // 2) for frames in (500, 10_000))
    return Row("peak at 10,000 frames − at 500", [many - few], "MB", bar=30)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="momentum at 800x450 only")
    parser.add_argument("--scene", action="append", help=f"one of {', '.join(SCENES)}, or any other in scenes/")
    parser.add_argument("--size", action="append", type=lambda text: tuple(map(int, text.split("x"))))
    parser.add_argument("--keep", type=Path, help="a folder for the peers' results, used again if it has them")
    asked = parser.parse_args()
    scenes = asked.scene or (["momentum"] if asked.quick else SCENES)
    sizes = asked.size or (SIZES[:1] if asked.quick else SIZES)
    peers, absent = writers()
    for name in absent:
        print(f"{name} is not installed: skipped")
    with tempfile.TemporaryDirectory() as name:
        os.environ["ANIMGD_CACHE"] = str(Path(name, "kept"))
        bars = Bars()
        told = [row for scene in scenes for size in sizes for row in contest(scene, size, peers, bars, asked.keep)]
        whole = not (asked.quick or asked.scene or asked.size)
        rows = [*bars.rows(), *([grown(Path(name))] if whole else [])]
    print("", HEAD, *map(line, rows), sep="\n")
    path = write("gif" if whole else "gif-partial", {"skipped": absent, "gifs": told, "bars": [r.told() for r in rows]})
    print(f"written to {path}")


if __name__ == "__main__":
    main()
