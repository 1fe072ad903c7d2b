"""A figure of a table: its measured values, its bar, and whether the median meets it."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")
LIBRARIES = ("numpy", "torch", "matplotlib", "pillow", "imageio-ffmpeg")


@dataclass(frozen=True)
class Row:
    """One figure. Units: as `unit` says; `values` holds one number a pair (or run)."""

    name: str
    values: Sequence[float]
    unit: str = "×"
    bar: float | None = None  # None: shown for comparison only
    least: bool = False  # the bar is a least value, not a greatest
    each: bool = False  # the bar is for every value, not for the median
    note: str = ""

    @property
    def median(self) -> float:
        """The figure itself."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median (or the worst value, if each counts) meets the bar."""
        if self.bar is None:
            return None
        worst = min if self.least else max
        with_divergence = worst(self.values) if self.each else self.median
        return with_divergence >= self.bar if self.least else with_divergence <= self.bar

    def told(self) -> dict[str, Any]:
        """The row for JSON."""
        return {
            "name": self.name, "unit": self.unit, "median": self.median, "min": min(self.values),
            "max": max(self.values), "pairs": len(self.values), "bar": self.bar,
            "bar_is": None if self.bar is None else "least" if self.least else "most",
            "met": self.met, "note": self.note, "values": list(self.values),
        }  # fmt: skip


HEAD = f"{'figure':<58} {'median':>9} {'min':>9} {'max':>9} {'n':>3}  {'bar':>8}  met"


def line(row: Row) -> str:
    """The row for a terminal."""
    bar = "" if row.bar is None else f"{'≥' if row.least else '≤'} {row.bar:g}"
    met = {True: "yes", False: "NO", None: ""}[row.met]
    numbers = " ".join(f"{number:9.4g}" for number in (row.median, min(row.values), max(row.values)))
    note = f"   ({row.note})" if row.note else ""
    return f"{f'{row.name}, {row.unit}':<58} {numbers} {len(row.values):>3}  {bar:>8}  {met:<3}{note}"


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((each.split(":")[1].strip() for each in lines if each.startswith("model name")), platform.machine())


def write(name: str, told: dict[str, Any]) -> Path:
    """Keep the results of a run as JSON, with the machine they come from."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    module = name.split("-", maxsplit=1)[0]
    told = {"command": " ".join(["python", "-m", f"benchmarks.{module}", *sys.argv[1:]]), **machine(), **told}
    path.write_text(json.dumps(told, indent=1) + "\n")
    return path
