"""Slides as one web page that needs nothing else: reveal.js and the clips are part of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

from animgd.output.slides.clip import Clip

REVEAL = Path(__file__).parent / "reveal"  # release 6.0.2, MIT licence
STYLE = """
html, body, .reveal { background: #000; }
.reveal .slides section { padding: 0; height: 100%; }
.reveal .slides video { display: block; width: 100%; height: 100%; max-width: none; max-height: none; margin: 0; }
"""
# A clip begins anew whenever its slide is entered, and shows its poster in the overview.
SCRIPT = """
Reveal.initialize({ width: %d, height: %d, margin: 0, controls: false, hash: true, transition: "none",
                    plugins: [RevealNotes] });
Reveal.on("slidechanged", function (event) {
  const film = event.currentSlide.querySelector("video");
  film.currentTime = 0;
  film.play().catch(function () {});
});
"""


def write(path: Path, title: str, size: tuple[int, int], clips: Sequence[Clip]) -> None:
    """Write the page. Units: `size` of a clip in pixels. Raises: OSError."""
    with path.open("w", encoding="utf-8") as page:
        page.write(f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n')
        page.write('<link rel="icon" href="data:,">\n')  # else browsers ask for one
        page.write(f"<style>{_source('reveal.css')}{STYLE}</style>\n")
        page.write('<div class="reveal"><div class="slides">\n')
        for clip in clips:
            page.write(_section(clip))
        page.write("</div></div>\n")
        for script in (_source("reveal.js"), _source("notes.js"), SCRIPT % size):
            page.write(f"<script>{script}</script>\n")


def _section(clip: Clip) -> str:
    film, poster = (_inline(*each) for each in ((clip.film, "video/mp4"), (clip.poster, "image/png")))
    loop = " loop" if clip.loops else ""
    notes = f'<aside class="notes">{escape(clip.notes)}</aside>' if clip.notes else ""
    video = f'<video data-autoplay muted playsinline{loop} poster="{poster}" src="{film}"></video>'
    return f'<section aria-label="{escape(clip.title)}">{video}{notes}</section>\n'


def _inline(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"


def _source(name: str) -> str:
    """A file of reveal.js, which may stand inside an element."""
    return (REVEAL / name).read_text(encoding="utf-8").replace("</script", "<\\/script")
