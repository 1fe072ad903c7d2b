"""Memory stays flat: a film of any length costs what a short one costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILM = """
import resource, sys
import numpy as np
import animgd.api
from tests import fabricated

frames, name = int(sys.argv[1]), sys.argv[2]
k = np.arange(41)
path = 1.5 + 4 * np.cos(0.5 * k), 1.5 + 4 * np.sin(0.5 * k)
scene = fabricated.scene((320, 240), panels=1, epochs=40, fps=25, epochs_per_second=40 * 25 / frames)
animgd.output.render.recorded = lambda scene, *_: fabricated.recording(scene, [path])
film = animgd.render(scene, name)
print(film.frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(tmp_path: Path, frames: int, name: str) -> float:
    """The most memory that a film of so many frames takes, without ffmpeg. Units: MB."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(
        [sys.executable, "-c", FILM, str(frames), name], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made, kilobytes = map(int, done.stdout.split())
    assert frames <= made < frames + 100
    return kilobytes / 1024


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts in kilobytes on Linux only")
@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "a.json"])
def test_memory_does_not_grow_with_the_film(tmp_path: Path, name: str) -> None:
    """The peak at 10,000 frames lies within 10 MB of that at 500, whatever the format."""
    assert peak(tmp_path, 10_000, name) - peak(tmp_path, 500, name) < 10


MODEL = """
import resource, sys
import torch
from animgd import PCA, SGD, Model, Scene, record

def network():
    return torch.nn.Sequential(torch.nn.Linear(32, 500), torch.nn.ReLU(), torch.nn.Linear(500, 500), torch.nn.ReLU(),
                               torch.nn.Linear(500, 4))

x = torch.randn(16, 32, generator=torch.Generator().manual_seed(0))
record(Scene(problem=Model(network, x, torch.arange(16) % 4, PCA()), losses=("CrossEntropyLoss",),
             optimizer=SGD(lr=0.01, momentum=0.9), epochs=int(sys.argv[1]), resolution=3))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts in kilobytes on Linux only")
def test_memory_does_not_grow_with_the_training_of_a_model(tmp_path: Path) -> None:
    """200 steps of 270,000 parameters, with gradients and momentum, are 640 MB; the peak grows by less than 100."""
    peaks = []
    for epochs in (20, 200):
        env = os.environ | {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"}
        done = subprocess.run(
            [sys.executable, "-c", MODEL, str(epochs)],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout) / 1024)
    assert peaks[1] - peaks[0] < 100
