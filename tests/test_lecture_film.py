"""Films of lectures, read back by other programs: ffmpeg, and small readers of WebVTT and SubRip written here."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from base64 import b64encode
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from animgd import Scene, Text, Title
from animgd.output.lecture import captions, encoding
from animgd.output.lecture.encoding import prepared
from animgd.output.lecture.film import render_lecture
from animgd.output.lecture.pieces import clips
from animgd.output.recorder.base import Here
from animgd.output.target import Target
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.lecture.names import named
from animgd.scene.module.loader import read
from tests.rig import Program

TEXT = """
from animgd import *
video = Video(epochs_per_second=10, hold_start=0.3, hold_end=0.4)
first = Scene(title="First: a=b; #1 & <x>", losses=("MSELoss",), epochs=12, video=video, pauses=(6,))
last = Scene(title="Last", losses=("MSELoss",), epochs={epochs}, optimizer=SGD(lr=0.1, momentum=0.9), video=video)
lecture = Lecture((Title("A talk", "small"), first, Pause("Look & listen --> here.", 1), Text("Now <b>."), last),
                  title="Talk", transition="fade", video=Video(width=320, height=180, fps={fps}))
"""
BESIDE = [".mp4", ".png", ".srt", ".transcript.txt", ".vtt"]


def text(epochs: int = 20, fps: str = "10") -> str:
    return TEXT.format(epochs=epochs, fps=fps)


def ffmpeg(*arguments: object) -> str:
    """What ffmpeg prints on stdout; it may complain of nothing."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-nostdin", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert not done.stderr, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Pictures:
    """The decoded pictures of a film: when each is shown, in seconds, and a hash of it."""

    times: list[Fraction]
    hashes: list[str]


def decoded(path: Path) -> Pictures:
    told = ffmpeg(
        "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-enc_time_base", "demux", "-f", "framemd5", "-"
    )
    (tick,) = re.findall(r"#tb 0: (\S+)", told)
    rows = [line.split(",") for line in told.splitlines() if not line.startswith("#")]
    return Pictures([int(row[2]) * Fraction(tick) for row in rows], [row[-1].strip() for row in rows])


def chapters(path: Path) -> list[tuple[str, Fraction, Fraction]]:
    """Title, start and end, in seconds."""
    found = []
    for part in ffmpeg("-v", "error", "-i", path, "-f", "ffmetadata", "-").split("[CHAPTER]\n")[1:]:
        fields = dict(re.findall(r"^(\w+)=((?:\\.|[^\\\n])*)$", part, re.M))
        base = Fraction(fields["TIMEBASE"])
        title = re.sub(r"\\(.)", r"\1", fields["title"])
        found.append((title, int(fields["START"]) * base, int(fields["END"]) * base))
    return found


