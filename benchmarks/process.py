"""Whole processes: how long they take, and how much memory they need."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
ANIMGD = [PYTHON, "-m", "animgd"]

# What others need before they can begin  (subtracted from whole processes).
MATPLOTLIB = [PYTHON, "-c", "import numpy, matplotlib.figure, matplotlib.backends.backend_agg"]
TORCH = [PYTHON, "-c", "import torch; torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)"]

# The peak of the process itself. Linux gives a child its parent's ru_maxrss at birth, so VmHWM is asked first.
PEAK = """
import resource, sys
from pathlib import Path
{work}
try:
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
except (OSError, StopIteration):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("peak", peak)
"""
FILM = "from animgd.cli.main import main\nif main(sys.argv[1:]): sys.exit('no film')"


def run(command: Sequence[str | Path], cache: Path | None = None) -> float:
    """The seconds from start to end; `cache` is the folder of kept recordings. Raises: RuntimeError."""
    began = time.perf_counter()
    _done(command, cache)
    return time.perf_counter() - began


def peak(arguments: Sequence[str | Path], cache: Path | None = None, work: str = FILM) -> float:
    """The greatest memory of an animgd process without its children. Units: MB."""
    said = _done([PYTHON, "-c", PEAK.format(work=work), *arguments], cache)
    return int(said.split("peak")[1]) * 1024 / 1e6


def _done(command: Sequence[str | Path], cache: Path | None) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if cache is not None:
        environment["ANIMGD_CACHE"] = str(cache)
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout
