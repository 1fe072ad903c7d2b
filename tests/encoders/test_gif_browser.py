"""A browser shows the GIF as it was meant: its size, its clock, and how often it plays, seen in its pixels."""

from __future__ import annotations

import base64
import io
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from animgd.encoders.gif.encoder import Gif
from animgd.frame import Box, FilmInfo, Frame, Pixels

BROWSER = shutil.which("chromium-headless-shell")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe", "--enable-begin-frame-control",
    "--run-all-compositor-stages-before-draw", "--disable-checker-imaging",
)  # fmt: skip
W, H = 120, 80
FPS = 30  # on the GIF's clock 3, 3 and 4 hundredths
COUNT = 36  # frame periods: 1.2 seconds
TICK = 10  # milliseconds between two paintings: a hundredth, the unit of the GIF's clock
WATCHED = 600  # paintings: five times the film
# Both begin when they are shown; the browser looks at their clocks only where the page changes, so it always does.
PAGE = """<!doctype html><body hidden style="margin:0;background:#777">
<img id="ever" style="position:absolute;left:0;top:0" src="ever.gif">
<img id="once" style="position:absolute;left:{left}px;top:0" src="once.gif">
<script>(function change() {{ document.body.style.outlineWidth = performance.now() + "px";
  requestAnimationFrame(change) }})()</script>"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(BROWSER is None, reason="needs the Debian package chromium-headless-shell"),
]


class Browser:
    """Chromium, controlled through its debugging pipe; it paints when it is told to, at the time it is told."""

    def __init__(self, folder: Path) -> None:
        theirs, self._to = os.pipe()
        self._from, back = os.pipe()
        command = f'exec "$0" "$@" 3<&{theirs} 4>&{back}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, str(BROWSER), *FLAGS, f"--user-data-dir={folder}"],
            pass_fds=(theirs, back), stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        os.close(back)
        self._rest, self._number = b"", 0
        self._time = time.monotonic() * 1000 + 600_000  # in the future: of what lies before now, some is skipped
        self._picture: Pixels = np.zeros((H, 2 * W, 3), np.uint8)
        self._target: dict[str, str] = {}
        page = self.ask("Target.createTarget", url="about:blank", width=2 * W, height=H, enableBeginFrameControl=True)
        attached = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._target = {"sessionId": attached["sessionId"]}

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": values, **self._target}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        for answer in self._messages(time.monotonic() + 60):
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
        raise AssertionError(f"no answer to {method}")

    def value(self, expression: str) -> Any:
        """The value of an expression in the page, once it is there."""
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    def paint(self) -> Pixels:
        """The page as it is painted next, ``TICK`` after the time before."""
        self._time += TICK
        answer = self.ask(
            "HeadlessExperimental.beginFrame", frameTimeTicks=self._time, interval=TICK, screenshot={"format": "png"}
        )
        if "screenshotData" in answer:  # else nothing changed
            with Image.open(io.BytesIO(base64.b64decode(answer["screenshotData"]))) as image:
                self._picture = np.asarray(image.convert("RGB"))
        return self._picture

    def _messages(self, end: float) -> Iterator[dict[str, Any]]:
        while (left := end - time.monotonic()) > 0:
            while b"\0" in self._rest:
                message, self._rest = self._rest.split(b"\0", 1)
                yield json.loads(message)
            if select.select([self._from], [], [], left)[0]:
                data = os.read(self._from, 1 << 20)
                assert data, "the browser went away"
                self._rest += data

    def close(self) -> None:
        """End it and all that it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._to)
        os.close(self._from)


def shades(count: int) -> Iterator[Frame]:
    """A film whose first half is dark, the second bright; a mark at the bottom moves with every frame."""
    pixels = np.zeros((H, W, 3), np.uint8)
    for n in range(count):
        pixels[: H - 20] = 20 if n < count // 2 else 220
        pixels[H - 20 :] = 128
        pixels[H - 20 :, n * 3 : n * 3 + 3] = 255
        yield Frame(pixels, (Box(0, 0, W, H),))


def write(path: Path, loop: int) -> None:
    still = np.zeros((H, W, 3), np.uint8)
    encoder = Gif(path, FilmInfo((W, H), Fraction(FPS), COUNT, "shades", still, ()), loop=loop)
    for frame in shades(COUNT):
        encoder.add(frame)
    encoder.finish()


class Seen(NamedTuple):
    """What the browser showed of both films."""

    sizes: list[list[int]]
    ever: list[tuple[int, int]]
    once: list[tuple[int, int]]
    last: Pixels


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Both GIFs, one endless and one played once, for the duration of five plays."""
    folder = tmp_path_factory.mktemp("browser")
    write(folder / "ever.gif", 0)
    write(folder / "once.gif", 1)
    (folder / "page.html").write_text(PAGE.format(left=W))
    browser = Browser(folder / "profile")
    try:
        browser.ask("Page.navigate", url=(folder / "page.html").as_uri())
        browser.value("document.readyState == 'complete' || new Promise(loaded => onload = () => loaded())")
        browser.value("document.body.hidden = false")
        pictures = [browser.paint() for _ in range(WATCHED)]
        sizes = browser.value("[...document.images].map(i => [i.naturalWidth, i.naturalHeight])")
    finally:
        browser.close()
    films = [p[:, :W] for p in pictures], [p[:, W:] for p in pictures]
    return Seen(sizes, shown(films[0]), shown(films[1]), films[1][-1])


def shown(pictures: list[Pixels]) -> list[tuple[int, int]]:
    """Each frame in the order shown, told by its mark, and how long, in hundredths of a second."""
    marks = (int(p[H - 5, :, 0].argmax()) // 3 for p in pictures if p[H - 5].max() == 255)
    return [(mark, len(list(group))) for mark, group in groupby(marks)]


def test_natural_size(seen: Seen) -> None:
    """The browser reports the encoded size of both."""
    assert seen.sizes == [[W, H], [W, H]]


def test_every_frame_is_shown_in_its_time(seen: Seen) -> None:
    """Every play shows every frame in order, each from its own hundredth of a second on: 3, 3, 4, 3, 3, 4."""
    starts = [n for n, (mark, _) in enumerate(seen.ever) if mark == 0]
    assert len(starts) >= 5
    for start in starts[:-1]:
        marks, times = zip(*seen.ever[start : start + COUNT], strict=True)
        assert list(marks) == list(range(COUNT))
        begins = np.cumsum((0, *times))
        assert np.abs(begins - np.arange(COUNT + 1) * 100 / FPS).max() < 1
        assert begins[-1] == COUNT * 100 / FPS


def test_once_is_once(seen: Seen) -> None:
    """A film with loop=1 plays once, and its last frame remains."""
    marks = [mark for mark, _ in seen.once]
    assert marks == list(range(COUNT))
    assert seen.once[-1][1] > 2 * COUNT * 100 / FPS
    *_, frame = shades(COUNT)
    assert np.abs(seen.last.astype(int) - frame.pixels).max() <= 4
