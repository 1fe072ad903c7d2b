"""Models: landscapes of networks beside the usual loop, and the memory of a large one.

python -m benchmarks.models PAIRS    the measured seconds as JSON; in a process of its own, for torch's sake
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from benchmarks.process import PYTHON, ROOT, peak
from benchmarks.row import Row

CELLS = 51 * 51
CASES = (("2-16-1", 1000, 1 / 1.4), ("2-16-1", 100, 1 / 5), ("64-64-64-10", 1000, 1.05), ("64-64-64-10", 100, 1.05))
LARGE = """
import torch
from animgd import PCA, SGD, Model, Scene
from animgd.training.record import record
def network():
    nn = torch.nn
    return nn.Sequential(nn.Linear(64, 960), nn.ReLU(), nn.Linear(960, 960), nn.ReLU(), nn.Linear(960, 10))
x = torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
record(Scene(problem=Model(network, x, torch.arange(64) % 10, PCA()), losses=("CrossEntropyLoss",),
             optimizer=SGD(lr=0.01), epochs=int(sys.argv[1]), resolution=11))
"""


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """A landscape ÷ the usual loop, on one thread, and what 500 steps of a million parameters need."""
    done = subprocess.run(
        [PYTHON, "-m", "benchmarks.models", str(pairs)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    for (name, points, bar), found in zip(CASES, told, strict=True):
        yield Row(f"{name}, {points} points: a landscape ÷ the usual loop", found["ratios"], bar=bar)
        yield Row("  relative difference, ÷ 2.4e-7", [found["away"] / 2.4e-7], bar=1)
    epochs = 50 if quick else 500
    yield Row(f"peak, 1,000,000 parameters, {epochs} steps, PCA", [peak([str(epochs)], work=LARGE)], "MB", bar=3000)


def main() -> None:
    """Measure, and print JSON."""
    import torch

    pairs = int(sys.argv[1])
    torch.set_num_threads(1)
    print(json.dumps([_case(torch, name, points, pairs) for name, points, _ in CASES]))


def _case(torch, name: str, points: int, pairs: int) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """The ratios of one network. Units: CPU seconds, which other programs change less."""
    import numpy as np

    from animgd import Loss, Model
    from animgd.training.models.network import ModelLoss, Network
    from animgd.training.models.sampling import Sampler

    widths = [int(part) for part in name.split("-")]
    act = torch.nn.Tanh if widths[-1] == 1 else torch.nn.ReLU

    def network():  # type: ignore[no-untyped-def]
        layers = [layer for a, b in pairwise(widths) for layer in (torch.nn.Linear(a, b), act())]
        return torch.nn.Sequential(*layers[:-1])

    torch.manual_seed(0)
    x = torch.randn(points, widths[0])
    classifies = widths[-1] > 1
    y = torch.randint(widths[-1], (points,)) if classifies else torch.randn(points, 1)
    loss = "CrossEntropyLoss" if classifies else "MSELoss"
    model, criterion = network(), getattr(torch.nn, loss)()
    over = ModelLoss(Network(Model(network, x, y)), Loss(loss))
    over.fit_targets(model(x))
    start = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
    places = start + 0.3 * torch.randn(CELLS, len(start))
    sampler = Sampler(model, over)

    def usual() -> list[float]:
        found = []
        with torch.no_grad():
            for place in places:
                torch.nn.utils.vector_to_parameters(place, model.parameters())
                found.append(criterion(model(x), y).item())
        return found

    ratios = []
    for _ in range(pairs + 1):
        began = time.process_time()
        ours = sampler.values(lambda first, last: places[first:last], CELLS)
        middle = time.process_time()
        theirs = usual()
        ratios.append((middle - began) / (time.process_time() - middle))
    return {"ratios": ratios[1:], "away": float(np.abs(ours / np.array(theirs) - 1).max())}


if __name__ == "__main__":
    main()