def cues(path: Path, point: str) -> list[tuple[float, float, str]]:
    """The captions of a file: every block has its times on one line, then its words."""
    found, body = [], path.read_text(encoding="utf-8")
    stamp = rf"(\d\d):(\d\d):(\d\d)\{point}(\d\d\d)"
    for block in body.strip().split("\n\n"):
        lines = [line for line in block.splitlines() if not re.fullmatch(r"\d+|WEBVTT", line)]
        if lines:
            times = re.fullmatch(f"{stamp} --> {stamp}", lines[0])
            assert times and len(lines) > 1 and "-->" not in "".join(lines[1:]).replace("--&gt;", "").replace(
                "listen --> here", "")  # fmt: skip
            h, m, s, t, *end = map(int, times.groups())
            seconds = (h * 3600 + m * 60 + s + t / 1000, end[0] * 3600 + end[1] * 60 + end[2] + end[3] / 1000)
            found.append((*seconds, " ".join(lines[1:])))
    return found


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk.py"
    path.write_text(text(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ready(module: Path) -> encoding.Ready:
    ((_, lecture),) = read(module).chosen(())
    assert isinstance(lecture, Lecture)
    return prepared(lecture, Here(), cache=True)


@pytest.fixture(scope="module")
def made(ready: encoding.Ready, module: Path) -> Path:
    """A film of the lecture."""
    render_lecture(ready, [Target(module.with_suffix(".mp4"), "mp4")])
    return module.with_suffix(".mp4")


def test_a_film_has_every_frame_at_its_time(ready, made):
    """The clock is even across all joins, and the duration exact to the frame."""
    seen = decoded(made)
    assert seen.times == [Fraction(n, 10) for n in range(ready.plan.count)]
    assert sorted(path.name.removeprefix("talk") for path in made.parent.iterdir()) == sorted([*BESIDE, ".py"])


def test_a_joined_film_is_its_pieces_one_after_the_other(ready, made, tmp_path):
    """Frame for frame as each piece encoded alone: nothing is encoded again."""
    alone: list[str] = []
    for number, piece in enumerate(ready.plan.pieces):
        encoding._draw(ready, piece, tmp_path / f"{number}.mp4", lambda done: None)
        alone += decoded(tmp_path / f"{number}.mp4").hashes
    assert decoded(made).hashes == alone


@pytest.mark.parametrize("fps", ["30", "Fraction(30000, 1001)", "Fraction(25, 2)", "24"])
@pytest.mark.long
def test_joins_are_exact_at_any_rate(write, tmp_path, fps):
    """ffmpeg counts in microseconds, a film in frames."""
    ((_, lecture),) = read(write("from fractions import Fraction\n" + text(4, fps), "talk.py")).chosen(())
    ready = prepared(lecture, Here(), cache=True)
    render_lecture(ready, [Target(tmp_path / "talk.mp4", "mp4")])
    seen = decoded(tmp_path / "talk.mp4")
    assert len(seen.times) == ready.plan.count
    assert {later - before for before, later in pairwise(seen.times)} == {1 / ready.plan.fps}


def test_chapters_are_where_scenes_begin(ready, made):
    """Read by ffmpeg, with all characters of their titles."""
    first, last = (shown for shown in ready.plan.parts if shown.scene is not None)
    assert chapters(made) == [
        ("Talk", 0, Fraction(first.start, 10)),
        ("First: a=b; #1 & <x>", Fraction(first.start, 10), Fraction(last.start, 10)),
        ("Last", Fraction(last.start, 10), Fraction(last.end, 10)),
    ]


def test_captions_say_what_is_seen_and_what_is_to_be_said(ready, made):
    """Cards, scenes, pauses and events, in order, none over another, all within the film."""
    found = cues(made.with_suffix(".vtt"), ".")
    spoken = [words for *_, words in found]
    assert spoken[:2] == ["A talk: small", "First: a=b; #1 &amp; &lt;x&gt;"]
    assert "Look &amp; listen --&gt; here." in spoken and "Now &lt;b&gt;." in spoken
    assert any("MSE overshoots by 4.16" in words for words in spoken)
    assert all(start < end <= later for (start, end, _), (later, *_) in pairwise(found))
    assert found[-1][1] <= ready.plan.count / 10
    pause = next(shown for shown in ready.plan.parts if shown.kind == "pause")
    assert (pause.start / 10, pause.end / 10) in [(start, end) for start, end, _ in found]
    plain = [(start, end, re.sub("&(amp|lt|gt);", lambda m: {"amp": "&", "lt": "<", "gt": ">"}[m[1]], words))
             for start, end, words in found]  # fmt: skip
    assert cues(made.with_suffix(".srt"), ",") == plain
    said = made.with_suffix(".transcript.txt").read_text(encoding="utf-8")
    assert "[00:00:03] First" in said and "Look & listen --> here." in said


def test_a_transcript_says_its_title_once(tmp_path):
    """As the title of the first chapter, not as words under it; a question needs no colon."""
    cards = Title("How large a step?", "Three scenes"), Title("Next", "Two: more"), Text("Nextdoor")
    lecture = named(Lecture((*cards, Scene(epochs=1, resolution=3)), "How large a step?"), {}, "lecture")
    done = prepared(lecture, Here(), cache=False)
    lines = captions.transcript(done.plan, done.scenes).splitlines()
    assert lines[:2] == ["[00:00:00] How large a step?", "Three scenes"]
    assert "Next: Two: more" in lines and "Nextdoor" in lines
    assert captions.cues(done.plan, done.scenes)[0].text == "How large a step? Three scenes"
    other = captions.transcript(replace(done.plan, lecture=lecture.replace(title="Steps")), done.scenes)
    assert (
        other.startswith("[00:00:00] Steps\n")
        and other.count("Steps") == 1
        and "How large a step? Three scenes" in other
    )


def test_the_poster_is_the_first_frame(ready, made):
    """The title, not faded."""
    with Image.open(made.with_suffix(".png")) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), ready.picture(0))
    assert ready.picture(0).max() > 200


