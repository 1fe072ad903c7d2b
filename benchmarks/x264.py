"""x264's presets and qualities over the five scenes of the document: size, likeness and time together.

python -m benchmarks.x264                                       720p; half an hour
python -m benchmarks.x264 --quick                               one scene, the presets in question, one crf
python -m benchmarks.x264 --preset veryfast --crf 16 --crf 18
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from animgd.encoders.ffmpeg import executable
from animgd.encoders.mp4 import BT709, CRF, PRESET
from animgd.stage import Stage
from benchmarks.films import SIZES, Planes, alone, named, recording
from benchmarks.row import write

SCENES = ("plain", "momentum", "nesterov", "weight_decay", "dampening")
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")
QUALITIES = (14, 16, 18, 20)
PAIRS = 3


class Trial(NamedTuple):
    """One film. Units: `size` in bytes, `milliseconds` a frame, `psnr` in dB over Y, U and V, `worst` of a frame."""

    scene: str
    preset: str
    crf: int
    size: int
    milliseconds: float
    psnr: float
    worst: float


def trials(scene: str, presets: list[str], qualities: list[int], folder: Path) -> list[Trial]:
    """Every preset at every quality, each timed a few times."""
    film = named(scene, SIZES["720p"])
    planes = Planes(Stage(film, recording(film)))
    done = []
    for preset in presets:
        for crf in qualities:
            path = folder / "trial.mp4"
            times = [alone(planes, path, preset, crf) for _ in range(PAIRS)]
            pace = 1000 * statistics.median(times) / planes.reel.count
            done.append(Trial(scene, preset, crf, path.stat().st_size, pace, *psnr(path, planes)))
    planes.close()
    return done


def psnr(path: Path, planes: Planes) -> tuple[float, float]:
    """How like the frames the film is, as ffmpeg's filter says: over all frames, and in the worst. Units: dB."""
    width, height = planes.reel.size
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(planes.reel.fps), "-i", "-"]
    same = f"[0:v]{BT709}[film];[1:v]{BT709}[frames];[film][frames]psnr"  # else ffmpeg converts one of them
    command = [executable(), "-hide_banner", "-i", path, *raw, "-lavfi", same, "-f", "null", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        for buffer in planes.buffers():
            process.stdin.write(buffer)
        process.stdin.close()
        said = process.stderr.read().decode()
    found = re.search(r"PSNR .*average:(\S+) min:(\S+)", said)
    if found is None:
        raise RuntimeError(said)
    return float(found[1]), float(found[2])


def table(done: list[Trial]) -> None:
    """Sums and means over the scenes, a line each preset and quality."""
    print(f"{'preset':<10} {'crf':>3} {'KiB a film':>10} {'ms a frame':>10} {'PSNR dB':>8} {'worst':>6}")
    for preset, crf in dict.fromkeys((t.preset, t.crf) for t in done):
        some = [t for t in done if (t.preset, t.crf) == (preset, crf)]
        size = statistics.fmean(t.size for t in some) / 1024
        pace, mean = (statistics.fmean(values) for values in ([t.milliseconds for t in some], [t.psnr for t in some]))
        chosen = " <- chosen" if (preset, crf) == (PRESET, CRF) else ""
        print(f"{preset:<10} {crf:>3} {size:10.1f} {pace:10.2f} {mean:8.2f} {min(t.worst for t in some):6.1f}{chosen}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--preset", action="append")
    parser.add_argument("--crf", action="append", type=int)
    asked = parser.parse_args()
    presets = asked.preset or (["superfast", "veryfast", "medium"] if asked.quick else list(PRESETS))
    qualities = asked.crf or ([CRF] if asked.quick else list(QUALITIES))
    done: list[Trial] = []
    with tempfile.TemporaryDirectory() as name:
        os.environ["ANIMGD_CACHE"] = str(Path(name, "kept"))
        for scene in SCENES[1:2] if asked.quick else SCENES:
            done += trials(scene, presets, qualities, Path(name))
    table(done)
    whole = not (asked.quick or asked.preset or asked.crf)
    path = write("x264" if whole else "x264-partial", {"trials": [trial._asdict() for trial in done]})
    print(f"written to {path}")


if __name__ == "__main__":
    main()
