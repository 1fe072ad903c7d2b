"""Every figure of "nothing to wait for but the encoder", beside its bar.

python -m benchmarks.speed                 about a quarter of an hour
python -m benchmarks.speed --quick         few pairs, short films: for a first look
python -m benchmarks.speed --only loop     one group; may be given several times
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import drawing, landscapes, lecture, loop, memory, models, notebook, start, watch
from benchmarks.row import HEAD, Row, line, machine, write

PAIRS, QUICK_PAIRS = 9, 3
Group = Callable[[Path, int, bool], Iterator[Row]]
GROUPS: dict[str, Group] = {
    "loop": loop.rows,
    "drawing": drawing.rows,
    "growth": drawing.growth,
    "start": start.rows,
    "help": start.usage,
    "landscapes": landscapes.rows,
    "models": models.rows,
    "peer": start.peer,
    "notebook": notebook.rows,
    "memory": memory.rows,
    "4k": memory.large,
    "lecture": lecture.rows,
    "watch": watch.rows,
}


def measure(groups: list[str], pairs: int, quick: bool) -> list[Row]:
    """Measure group by group, and print each row as it comes."""
    done = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ANIMGD_CACHE"] = str(folder / "kept")
        for group in groups:
            for row in GROUPS[group](folder, pairs, quick):
                print(line(row), flush=True)
                done.append(row)
    return done


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="few pairs, short films")
    parser.add_argument("--only", action="append", choices=list(GROUPS), metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--pairs", type=int, help=f"instead of {PAIRS}")
    asked = parser.parse_args()
    told = machine()
    print(*(f"{name}: {value}" for name, value in told.items()), sep="\n")
    print(HEAD, flush=True)
    pairs = asked.pairs or (QUICK_PAIRS if asked.quick else PAIRS)
    rows = measure(asked.only or list(GROUPS), pairs, asked.quick)
    whole = not (asked.quick or asked.only or pairs < PAIRS)
    path = write("speed" if whole else "speed-partial", {"rows": [row.told() for row in rows]})
    missed = [row.name for row in rows if row.met is False]
    print(f"{len(missed)} bars not met{': ' * bool(missed)}{'; '.join(missed)}", f"written to {path}", sep="\n")


if __name__ == "__main__":
    main()
