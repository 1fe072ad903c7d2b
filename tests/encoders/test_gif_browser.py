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
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from animgd.encoders.gif.encoder import Gif
from animgd.frame import Box, FilmInfo, Frame

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
W, H = 120, 80
FPS = 30  # on the GIF's clock 3, 3 and 4 hundredths
COUNT = 36  # frame periods: 1.2 seconds
WATCHED = 6.5  # seconds: five times the film
PAGE = """<!doctype html><body style="margin:0;background:#777">
<img id="ever" style="position:absolute;left:0;top:0" src="ever.gif">
<img id="once" style="position:absolute;left:{left}px;top:0" src="once.gif">"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: apt-get install chromium)"),
]


class Browser:
    """Chromium, controlled through its debugging pipe."""

    def __init__(self, folder: Path) -> None:
        theirs, self._to = os.pipe()
        self._from, back = os.pipe()
        command = f'exec "$0" "$@" 3<&{theirs} 4>&{back}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, str(CHROMIUM), *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(theirs, back), stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        os.close(back)
        self._rest, self._number, self._events = b"", 0, list[dict[str, Any]]()
        pages = (t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=next(pages)["targetId"], flatten=True)["sessionId"]

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events on the way are kept."""
        number = self.tell(method, **values)
        for message in self._messages(time.monotonic() + 20):
            if message.get("id") == number:
                assert "error" not in message, message
                answer: dict[str, Any] = message["result"]
                return answer
            self._events.append(message)
        raise AssertionError(f"no answer to {method}")

    def tell(self, method: str, **values: Any) -> int:
        """Send a command."""
        self._number += 1
        session = {"sessionId": self._session} if hasattr(self, "_session") else {}
        message = {"id": self._number, "method": method, "params": values, **session}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        return self._number

    def events(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What happens from now on."""
        end = time.monotonic() + seconds
        yield from self._events
        yield from self._messages(end)

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


ATTEMPTS, ENOUGH = 4, 0.75


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Both GIFs, one endless and one played once, recorded for the duration of five plays."""
    folder = tmp_path_factory.mktemp("browser")
    write(folder / "ever.gif", 0)
    write(folder / "once.gif", 1)
    (folder / "page.html").write_text(PAGE.format(left=W))
    for attempt in range(ATTEMPTS):
        found = _watch(folder, f"profile{attempt}")
        if len(painted(found)) >= COUNT * ENOUGH:  # a machine that is busy elsewhere shows too little to judge by
            break
    return found


def _watch(folder: Path, profile: str) -> dict[str, Any]:
    browser = Browser(folder / profile)
    try:
        browser.ask("Page.enable")
        browser.ask("Emulation.setDeviceMetricsOverride", width=2 * W, height=H, deviceScaleFactor=1, mobile=False)
        browser.ask("Page.startScreencast", format="png", everyNthFrame=1)
        browser.ask("Page.navigate", url=(folder / "page.html").as_uri())
        pictures = list(watched(browser, WATCHED))
        sizes = "JSON.stringify([...document.images].map(i => [i.naturalWidth, i.naturalHeight]))"
        size = json.loads(browser.ask("Runtime.evaluate", expression=sizes)["result"]["value"])
    finally:
        browser.close()
    return {"pictures": pictures, "sizes": size}


def painted(seen: dict[str, Any]) -> set[int]:
    """The positions at which the mark of the endless film was recorded."""
    marks = {int(picture[H - 5, :W, 0].argmax()) // 3 for _, picture in seen["pictures"]}
    return marks & set(range(COUNT))


def watched(browser: Browser, seconds: float) -> Iterator[tuple[float, Any]]:
    """The painted pictures with their times. Units: seconds."""
    for event in browser.events(seconds):
        if event.get("method") == "Page.screencastFrame":
            values = event["params"]
            browser.tell("Page.screencastFrameAck", sessionId=values["sessionId"])
            with Image.open(io.BytesIO(base64.b64decode(values["data"]))) as picture:
                if picture.size == (2 * W, H):  # the first ones may have the window's size from before
                    yield values["metadata"]["timestamp"], np.asarray(picture.convert("RGB"))


def dawns(seen: dict[str, Any], left: int) -> list[float]:
    """The times at which the film at a column changes from dark to bright."""
    times, before = [], None
    for moment, picture in seen["pictures"]:
        shade = int(picture[10, left + 60, 0])
        if before == 20 and shade == 220:
            times.append(moment)
        before = shade
    return times


def test_natural_size(seen: dict[str, Any]) -> None:
    """The browser reports the encoded size of both."""
    assert seen["sizes"] == [[W, H], [W, H]]


def test_a_loop_lasts_as_long_as_the_film(seen: dict[str, Any]) -> None:
    """A loop lasts as long as the film, within one frame period."""
    times = dawns(seen, 0)
    assert len(times) >= 3
    assert np.median(np.diff(times)) == pytest.approx(COUNT / FPS, abs=1 / FPS)


def test_once_is_once(seen: dict[str, Any]) -> None:
    """A film with loop=1 plays once, and its last frame remains."""
    assert len(dawns(seen, W)) == 1
    last = seen["pictures"][-1][0] - dawns(seen, W)[0]
    assert last > 2 * COUNT / FPS
    *_, frame = shades(COUNT)
    assert np.abs(seen["pictures"][-1][1][:, W:].astype(int) - frame.pixels).max() <= 4


def test_every_frame_is_painted(seen: dict[str, Any]) -> None:
    """The mark is recorded at nearly every position: the browser neither skips nor delays frames."""
    assert len(painted(seen)) >= COUNT * ENOUGH
