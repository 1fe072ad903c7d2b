"""Where films are put, and what these places take.

Source: the places' own help pages, as of 2026-11. Megabytes are decimal: a file that fits then fits anyhow.
"""

from __future__ import annotations

from animgd.target import Limit

MB = 1_000_000

PLACES: dict[str, dict[str, Limit]] = {
    "github": {"gif": Limit(10 * MB), "mp4": Limit(10 * MB)},
    "x": {"gif": Limit(15 * MB, width=1280, height=1080, frames=350)},
    "mastodon": {"gif": Limit(16 * MB, pixels=33_000_000)},
    "medium": {"gif": Limit(25 * MB)},
    "substack": {"gif": Limit(20 * MB)},
    "discord": {"gif": Limit(10 * MB), "mp4": Limit(10 * MB)},
    "powerpoint": {"mp4": Limit()},
    "keynote": {"mp4": Limit()},
}
