"""Landscapes: one broadcast expression beside the article's loop, and how large ones grow.

python -m benchmarks.landscapes PAIRS    the measured seconds as JSON; in a process of its own, for torch's sake
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.process import PYTHON, ROOT, peak
from benchmarks.row import Row

if TYPE_CHECKING:
    from torch import Tensor

    from animgd.training.problems import Objective

SMALL, LARGE = 2048, 4096
LARGE_PAIRS = 3
SURVEY = """
from animgd import Scene
from animgd.training.landscape import survey
from animgd.training.problems import objective
scene = Scene()
survey(objective(scene.problem, scene.grid[0].loss), scene.window, int(sys.argv[1]))
"""


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """How long landscapes take, and how large they grow."""
    done = subprocess.run(
        [PYTHON, "-m", "benchmarks.landscapes", str(pairs)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    yield Row("four landscapes 101×101 ÷ the article's loop", [a / b for a, b in told["four"]], bar=0.01)
    yield Row("  four landscapes 101×101", [1000 * a for a, _ in told["four"]], "ms")
    own = [[1000 * seconds for seconds in pair] for pair in told["own"]]
    yield Row("own Himmelblau 101×101: its check against single points", [a - b for a, b, _ in own], "ms", bar=1)
    yield Row("  own Himmelblau, mapped and checked", [a for a, _, _ in own], "ms")
    yield Row("  named Himmelblau, which needs neither", [c for _, _, c in own], "ms")
    ratios = [large / small * (SMALL / LARGE) ** 2 for large, small in told["large"]]
    yield Row("4096×4096, a sample ÷ one of 2048×2048", ratios, bar=1.25, note="linear: 1")
    yield Row("peak, one landscape of 4096×4096", [peak([str(LARGE)], work=SURVEY)], "MB", bar=1000, note="with torch")


def main() -> None:
    """Measure, and print JSON."""
    from animgd import Function, Point, Scene
    from animgd.training.landscape import survey
    from animgd.training.problems import objective

    pairs = int(sys.argv[1])
    scene = Scene()
    window = scene.window
    assert window is not None
    objectives = [objective(scene.problem, panel.loss) for panel in scene.grid]
    ours = [lambda one=one, n=101: survey(one, window, n) for one in objectives]
    four = [(_timed(*ours), _timed(*map(document, objectives))) for _ in range(pairs)]
    own, named = (objective(Function(of), None, [Point(x=0, y=0)]) for of in (himmelblau, "himmelblau"))
    plain = copy.copy(own)
    plain.values = lambda weight, bias: next(iter(own.ways()))(weight, bias).detach()  # type: ignore[method-assign]
    three = [
        [_quickest(lambda each=each: survey(each, window, 101)) for each in (own, plain, named)] for _ in range(pairs)
    ]
    mse = objectives[0]
    large = [
        tuple(_timed(lambda n=n: survey(mse, window, n)) for n in (LARGE, SMALL))
        for _ in range(min(pairs, LARGE_PAIRS))
    ]
    print(json.dumps({"four": four, "own": three, "large": large}))


def himmelblau(x: Tensor, y: Tensor) -> Tensor:
    """As an author would write it."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def document(objective: Objective):  # type: ignore[no-untyped-def]
    """The article's `get_loss_map`, one `.item()` at a time."""
    import torch

    from benchmarks.funcanimation import data

    x, y = data()
    loss = getattr(torch.nn, objective.declared.name)()

    def get_loss_map() -> list[list[float]]:
        side = [-5.0 + 13.0 * i / 100.0 for i in range(101)]
        return [[loss(x * w + b, y).item() for b in side] for w in side]

    return get_loss_map


def _quickest(call) -> float:  # type: ignore[no-untyped-def]
    return min(_timed(call) for _ in range(20))


def _timed(*calls) -> float:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    for call in calls:
        call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
