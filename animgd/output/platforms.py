"""Where films are put, and what these places take.

Source: the places' own help pages, as of 2026-11-26; X: docs.x.com, "Media best practices" (GIF; aspect, rate), and
its help page for a film of an account without Premium; Mastodon: app/models/media_attachment.rb and
concerns/attachmentable.rb of version 4, the limits of a server that has not changed them.
Megabytes are decimal: a file that fits then fits anyhow.
"""

from __future__ import annotations

from animgd.output.target import Limit

MB = 1_000_000

PLACES: dict[str, dict[str, Limit]] = {
    "github": {"gif": Limit(10 * MB), "mp4": Limit(10 * MB)},
    "x": {
        "gif": Limit(15 * MB, width=1280, height=1080, frames=350, volume=300_000_000),
        "mp4": Limit(512 * MB, width=1920, height=1200, upright=(1200, 1900), rate=60, duration=140, aspect=3),
    },
    "mastodon": {
        "gif": Limit(16 * MB, pixels=1280 * 720),
        "mp4": Limit(99 * MB, pixels=3840 * 2160, rate=120, frames=36_000),
    },
    "medium": {"gif": Limit(25 * MB)},
    "substack": {"gif": Limit(20 * MB)},
    "discord": {"gif": Limit(10 * MB), "mp4": Limit(10 * MB)},
    "powerpoint": {"mp4": Limit()},
    "keynote": {"mp4": Limit()},
}
