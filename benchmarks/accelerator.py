"""A model on the CPU and on an accelerator: the same losses, and how long training and landscapes take.

python -m benchmarks.accelerator [DEVICE]    needs torch, NumPy and this repository only; DEVICE is "cuda" by default
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch

from animgd.recording.model import Recording, Series
from animgd.scene.model.network import Model
from animgd.scene.model.planes import Random
from animgd.scene.module.limits import limit_memory
from animgd.scene.optimizers import SGD, Loss
from animgd.scene.problem import Window
from animgd.scene.scene import Scene
from animgd.training.models.directions import random_plane
from animgd.training.models.network import ModelLoss, Network, trained
from animgd.training.models.sampling import Sampler, survey
from animgd.training.record import record

POINTS, FEATURES, CLASSES = 1000, 64, 10
WIDTHS = (256, 1024)  # of two hidden layers: 85,000 and 1.1 million parameters
CELLS, FEW = 51, 7  # samples along each axis; the CPU computes fewer of the large network, each like these
ALIKE = 2e-7  # relative difference of losses at equal parameters, at the median
LATER = 1e-3  # of losses while two trainings drift apart by rounding


def main() -> int:
    """Compare and print; status 1 where losses differ."""
    device = (sys.argv[1:] or ["cuda"])[0]
    if device == "cuda" and not torch.cuda.is_available():
        print("skipped: torch finds no cuda device here")
        return 0
    print(f"torch {torch.__version__}; {torch.cuda.get_device_name() if device == 'cuda' else device}")
    limit_memory()  # as in the process that runs a scene's code
    good = True
    for width in WIDTHS:
        good &= _sampled(width, device)
        good &= _trained(width, device)
    print("equal" if good else "DIFFERENT")
    return 0 if good else 1


def model(width: int, device: str) -> Model:
    """A network with two hidden layers, and random data."""

    def network() -> torch.nn.Module:
        nn = torch.nn
        return nn.Sequential(nn.Linear(FEATURES, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
                             nn.Linear(width, CLASSES))  # fmt: skip

    generator = torch.Generator().manual_seed(0)
    x = torch.randn(POINTS, FEATURES, generator=generator)
    return Model(network, x, torch.randint(CLASSES, (POINTS,), generator=generator), Random(), device)


def _sampled(width: int, device: str) -> bool:
    """Sample the same plane on both."""
    found: dict[str, Series] = {}
    for kind, cells in (("cpu", FEW), (device, FEW), (device, CELLS)):
        torch.manual_seed(0)
        net = Network(model(width, kind))
        module, over = net.made(), ModelLoss(net, Loss("CrossEntropyLoss"))
        over.fit_targets(module(net.x[:2]))
        end = torch.cat([each.detach().flatten() for each in module.parameters()]).cpu().double().numpy()
        plane = random_plane(Random(), end, {name: each.cpu() for name, each in trained(module).items()})
        sampler = Sampler(module, over)
        survey(sampler, plane, Window(bias=(-1, 1), weight=(-1, 1)), 2)  # the first call loads kernels
        began = time.perf_counter()
        land = survey(sampler, plane, Window(bias=(-1, 1), weight=(-1, 1)), cells)
        seconds = time.perf_counter() - began
        print(f"{len(end):>9,} parameters, {cells}x{cells} cells on {kind}: {seconds:.3f} s, "
              f"{1e3 * seconds / cells**2:.3f} ms a cell")  # fmt: skip
        if cells == FEW:
            found[kind] = land.loss
    away = np.abs(found[device] / found["cpu"] - 1)
    print(f"{'':>9} relative difference: median {np.median(away):.1e}, greatest {away.max():.1e}")
    return bool(np.median(away) <= ALIKE)


def _trained(width: int, device: str) -> bool:
    """Train the same run on both, and record it in a plane of its own."""
    found: list[Recording] = []
    for kind in ("cpu", device):
        scene = Scene(problem=model(width, kind), losses=("CrossEntropyLoss",), optimizer=SGD(lr=0.05, momentum=0.9),
                      epochs=30, resolution=FEW)  # fmt: skip
        began = time.perf_counter()
        found.append(record(scene))
        print(
            f"{'':>9} 30 steps, plane and {FEW}x{FEW} cells on {found[-1].device}: {time.perf_counter() - began:.2f} s"
        )
    one, other = (each.panels[0].runs[0].loss for each in found)
    away = np.abs(other / one - 1)
    print(f"{'':>9} losses while training: first {away[0]:.1e}, greatest {away.max():.1e}")
    return bool(away[0] <= 1e-6 and away.max() <= LATER)


if __name__ == "__main__":
    sys.exit(main())