def test_a_pause_stands_still_and_is_counted(ready):
    """In a scene for three seconds, at the first frame that shows the epoch; after it, on its last frame."""
    piece = ready.plan.pieces[1]
    frames = [frame.pixels.copy() for frame in ready.frames(piece) for _ in range(frame.periods)]
    still = [n for n, (one, other) in enumerate(pairwise(frames)) if np.array_equal(one, other)]
    longest = max(re.findall("s+", "".join("s" if n in still else "." for n in range(len(frames)))), key=len)
    assert len(longest) >= 30 and len(frames) == piece.edit.count
    assert np.array_equal(frames[-5], frames[-13]), "held for a second, but for the fade"
    assert not np.array_equal(frames[-1], frames[-5]) and frames[-1].std() < frames[-5].std()


def test_clips_begin_where_the_one_before_ended(ready):
    """From pause to pause, without the pauses, and without fades."""
    silent = ready.without_pauses()
    found = [(piece, [frame.pixels.copy() for frame in silent.frames(piece) for _ in range(frame.periods)])
             for piece in clips(silent)]  # fmt: skip
    assert [piece.shown.name for piece, _ in found] == ["title", "first", "first", "text", "last"]
    assert np.array_equal(found[1][1][-1], found[2][1][0])
    assert not np.array_equal(found[1][1][0], found[1][1][-1])
    assert all(len(frames) == piece.edit.count for piece, frames in found)


def test_only_what_changed_is_drawn_again(module, made, monkeypatch, write):
    """One scene of a lecture; another line in the file, or another title of the film, is no change."""
    drawn, draw = [], encoding._draw

    def seen(ready, piece, *rest):
        drawn.append(piece.shown.name)
        draw(ready, piece, *rest)

    monkeypatch.setattr(encoding, "_draw", seen)

    def film(source: str, cache: bool = True) -> list[str]:
        drawn.clear()
        ((_, lecture),) = read(write(source, "talk.py")).chosen(())
        render_lecture(prepared(lecture, Here(), cache), [Target(made, "mp4")])
        return list(drawn)

    assert film(text()) == []
    assert film("# a comment\n" + text().replace('"Talk"', '"Other"')) == []
    assert film(text(epochs=8)) == ["last"]
    assert film(text().replace("Now", "Then")) == ["text"]
    assert film(text().replace("listen", "hear")) == [], "captions only"
    assert film(text(), cache=False) == ["title", "first", "text", "last"]
    assert film(text(), cache=True) == []


def test_the_command_line_films_a_lecture(animgd, write):
    """The film, what stands beside it, and its data; all parts add up."""
    done = animgd(write(text(), "talk.py"), "-f", "mp4,json")
    assert (done.status, [Path(line).name for line in done.out]) == (0, ["talk.mp4", "talk.json"]), done.err
    assert done.made == sorted([*(f"talk{suffix}" for suffix in BESIDE), "talk.json"])
    found = json.loads((done.folder / "talk.json").read_text())
    assert [part["kind"] for part in found["parts"]] == ["title", "scene", "pause", "text", "scene"]
    assert found["frames"] == sum(part["frames"] for part in found["parts"])
    assert all(part["first_frame"] + part["frames"] == later["first_frame"] for part, later in pairwise(found["parts"]))
    scene = found["parts"][1]
    assert scene["name"] == "first" and len(scene["scene"]["epoch_of_frame"]) == scene["frames"]
    assert sorted(scene["scene"]["epoch_of_frame"]) == scene["scene"]["epoch_of_frame"]


