"""x264's settings over the five scenes of the article: size, likeness and time together.

python -m benchmarks.x264                     the table of docs/decisions/x264.md; 720p; a quarter of an hour
python -m benchmarks.x264 --quick             one scene
python -m benchmarks.x264 --only ours --try "veryfast 16 aq-strength=0.6:subme=0"
"""

from __future__ import annotations

import argparse
import math
import os
import re
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.renderer import Renderer
from animgd.encoders.mp4.encoder import CRF, PRESET, QUALITIES, TUNING, Coding, arguments
from animgd.encoders.mp4.locate import executable
from animgd.frame import FilmInfo, Pixels
from animgd.scene.scene import Scene
from animgd.training.record import Recording
from benchmarks.films import SIZES, Planes, alone, named, recording
from benchmarks.row import write

SCENES = ("plain", "momentum", "nesterov", "weight_decay", "dampening")
PAIRS = 3
EVERY = 5  # of so many frames one is looked at
FLAT, WRONG = 2, 3  # of 255: neighbours in a flat patch differ by no more; what is more than this off is seen


class Setting(NamedTuple):
    """What x264 is told."""

    preset: str
    crf: float
    tuning: str = "sync-lookahead=0"

    def arguments(self, path: Path, info: FilmInfo) -> list[str]:
        """All that ffmpeg is told."""
        return arguments(path, info, Coding(self.crf, self.preset, self.tuning))


class Trial(NamedTuple):
    """One film. Units: `size` in bytes, times in ms a frame, the rest as in `Likeness`."""

    setting: str
    scene: str
    size: int
    processor: float
    wall: float
    psnr: float
    trail: float
    off: float
    luma: float
    chroma: float
    ssim: float
    ssim_chroma: float


class Likeness(NamedTuple):
    """How like the drawn frames a film is. Units: dB over red, green and blue; percent; dB and SSIM of each part."""

    psnr: float
    trail: float  # dB, over the pixels that the film has changed since its first frame
    off: float  # of the flat pixels so many are visibly wrong
    luma: float
    chroma: float
    ssim: float  # of luma
    ssim_chroma: float


ANIMATION = "deblock=1,1:psy-rd=0.4,0:aq-strength=0.6:bframes=5:ref=6"  # what x264 means by it
EARLIER = (
    "aq-strength=0.6:chroma-qp-offset=-3:trellis=1:no-8x8dct=1:subme=0:me=dia:b-adapt=0:rc-lookahead=5:scenecut=0"
    ":sync-lookahead=0"
)
CRFS = (12, 14, 16, 18, 22, 24, 26, 28)  # beside ours


def settings() -> dict[str, Setting]:
    """What peers use, x264's presets, and ours with another quality or without one piece."""
    table = {"medium, crf 23: matplotlib, moviepy, manim": Setting("medium", 23)}
    presets = [("ultrafast", 18), ("veryfast", 18), ("medium", 18), ("medium", 20), ("slow", 20)]
    table |= {f"{preset}, crf {crf}": Setting(preset, crf) for preset, crf in presets}
    table["medium, crf 20, tune animation"] = Setting("medium", 20, f"{ANIMATION}:sync-lookahead=0")
    table["until 27 November 2026"] = Setting("veryfast", 15, EARLIER)
    for name in ("standard", "small"):
        coding = QUALITIES[name]
        table[f"ours, {name}"] = Setting(coding.preset, coding.crf, coding.tuning)
    table |= {f"ours at crf {crf}": Setting(PRESET, crf, TUNING) for crf in CRFS}
    pieces = TUNING.split(":")
    for piece in pieces[:-1]:
        table[f"ours without {piece}"] = Setting(PRESET, CRF, ":".join(p for p in pieces if p != piece))
    table["no loss but 4:2:0"] = Setting("ultrafast", 0)
    return table


def trials(scene: str, table: dict[str, Setting], folder: Path) -> Iterator[Trial]:
    """Every setting, timed in turn with the others."""
    film = named(scene, SIZES["720p"])
    recorded = recording(film)
    planes = Planes(Renderer(film, recorded))
    paths = {name: folder / f"{index}.mp4" for index, name in enumerate(table)}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in table}
    for _ in range(PAIRS):
        for name, setting in table.items():
            before = _processor()
            wall = alone(planes, paths[name], setting.arguments(paths[name], planes.info))
            taken[name].append((_processor() - before, wall))
    planes.close()
    for name, path in paths.items():
        processor, wall = (
            1000 * statistics.median(each) / planes.info.count for each in zip(*taken[name], strict=True)
        )
        yield Trial(name, scene, path.stat().st_size, processor, wall, *likeness(path, film, recorded))


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def likeness(path: Path, film: Scene, recorded: Recording) -> Likeness:
    """Decode a film and hold it against the stage's frames."""
    renderer = Renderer(film, recorded)
    shown = _decoded(path, renderer.info.size)
    errors: list[float] = []
    moved: list[float] = []
    off: list[float] = []
    first: Pixels | None = None
    index = 0
    for frame in renderer.frames():
        for _ in range(frame.periods):
            picture = next(shown)
            if index % EVERY == 0:
                first = frame.pixels.copy() if first is None else first
                wrong = np.abs(picture.astype(np.int16) - frame.pixels)
                squares = (wrong.astype(np.int32) ** 2).mean(-1)
                errors.append(float(squares.mean()))
                changed = (frame.pixels != first).any(-1)
                moved += [float(squares[changed].mean())] if changed.any() else []
                off.append(float((wrong.max(-1) > WRONG)[_flat(frame.pixels)].mean()))
            index += 1
    shown.close()
    return Likeness(_decibels(errors), _decibels(moved), 100 * statistics.fmean(off), *_by_ffmpeg(path, renderer))


