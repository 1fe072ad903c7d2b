"""Platforms that films are made for, with their limits: one row each, from which options and help are made.

Source: the platforms' own help pages, as of 2026-11-26; X: docs.x.com, "Media best practices" (GIF; aspect, rate), and
its help page for a film of an account without Premium; Mastodon: app/models/media_attachment.rb and
concerns/attachmentable.rb of version 4, the limits of a server that has not changed them.
Megabytes are decimal: a file that fits then fits binary ones, too.
"""

from __future__ import annotations

MB = 1_000_000

PLATFORMS: dict[str, dict[str, dict[str, object]]] = {  # platform: format: the fields of `target.Limit`
    "github": {"gif": {"bytes": 10 * MB}, "mp4": {"bytes": 10 * MB}},
    "x": {
        "gif": {"bytes": 15 * MB, "width": 1280, "height": 1080, "frames": 350, "volume": 300_000_000},
        "mp4": {"bytes": 512 * MB, "width": 1920, "height": 1200, "upright": (1200, 1900), "rate": 60,
                "duration": 140, "aspect": 3},
    },
    "mastodon": {
        "gif": {"bytes": 16 * MB, "pixels": 1280 * 720},
        "mp4": {"bytes": 99 * MB, "pixels": 3840 * 2160, "rate": 120, "frames": 36_000},
    },
    "medium": {"gif": {"bytes": 25 * MB}},
    "substack": {"gif": {"bytes": 20 * MB}},
    "discord": {"gif": {"bytes": 10 * MB}, "mp4": {"bytes": 10 * MB}},
    "powerpoint": {"mp4": {"keyframe_interval": 1}},  # presenters drag the film to a moment
    "keynote": {"mp4": {"keyframe_interval": 1}},
}  # fmt: skip