def test_a_dry_run_prints_the_plan(animgd, write):
    """Parts with times and frames, and chapters; nothing is written."""
    done = animgd(write(text(), "talk.py"), "--dry-run")
    assert done.status == 0 and not done.made
    assert [line.split()[-1] for line in done.out[1:]] == ["Talk", "<x>", "pause", "text", "Last"]
    told = json.loads(animgd(write(text(), "talk.py"), "--dry-run", "--json").out[0])
    assert told["frames"] == sum(part["frames"] for part in told["parts"]) and len(told["chapters"]) == 3


def test_pieces_and_frames_from_the_command_line(animgd, write):
    """--clips, --frame, --duration, --resume, and one scene as a GIF."""
    path = write(text(), "talk.py")
    done = animgd(path, "--clips")
    assert done.made == [
        f"talk-0{n}-{name}.mp4" for n, name in enumerate(["title", "first", "first", "text", "last"], 1)
    ]
    assert all(len(decoded(Path(line)).times) > 5 for line in done.out)
    assert animgd(path, "--frame", "-1", "--json").status == 0
    told = json.loads(animgd(path, "--duration", "18", "--json").out[0])
    assert told["duration"] == 18 and told["frames"] == 180
    before = (done.folder / "talk.mp4").stat().st_mtime_ns
    assert animgd(path, "--duration", "18", "--resume").status == 0
    assert (done.folder / "talk.mp4").stat().st_mtime_ns == before
    assert animgd(path, "last", "-f", "gif", "--size", "320x180").status == 0
    with Image.open(done.folder / "talk-last.gif") as picture:
        assert picture.size == (320, 180) and picture.n_frames > 5


def test_slides_have_a_clip_each_and_the_words_of_pauses(animgd, write):
    """Nothing else is left in the folder; a scene alone has no slides."""
    pptx = pytest.importorskip("pptx")
    source = text().replace("Text(", "Pause('And here.'), Text(").replace('b>."), last', 'b>."), Loop(last)')
    done = animgd(write(source, "talk.py"), "--slides", "html,pptx")
    assert (done.status, done.made) == (0, ["talk.html", "talk.pptx"]), done.err
    page = (done.folder / "talk.html").read_text(encoding="utf-8")
    assert page.count("<section") == 5
    assert re.findall(r'<aside class="notes">([^<]*)', page) == ["Look &amp; listen --&gt; here.\nAnd here."]
    deck = pptx.Presentation(str(done.folder / "talk.pptx"))
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides]
    assert notes == ["", "", "Look & listen --> here.\nAnd here.", "", ""]
    assert " loop " in page.rpartition("<video")[2].partition("poster")[0]
    done = animgd(write(source, "talk.py"), "last", "--slides", "html")
    assert done.status == 2 and "--slides is for lectures" in done.err[0]


ODD = {  # what a text can hold and no file should: what stands there instead
    '"Talk"': r'"Ta\x1b[31mlk\n2\x00\ud800 $x^2$"',
    '"First: a=b; #1 & <x>"': r'"Fi\x07rst\n2"',
    '"Look & listen --> here."': r'"Look\x00 & \ud800listen\nhere"',
    '"Last"': r'"Last\ufffe"',
    'title="Talk"': r'title="Talk", names=("a", "../b\n2", "c", "d", "e\x1b")',
}


