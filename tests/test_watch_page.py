"""The page of `animgd watch` in a browser: after an edit, after an error, after the mending, and where it stands."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animgd import load, still
from tests.watched import Watched, scene

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.long, pytest.mark.skipif(not CHROMIUM, reason="needs the Debian package chromium")]
SIZE = 320, 240  # of the scene
SHOWN = """async () => {
  const seen = [...document.querySelectorAll('#stage > *')].filter(e => e.checkVisibility({visibilityProperty: true}));
  const top = seen.at(-1), canvas = new OffscreenCanvas(320, 240), brush = canvas.getContext('2d');
  brush.drawImage(top, 0, 0, 320, 240);
  return [top.id, [...brush.getImageData(0, 0, 320, 240).data]];
}"""


class Tab:
    """A browser's tab with the page of a program that watches."""

    def __init__(self, watched: Watched, page: Any, said: list[str], asked: list[str]) -> None:
        self.watched, self.page, self.said, self.asked = watched, page, said, asked

    def until(self, true: str, seconds: float = 20) -> None:
        """Wait until a JavaScript expression is true; the page's policy forbids Playwright's own way."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(true):
            assert time.monotonic() < end, (true, self.page.evaluate("[state, loaded, look, clock && frame()]"))
            time.sleep(0.02)

    def save(self, text: str) -> None:
        """Save the scene, and wait until its film is there."""
        before = self.watched.run
        self.watched.save(text)
        self.until(f"loaded.film > {before} && !state.error")

    def shown(self) -> tuple[str, np.ndarray]:
        """Which picture is on top, and its pixels."""
        name, pixels = self.page.evaluate(SHOWN)
        return name, np.array(pixels, np.uint8).reshape(SIZE[1], SIZE[0], 4)[..., :3]

    def drag(self, epoch: float) -> None:
        """Move the slider to an epoch, and hold it."""
        self.page.evaluate(f"place.value = clock.epochs.findIndex(e => e >= {epoch}); place.oninput()")
        self.until("!film.seeking")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A program that watches."""
    made = Watched(tmp_path_factory.mktemp("page"))
    yield made
    made.close()


@pytest.fixture
def tab(watched: Watched) -> Iterator[Tab]:
    """A new tab, in which the film of a good scene is loaded."""
    sync = pytest.importorskip("playwright.sync_api")
    said: list[str] = []
    asked: list[str] = []
    with sync.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 800, "height": 600})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(watched.address)
        made = Tab(watched, page, said, asked)
        made.until("loaded.film")
        made.save(scene(0.1))
        yield made
        browser.close()
    assert said == []
    assert all(url.startswith((watched.address, f"blob:{watched.address}", "data:")) for url in asked)


def declared(tab: Tab) -> Any:
    return load(tab.watched.file)["scene"]


