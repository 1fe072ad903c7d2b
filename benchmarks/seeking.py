"""How long a browser takes to show a moment of an MP4 that someone drags to, by how often key frames come.

python -m benchmarks.seeking        needs Debian's chromium
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from animgd import load, render
from benchmarks.films import SCENES
from benchmarks.row import machine, write

SEEKS = 40
SEEK = """async () => {
  const film = document.querySelector('video'), taken = [];
  for (let k = 0; k < SEEKS; k++) {
    const at = film.duration * ((k * 0.618034) % 1), began = performance.now();
    film.currentTime = at;
    await new Promise(done => film.addEventListener('seeked', done, {once: true}));
    taken.push(performance.now() - began);
  }
  return taken;
}""".replace("SEEKS", str(SEEKS))


def seeks(film: Path) -> list[float]:
    """How long each of many jumps takes, from all over the film to all over the film. Units: milliseconds."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"file://{film.parent}/")
        page.set_content(f"<video src='file://{film}' preload=auto muted></video>")
        page.wait_for_function("document.querySelector('video').readyState === 4")
        taken: list[float] = page.evaluate(SEEK)
        browser.close()
    return taken


def main() -> None:
    """The command."""
    print(*(f"{name}: {value}" for name, value in machine().items()), sep="\n")
    print("| momentum, 1920×1080 | KB | seek, ms: median | 90 % |\n|---|---|---|---|")
    told = {}
    with tempfile.TemporaryDirectory() as name:
        for title, interval in (("one key frame in ten seconds", None), ("one a second (`--for powerpoint`)", 1)):
            scene = load(SCENES / "momentum.py")["scene"]
            video = scene.video.replace(width=1920, height=1080, fps=50, keyframe_interval=interval)
            film = Path(name, "film.mp4")
            render(scene.replace(video=video), film)
            taken = sorted(seeks(film))
            told[title] = {"bytes": film.stat().st_size, "milliseconds": taken}
            high = taken[round(0.9 * (len(taken) - 1))]
            print(f"| {title} | {film.stat().st_size / 1000:.0f} | {statistics.median(taken):.0f} | {high:.0f} |")
    print(f"written to {write('seeking', told)}")


if __name__ == "__main__":
    main()
