"""Every promise of docs/reliability.md at its full count: `python -m tests.thorough [ROW ...]`.

Writes docs/thorough.md; rows that were not asked for keep their last result. Takes about an hour on two cores.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "docs" / "thorough.md"
ROWS = {  # what is tried: the tests that try it
    "bad scenes": ["tests/test_robust_scenes.py"],
    "stopped": ["tests/test_robust_stopped.py"],
    "a bad ffmpeg": ["tests/test_robust_ffmpeg.py", "tests/encoders/test_ffmpeg.py", "-k", "not sixty and not killed"],
    "names": ["tests/test_robust_names.py"],
    "environment": ["tests/test_robust_environment.py"],
    "the same": ["tests/test_robust_same.py"],
    "sizes": ["tests/test_robust_sizes.py"],
    "disk full": [
        "tests/test_robust_disk.py",
        "tests/encoders/test_atomic.py",
        "-k",
        "disk or step or writing or level",
    ],
    "many": ["tests/test_robust_many.py", "-k", "not eight"],
    "killed": ["tests/test_robust_killed.py"],
    "children": ["tests/test_children.py"],
    "watch": ["tests/test_watch.py"],
    "random scenes": ["tests/test_robust_random.py"],
    "a second opinion": ["tests/test_second_opinion.py"],
    "collisions": ["tests/test_collisions.py"],
    "steady frames": ["tests/test_steady.py"],
    "at once": ["tests/test_robust_many.py", "-k", "eight"],
}
HEAD = """\
# The thorough run

`python -m tests.thorough` tries every row of [reliability.md](reliability.md) at its full count and writes this table.
A test that fails counts all its cases as failed. `.ci/run` tries the same with smaller counts at every change.

| what | cases | damaged or failed | tests | skipped | minutes | date | machine |
|---|--:|--:|--:|--:|--:|---|---|
"""


class Summary:
    """Counts cases: a test is one, unless it says how many it tried."""

    def __init__(self) -> None:
        self.cases = self.failed = self.tests = self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        cases = int(dict(report.user_properties).get("count", 1))
        if report.skipped:
            self.skipped += 1
        elif report.failed or report.when == "call":
            self.tests += 1
            self.cases += cases
            self.failed += cases * report.failed


def one(row: str, result: str) -> None:
    """Run the tests of one row in this process, and leave the numbers in a file."""
    tally = Summary()
    status = pytest.main(["-m", "long or not long", "-p", "no:cacheprovider", "--tb=short", *ROWS[row]], [tally])
    told = {**vars(tally), "failed": tally.failed or int(status != 0)}
    Path(result).write_text(json.dumps(told), encoding="utf-8")


def line(row: str) -> tuple[str, str]:
    """A row of the table, and what pytest said."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result")
        done = subprocess.run(
            [sys.executable, "-m", "tests.thorough", "--one", row, str(result)],
            cwd=ROOT, env={**os.environ, "ANIMGD_THOROUGH": "1", "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True,
        )  # fmt: skip
        nothing = {"cases": 0, "failed": 1, "tests": 0, "skipped": 0}
        told = json.loads(result.read_text()) if result.exists() else nothing
    minutes = f"{(time.monotonic() - began) / 60:.1f}"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    numbers = f"{told['cases']:,} | {told['failed']:,} | {told['tests']} | {told['skipped']}"
    return f"| {row} | {numbers} | {minutes} | {today} | {machine()} |", done.stdout[-6000:] if told["failed"] else ""


def machine() -> str:
    """What it ran on, without names."""
    cores = len(os.sched_getaffinity(0))
    return f"{platform.system()} {platform.release().split('-')[0]}, {cores} cores, Python {platform.python_version()}"


def write(lines: dict[str, str]) -> None:
    """The table with these rows new and the others as they were."""
    kept = {}
    if REPORT.exists():
        kept = {text.split(" | ")[0].strip("| "): text for text in REPORT.read_text(encoding="utf-8").splitlines()
                if text.startswith("| ")}  # fmt: skip
    rows = {**kept, **lines}
    REPORT.write_text(HEAD + "\n".join(rows[row] for row in ROWS if row in rows) + "\n", encoding="utf-8")


def main(rows: list[str]) -> int:
    """Two rows at a time; the table is written after each."""
    made: dict[str, str] = {}
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        for row, (text, said) in zip(rows, pool.map(line, rows), strict=True):
            made[row] = text
            bad += bool(said)
            write(made)
            sys.stdout.write(f"{text}\n{said}\n" if said else f"{text}\n")
            sys.stdout.flush()
    return min(1, bad)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:4])
    else:
        sys.exit(main(sys.argv[1:] or list(ROWS)))
