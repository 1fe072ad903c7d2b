"""Figure 6 by animgd and by the tools that others would use, whole processes in turn: the first table of the README.

    python -m benchmarks.comparison                      what this Python can run
    PEERS=/path/to/python python -m benchmarks.comparison     and manim and others, with a Python that has them

Each script in `benchmarks/peers` is the film as its users write it; its lines of code are a column.
"""

from __future__ import annotations

import argparse
import ast
import os
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import films, funcanimation
from benchmarks.process import ANIMGD, PYTHON, run
from benchmarks.row import machine, write

FRAMES, PAIRS = 261, 5
PEERS = Path(__file__).with_name("peers")
OTHER = os.environ.get("PEERS", PYTHON)  # a Python with the tools that are not among animgd's own dependencies


LIBRARIES = {  # of the other Python: the module, and the script
    "manim": ("manim", "by_manim.py"),
    "parallel-matplotlib-animation": ("parallel_animate", "by_workers.py"),
}


class Taken(NamedTuple):
    """One film. Units: seconds of the clock and of processors; bytes."""

    wall: float
    processor: float
    size: int


def measured(command: Sequence[str | Path], film: Path, cache: Path | None = None) -> Taken:
    """Make a film and take its time. Raises: RuntimeError."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = run(command, cache)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, film.stat().st_size)


def lines(path: Path) -> int:
    """The lines of code of a script: no blank lines, comments and docstrings."""
    tree = ast.parse(path.read_text())
    code = {number for node in ast.walk(tree) if isinstance(node, ast.stmt)
            for number in range(node.lineno, (node.end_lineno or 0) + 1)}  # fmt: skip
    said = {number for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            for number in range(node.lineno, (node.end_lineno or 0) + 1)}  # fmt: skip
    text = path.read_text().splitlines()
    return sum(bool(text[number - 1].strip()) for number in code - said)


def has(module: str) -> bool:
    """Whether the other Python has a library."""
    return subprocess.run([OTHER, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def compare(folder: Path, pairs: int) -> dict[str, list[Taken]]:
    """All films, in turn."""
    module = films.module(folder / "momentum.py", films.SIZES["720p"], FRAMES)
    ours = [*ANIMGD, "--quiet", "-o", folder, "-f", "mp4", module]
    scripts = {"matplotlib by hand": (PYTHON, "by_hand.py")}
    for name, (library, script) in LIBRARIES.items():
        if has(library):
            scripts[name] = OTHER, script
        else:
            print(f"{name} is not installed here: no row")
    found: dict[str, list[Taken]] = {}
    for number in range(pairs):
        for name in ("animgd", "animgd, recording kept"):
            found.setdefault(name, []).append(measured(ours, folder / "momentum.mp4", folder / f"cache{number}"))
        for name, (python, script) in scripts.items():
            film = folder / f"{script}.mp4"
            found.setdefault(name, []).append(measured([python, PEERS / script, film, str(FRAMES)], film))
    return found


def table(found: dict[str, list[Taken]], whole: float) -> str:
    """The table in Markdown."""
    count = dict.fromkeys(found, 3) | {"matplotlib by hand": lines(PEERS / "by_hand.py")}
    count |= {name: lines(PEERS / script) for name, (_, script) in LIBRARIES.items()}
    rows = ["| tool | lines | seconds (of processor) | KB | ÷ animgd | ÷ animgd, recording kept |", "|" + "---|" * 6]
    cold, kept = found["animgd"], found["animgd, recording kept"]
    for name, taken in found.items():
        wall, processor, size = (statistics.median(each) for each in zip(*taken, strict=True))
        ratios = [statistics.median(one.wall / other.wall for one, other in zip(taken, base, strict=True))
                  for base in (cold, kept)]  # fmt: skip
        shown = " | ".join(f"{ratio:.1f}" for ratio in ratios)
        rows.append(f"| {name} | {count[name]} | {wall:.1f} ({processor:.1f}) | {size / 1000:.0f} | {shown} |")
    ratios = [whole / statistics.median(each.wall for each in base) for base in (cold, kept)]
    rows.append(f"| `FuncAnimation`, scaled | | {whole:.0f} | | {ratios[0]:.0f} | {ratios[1]:.0f} |")
    return "\n".join(rows)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    asked = parser.parse_args()
    print(*(f"{name}: {value}" for name, value in machine().items()), sep="\n")
    with tempfile.TemporaryDirectory() as name:
        found = compare(Path(name), asked.pairs)
        whole, _ = funcanimation.seconds(Path(name), FRAMES)
    print(table(found, whole))
    told = {tool: [each._asdict() for each in taken] for tool, taken in found.items()}
    print(f"written to {write('comparison', {'frames': FRAMES, 'FuncAnimation': whole, 'films': told})}")


if __name__ == "__main__":
    main()