def _by_ffmpeg(path: Path, renderer: Renderer) -> tuple[float, float, float, float]:
    """PSNR of luma and chroma, SSIM of luma and chroma by ffmpeg's filters, against all frames in 4:4:4."""
    width, height = renderer.info.size
    raw = f"-f rawvideo -pix_fmt rgb24 -video_size {width}x{height} -framerate {renderer.info.fps} -i pipe:0".split()
    exact = "flags=accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=tv,format=yuv444p"
    exact += ",settb=1/1000,setpts=N"  # frame k beside frame k
    graph = f"[0:v]scale={exact},split[a][b];[1:v]scale={exact},split[c][d];[a][c]ssim[e];[b][d]psnr[f]"
    command = [executable(), "-hide_banner", "-i", path, *raw, "-filter_complex", graph]
    command += ["-map", "[e]", "-f", "null", "-", "-map", "[f]", "-f", "null", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stderr is not None
        for frame in renderer.frames():
            for _ in range(frame.periods):
                process.stdin.write(np.ascontiguousarray(frame.pixels).data)
        process.stdin.close()
        told = process.stderr.read().decode()
    luma, blue, red = (float(re.findall(rf"PSNR.* {part}:([0-9.]+|inf)", told)[-1]) for part in "yuv")
    ssim, *others = (float(re.findall(rf"SSIM.* {part}:([0-9.]+)", told)[-1]) for part in "YUV")
    return luma, (blue + red) / 2, ssim, statistics.fmean(others)


def _decoded(path: Path, size: tuple[int, int]) -> Iterator[Pixels]:
    scale = "scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags=accurate_rnd+full_chroma_int"
    shown = f"-vf {scale},format=rgb24 -fps_mode passthrough -f rawvideo -".split()
    with subprocess.Popen([executable(), "-v", "error", "-i", path, *shown], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while len(data := process.stdout.read(size[0] * size[1] * 3)) == size[0] * size[1] * 3:
            yield np.frombuffer(data, np.uint8).reshape(size[1], size[0], 3)


def _flat(pixels: Pixels) -> NDArray[np.bool_]:
    """Pixels whose 5×5 surroundings have nearly their colour: what 4:2:0 itself cannot harm."""
    flat = np.ones(pixels.shape[:2], bool)
    planes = pixels.astype(np.int16)
    for axis in (0, 1):
        for step in (-2, -1, 1, 2):
            flat &= (np.abs(planes - np.roll(planes, step, axis)) <= FLAT).all(-1)
    for axis in (0, 1):
        flat &= np.roll(flat, 2, axis) & np.roll(flat, -2, axis)
    return flat


def _decibels(squares: Sequence[float]) -> float:
    return 10 * math.log10(255**2 / statistics.fmean(squares))


def table(done: list[Trial]) -> str:
    """Medians over the scenes, a line each setting, in Markdown."""
    lines = [
        "| setting | CPU ms/frame | wall ms | KiB | RGB dB | trail dB | off % | luma dB | chroma dB | SSIM | chroma |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(trial.setting for trial in done):
        some = [trial for trial in done if trial.setting == name]
        processor, wall, size, *like = (
            statistics.median(values)
            for values in zip(*[(t.processor, t.wall, t.size / 1024, *t[-7:]) for t in some], strict=True)
        )
        shown = " | ".join([*(f"{each:.2f}" for each in like[:5]), *(f"{each:.5f}" for each in like[5:])])
        lines.append(f"| {name} | {processor:.2f} | {wall:.2f} | {size:.0f} | {shown} |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="one scene")
    parser.add_argument("--scene", action="append", choices=SCENES)
    parser.add_argument("--only", action="append", help="a setting of the table, by its name")
    parser.add_argument("--try", action="append", default=[], dest="tried", metavar="'PRESET CRF PARAMS'")
    asked = parser.parse_args()
    chosen = {name: setting for name, setting in settings().items() if not asked.only or name in asked.only}
    for words in asked.tried:
        preset, crf, *tuning = words.split()
        chosen[words] = Setting(preset, float(crf), ":".join(tuning))
    done: list[Trial] = []
    with tempfile.TemporaryDirectory() as name:
        os.environ["ANIMGD_CACHE"] = str(Path(name, "kept"))
        for scene in asked.scene or (SCENES[1:2] if asked.quick else SCENES):
            done += trials(scene, chosen, Path(name))
    print(table(done))
    whole = not (asked.quick or asked.only or asked.tried)
    path = write("x264" if whole else "x264-partial", {"trials": [trial._asdict() for trial in done]})
    print(f"written to {path}")


if __name__ == "__main__":
    main()