def near(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures are the same but for what a film loses."""
    return bool(np.abs(one.astype(int) - other.astype(int)).mean() < 3)


def test_an_edit_is_seen(tab: Tab) -> None:
    """The still of the new scene, pixel for pixel, in place of the old one; the film is ready under it."""
    for text in (scene(0.3), scene(0.3, "dark")):
        tab.save(text)
        name, pixels = tab.shown()
        assert name == "still" and np.array_equal(pixels, still(declared(tab)))
        assert "still after" in tab.page.inner_text("#status")


def test_an_error_and_its_mending(tab: Tab) -> None:
    """The error stands above the picture with its line, as text; when it is mended, it goes and the picture changes."""
    before = tab.shown()[1]
    tab.watched.save(scene(0.3, before="raise ValueError('<b>bold</b> & so on')\n"))
    tab.until("state.error && document.title.startsWith('✗')")
    error = tab.page.locator("#error")
    assert error.is_visible()
    tops = [tab.page.locator(name).bounding_box() for name in ("#error", "main")]
    assert tops[0]["y"] + tops[0]["height"] <= tops[1]["y"]
    assert error.inner_text() == f"{tab.watched.file}:2 ValueError: <b>bold</b> & so on"
    assert np.array_equal(tab.shown()[1], before)
    assert tab.page.evaluate("getComputedStyle(still).opacity") == "0.35"
    tab.save(scene(0.3))
    assert not error.is_visible() and tab.page.title() == "scene"
    assert np.array_equal(tab.shown()[1], still(declared(tab)))


def test_the_epoch_that_is_looked_at_stays(tab: Tab) -> None:
    """Still and film of every further edit are at the chosen epoch, also when there are more frames."""
    tab.drag(2)
    name, pixels = tab.shown()
    assert name == "film" and near(pixels, still(declared(tab), epoch=2))
    tab.page.evaluate("place.onchange()")  # it is let go: the same in full size
    tab.until("!still.hidden")
    name, pixels = tab.shown()
    assert name == "still" and np.array_equal(pixels, still(declared(tab), epoch=2))
    more = scene(0.3).replace("fps=10", "fps=20")
    for text, frame in ((scene(0.2), 2), (more, 4), (scene(0.2, "dark"), 2)):
        tab.save(text)
        name, pixels = tab.shown()
        assert name == "still" and np.array_equal(pixels, still(declared(tab), epoch=2))
        assert tab.page.evaluate("[frame(), Number(place.value), look]") == [frame, frame, 2]
        assert tab.page.inner_text("#epoch") == "epoch 2.0 of 4"
    tab.page.reload()
    tab.until("loaded.film")
    assert np.array_equal(tab.shown()[1], still(declared(tab), epoch=2))


def test_the_end_stays_the_end(tab: Tab) -> None:
    """Also of a longer film."""
    tab.page.evaluate("place.value = 4; place.oninput(); place.onchange()")
    tab.until("look === 'end'")
    tab.save(scene(0.1).replace("epochs=4", "epochs=6"))
    assert np.array_equal(tab.shown()[1], still(declared(tab)))
    assert tab.page.evaluate("[frame(), place.max]") == [6, "6"]


def test_it_plays_and_plays_on(tab: Tab) -> None:
    """Play shows the film to its end; saved while it plays, the next film plays on."""
    tab.page.keyboard.press("Space")
    tab.until("film.ended && !still.hidden")
    assert np.array_equal(tab.shown()[1], still(declared(tab)))
    tab.save(scene(0.1).replace("epochs=4", "epochs=60"))
    tab.page.click("#play")
    tab.until("!film.paused && frame() > 1")
    tab.save(scene(0.15).replace("epochs=4", "epochs=60"))
    tab.until("!film.paused && film.className === ''")
    first = tab.page.evaluate("frame()")
    assert first > 1
    tab.until(f"frame() > {first + 1}")
    tab.page.click("#play")
    tab.until("film.paused && play.textContent === 'Play'")


def test_it_says_that_the_program_has_ended(tmp_path: Path) -> None:
    """After Ctrl-C, the last picture stays."""
    sync = pytest.importorskip("playwright.sync_api")
    watched = Watched(tmp_path)
    with sync.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(watched.address)
        tab = Tab(watched, page, [], [])
        tab.until("loaded.film", 60)
        watched.close()
        tab.until("at('status').textContent.includes('has ended')")
        assert tab.shown()[0] == "still"
        browser.close()


def test_the_picture_fits_the_window(tab: Tab) -> None:
    """Nothing overlaps: the heading, the picture and the controls, on a wide and on a tall window."""
    for width, height in ((1200, 500), (500, 900)):
        tab.page.set_viewport_size({"width": width, "height": height})
        boxes = {name: tab.page.locator(name).bounding_box() for name in ("header", "main", "footer")}
        assert boxes["header"]["y"] + boxes["header"]["height"] <= boxes["main"]["y"]
        assert boxes["main"]["y"] + boxes["main"]["height"] <= boxes["footer"]["y"]
        assert boxes["footer"]["y"] + boxes["footer"]["height"] <= height
        inside = tab.page.locator("#still").bounding_box()
        assert inside == boxes["main"]