def test_odd_characters_reach_no_file_and_no_line(animgd, write):
    """Control characters, half characters and line breaks in titles, names and words, as in the film."""
    pptx = pytest.importorskip("pptx")
    source = text()
    for plain, odd in reversed(ODD.items()):
        source = source.replace(plain, odd)
    done = animgd(write(source, "talk.py"), "--slides", "html,pptx")
    assert (done.status, done.made) == (0, ["talk.html", "talk.pptx"]), done.err
    deck = pptx.Presentation(str(done.folder / "talk.pptx"))
    assert deck.core_properties.title == "Ta [31mlk 2 x²"
    assert [film.name for slide in deck.slides for film in slide.shapes][1:] == ["Fi rst 2"] * 2 + ["Now <b>.", "Last"]
    assert deck.slides[2].notes_slide.notes_text_frame.text == "Look & listen\nhere"
    page = (done.folder / "talk.html").read_text(encoding="utf-8")
    assert "<title>Ta [31mlk 2 x²</title>" in page
    assert re.findall(r'<aside class="notes">([^<]*)', page) == ["Look &amp; listen\nhere"]
    plan = animgd(write(source, "talk.py"), "--dry-run").out
    assert len(plan) == 6 and all(line.isprintable() for line in plan)
    assert plan[1].endswith("chapter: Ta [31mlk 2 x²") and r"scene ../b\n2  chapter: Fi rst 2" in plan[2]
    made = {Path(line).name for line in animgd(write(source, "talk.py"), "--clips").out}
    assert made == {f"talk-0{n}-{name}.mp4" for n, name in enumerate(["a", "-b-2", "-b-2", "d", "e-"], 1)}


def test_several_processes_make_the_same_film(animgd, write, made):
    """Byte for byte, and so are clips."""
    done = animgd(write(text(), "talk.py"), "-j", "2", "--no-cache")
    assert done.status == 0, done.err
    assert decoded(done.folder / "talk.mp4").hashes == decoded(made).hashes


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--clips", "--slides", "html"], "--clips has files of its own: remove --slides"),
        (["--slides", "html", "-f", "mp4"], "--slides has files of its own: remove -f"),
        (["--slides", "html", "--frame", "3"], "--slides has files of its own: remove --frame"),
        (["--clips", "-o", "talk.mp4"], "--clips has files of its own: remove -o talk.mp4"),
        (
            ["-f", "gif"],
            "a lecture (talk) is mp4 or json; film one of its scenes alone, by its name: first, last",
        ),
        (["--max-size", "1MB"], "--max-size: a lecture (talk) does not take it"),
        (["--for", "x"], "--for: a lecture (talk) does not take it"),
        (["--at", "3"], "--at: a lecture (talk) does not take it"),
        (["--duration", "3"], "--duration 3: its cards, holds and pauses take longer: the shortest is"),
        (["--size", "321x180"], "MP4 needs an even width and height"),
        (["--size", "64x36"], "too small"),
        (["--frame", "9999"], "--frame 9999: the film has frames 0 to"),
    ],
)
def test_what_a_lecture_cannot_be_is_one_line(animgd, write, options, said):
    """And nothing is made."""
    done = animgd(write(text(), "talk.py"), *options)
    assert done.status == 2 and len(done.err) == 1 and said in done.err[0]
    assert ": remove" not in said or done.err[0].endswith(said)
    assert not done.made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("last)", "last, lecture_of_lectures)"), "talk.py:6: NameError"),
        (("optimizer=SGD(lr=0.1, momentum=0.9)", "optimizer=Optimizer('Adam', lr=0.1, odd=3)"), "talk.py:5"),
        (('losses=("MSELoss",), epochs=20', "losses=(lambda p, t: 1 / 0,), epochs=20"), "talk.py:5"),
        (("Now <b>.", "word " * 400), "talk.py:6: Text: too many words"),
    ],
)
def test_a_part_that_fails_leaves_what_was_there(animgd, write, change, said):
    """The film before it and its captions, and no temporary file."""
    path = write(text(), "talk.py")
    old = animgd(path).folder
    before = {file.name: file.read_bytes() for file in old.iterdir()}
    source = text().replace(*change)
    assert source != text()
    done = animgd(write(source, "talk.py"))
    assert done.status == 2 and len(done.err) == 1 and said in done.err[0], done.err
    assert {file.name: file.read_bytes() for file in old.iterdir()} == before


