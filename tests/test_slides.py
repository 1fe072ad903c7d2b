"""Slides of clips: a page and a PowerPoint file, read back."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from animgd import Panel, Scene, Video, render, still
from animgd.errors import RenderError
from animgd.output.slides import writer
from animgd.output.slides.clip import Clip

CHROMIUM = shutil.which("chromium")
OFFICE = shutil.which("soffice")
FILM = "Reveal.getCurrentSlide().querySelector('video')"
WORDS = ("what to <say> & when", "", "ünd noch etwas")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Three clips of different films, of which the last one loops."""
    folder, found = tmp_path_factory.mktemp("clips"), []
    for number, words in enumerate(WORDS):
        scene = Scene(title=f"Part {number}", panels=(Panel(loss="MSELoss"),), epochs=2 + number,
                      video=Video(320, 180, 10, 10, 0, 0))  # fmt: skip
        film, poster = folder / f"{number}.mp4", folder / f"{number}.png"
        seconds = render(scene, film).seconds
        still(scene, poster)
        found.append(Clip(film, poster, f"Part {number}", words, seconds, number == 2))
    return found


def test_a_page_holds_everything(clips: list[Clip], tmp_path: Path) -> None:
    """Each clip and poster byte for byte, the notes, and no address to load anything from."""
    page = tmp_path / "slides.html"
    writer("html")(page, "A <lecture>", (320, 180), clips)
    text = page.read_text(encoding="utf-8")
    found = [b64decode(data) for data in re.findall(r'src="data:video/mp4;base64,([^"]+)"', text)]
    assert found == [clip.film.read_bytes() for clip in clips]
    posters = [b64decode(data) for data in re.findall(r'poster="data:image/png;base64,([^"]+)"', text)]
    assert posters == [clip.poster.read_bytes() for clip in clips]
    assert re.findall(r'<aside class="notes">(.*?)</aside>', text) == ["what to &lt;say&gt; &amp; when", WORDS[2]]
    assert [" loop " in tag for tag in re.findall("<video .*? poster", text)] == [False, False, True]
    assert "<title>A &lt;lecture&gt;</title>" in text
    assert not re.search(r'(src|href)="(?!data:)', text.partition("<script>")[0])


def test_a_presentation_is_read_back(clips: list[Clip], tmp_path: Path) -> None:
    """A slide for each clip: it fills the slide, has its notes and poster, and plays by itself."""
    pptx = pytest.importorskip("pptx")
    writer("pptx")(tmp_path / "slides.pptx", "A lecture", (320, 180), clips)
    deck = pptx.Presentation(str(tmp_path / "slides.pptx"))
    assert deck.core_properties.title == "A lecture"
    assert deck.slide_width * 9 == deck.slide_height * 16
    assert [slide.notes_slide.notes_text_frame.text for slide in deck.slides] == list(WORDS)
    for slide, clip in zip(deck.slides, clips, strict=True):
        (film,) = slide.shapes
        assert (film.left, film.top, film.width, film.height) == (0, 0, deck.slide_width, deck.slide_height)
        assert film.poster_frame.blob == clip.poster.read_bytes()
        parts = [relation.target_part for relation in slide.part.rels.values()]
        assert {part.blob for part in parts if part.content_type == "video/mp4"} == {clip.film.read_bytes()}
        (call,) = slide.element.iterfind(".//{*}cmd")
        assert call.get("cmd") == "playFrom(0.0)"
        assert {each.get("spid") for each in slide.element.iterfind(".//{*}spTgt")} == {str(film.shape_id)}
        (node,) = slide.element.iterfind(".//{*}cMediaNode/{*}cTn")
        assert (node.get("repeatCount"), node.get("fill")) == ("indefinite" if clip.loops else None, "hold")
        (length,) = {each.get("dur") for each in slide.element.iterfind(".//{*}cBhvr/{*}cTn")}
        assert np.isclose(int(length) / 1000, clip.seconds, atol=1e-3)


def test_without_python_pptx_it_is_one_line(clips: list[Clip], tmp_path: Path, monkeypatch) -> None:
    """The missing library is named, with how to install it."""
    monkeypatch.setitem(__import__("sys").modules, "pptx", None)
    with pytest.raises(RenderError, match=r"pip install python-pptx"):
        writer("pptx")(tmp_path / "slides.pptx", "A lecture", (320, 180), clips)


@pytest.mark.long
@pytest.mark.skipif(not OFFICE, reason="needs the Debian package libreoffice-impress")
def test_libreoffice_opens_a_presentation(clips: list[Clip], tmp_path: Path) -> None:
    """Written again as an OpenDocument file, it has a page for each clip, with its film and the speaker's words."""
    pytest.importorskip("pptx")
    writer("pptx")(tmp_path / "slides.pptx", "A lecture", (320, 180), clips)
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [str(OFFICE), home, "--headless", "--convert-to", "odp", "--outdir", tmp_path, tmp_path / "slides.pptx"]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    with zipfile.ZipFile(tmp_path / "slides.odp") as file:
        pages = file.read("content.xml").decode().split("<draw:page ")[1:]
        films = [file.read(name) for page in pages for name in re.findall(r'<draw:plugin xlink:href="([^"]+)"', page)]
    assert films == [clip.film.read_bytes() for clip in clips]
    for page, said in zip(pages, ("what to &lt;say&gt; &amp; when", "", WORDS[2]), strict=True):
        assert said in page.partition("<presentation:notes")[2]


@pytest.mark.long
@pytest.mark.skipif(not CHROMIUM, reason="needs the Debian package chromium")
def test_a_presenter_s_keys(clips: list[Clip], tmp_path: Path) -> None:
    """Next, back, overview: each clip plays from its beginning when its slide is entered; nothing is asked for."""
    sync = pytest.importorskip("playwright.sync_api")
    writer("html")(tmp_path / "slides.html", "A lecture", (320, 180), clips)
    asked: list[str] = []
    said: list[str] = []
    with sync.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 640, "height": 360})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"file://{tmp_path}/slides.html")
        page.wait_for_function(f"{FILM}.ended")
        for key, slide in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
            page.keyboard.press(key)
            page.wait_for_function(f"Reveal.getIndices().h === {slide} && {FILM}.currentTime > 0 && !{FILM}.paused")
        page.wait_for_function(f"{FILM}.ended")
        assert page.evaluate(f"{FILM}.getBoundingClientRect().toJSON()") | {"x": 0, "y": 0} == {
            "x": 0, "y": 0, "left": 0, "top": 0, "width": 640, "height": 360, "right": 640, "bottom": 360
        }  # fmt: skip
        page.keyboard.press("o")
        page.wait_for_function("Reveal.isOverview()")
        browser.close()
    assert said == [] and [url for url in asked if not url.startswith("data:")] == [f"file://{tmp_path}/slides.html"]