@pytest.mark.long
@pytest.mark.parametrize("after", [0.0, 0.4, 1.0])
def test_a_killed_program_leaves_what_was_there(write, tmp_path, python, after):
    """kill -9 in the middle of the pieces: the next run sweeps, and makes the same film."""
    path, folder = write(text(), "talk.py"), tmp_path / "films"
    assert python("-m", "animgd", "-o", folder, path).returncode == 0
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    command = [os.sys.executable, "-m", "animgd", "--no-cache", "-o", str(folder), str(path)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)})
    while process.poll() is None and not any(name.name.endswith(".part") for name in folder.iterdir()):
        time.sleep(0.01)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(".part")}
    assert kept.keys() == before.keys()
    assert python("-m", "animgd", "-o", folder, path).returncode == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


CANVAS = """async ([film, time]) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = film;
  await new Promise((done, failed) => { video.onloadeddata = done; video.onerror = failed; });
  video.currentTime = time;
  await new Promise(done => { video.onseeked = done; });
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const paper = canvas.getContext("2d");
  paper.drawImage(video, 0, 0);
  return [video.duration, Array.from(paper.getImageData(0, 0, canvas.width, canvas.height).data)];
}"""


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs the Debian package chromium")
def test_a_browser_finds_the_chapters(ready, made):
    """Chromium plays the film, lasts as long, and a seek to a chapter shows the first frame of its scene."""
    sync = pytest.importorskip("playwright.sync_api")
    film = "data:video/mp4;base64," + b64encode(made.read_bytes()).decode()
    with sync.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        for _, start, _ in chapters(made):
            frame = int(start * 10)
            duration, data = page.evaluate(CANVAS, [film, float(start) + 0.01])
            picture = np.array(data, np.uint8).reshape(180, 320, 4)[..., :3].astype(int)
            near = [np.abs(picture - ready.picture(frame + n)).mean() for n in (-2, 0, 2) if frame + n >= 0]
            assert min(near) == near[-2] and near[-2] < 4
            assert abs(duration - ready.plan.count / 10) < 1e-3
        browser.close()


@pytest.mark.long
def test_a_stopped_program_ends_its_workers(tmp_path):
    """SIGTERM while two processes encode: no process, no temporary file, no film."""
    program = Program(tmp_path)
    module = program.write("talk.py", text(epochs=400).replace("width=320, height=180", "width=1280, height=720"))
    with program.start("-j", "2", "--no-cache", module) as process:
        while process.poll() is None and not list(program.films.glob(".*.part/*.mp4")):
            time.sleep(0.02)
        time.sleep(1.0)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert program.ended(process, time.monotonic(), 60).status == 128 + signal.SIGTERM
    assert not list(program.films.iterdir())


@pytest.mark.long
def test_a_lost_worker_is_one_line(tmp_path):
    """Killed while it encodes: status 1, and nothing is left."""
    program = Program(tmp_path)
    module = program.write("talk.py", text(epochs=400).replace("width=320, height=180", "width=1280, height=720"))
    with program.start("-j", "2", "--no-cache", module) as process:
        while process.poll() is None and not list(program.films.glob(".*.part/*.mp4")):
            time.sleep(0.02)
        time.sleep(0.5)
        encoding = [
            int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _is_worker(path, process.pid)
        ]
        os.kill(encoding[0], signal.SIGKILL)
        result = program.ended(process, time.monotonic(), 60)
    assert result.status == 1 and len(result.err) == 1 and "was lost" in result.err[0], result.err
    assert not list(program.films.iterdir())


def _is_worker(stat: Path, program: int) -> bool:
    """Whether a process is the parent of an ffmpeg, and a descendant of the program but not the program."""
    try:
        number = int(stat.parent.name)
        children = (stat.parent / "task" / str(number) / "children").read_text().split()
        named = any("ffmpeg" in Path(f"/proc/{child}/cmdline").read_text() for child in children)
        parents = []
        while number > 1:
            number = int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
            parents.append(number)
    except OSError:
        return False
    return named and program in parents
