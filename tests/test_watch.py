"""`animgd watch`: what it makes on a save, how it takes errors, and what its server refuses."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from animgd import load, still
from animgd.output.watch import page as pages
from animgd.output.watch.page import Page
from animgd.output.watch.saves import GONE, OFTEN, Saves
from animgd.output.watch.worker import serve
from animgd.processes.message import Message
from animgd.scene.module import transfer
from tests.decoded import seen
from tests.rig import count, whole
from tests.test_children import tree
from tests.watched import Watched, scene

NAMES = ("/still.png", "/film.mp4")


# -- the server


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A page with two files, beside another one that is not its own."""
    made = Page()
    for name in ("still.png", "film.mp4", "secret.txt"):
        (tmp_path / name).write_bytes(name.encode())
    made.files = {name: tmp_path / name[1:] for name in NAMES}
    yield made
    made.close()


def ask(page: Page, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """The status and the body of an answer; headers are sent as they are given."""
    port = int(page.address.rpartition(":")[2].strip("/"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    sent = {"Host": f"127.0.0.1:{port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body is not None:
        sent["Content-Length"] = str(len(body))
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_the_server_has_a_page_and_its_files(page: Page) -> None:
    """The page, a picture, a film; nothing else that lies beside them or anywhere."""
    assert ask(page, "/")[1] == pages.PAGE.read_bytes()
    for name in NAMES:
        assert ask(page, f"{name}?17") == (200, name[1:].encode())
    for path in ("/secret.txt", "/../secret.txt", "/still.png/../secret.txt", "/%2e%2e/secret.txt", "//etc/passwd",
                 "/page.html", "/still.png%00", "still.png", "http://127.0.0.1/secret.txt", "/look"):  # fmt: skip
        assert ask(page, path) == (404, b""), path
    page.files = {}
    assert ask(page, "/still.png")[0] == 404


def test_the_server_answers_its_own_page_only(page: Page) -> None:
    """Another site's page reaches it by no name and from no frame, and no other computer reaches it at all."""
    port = page.address.rpartition(":")[2].strip("/")
    for host in ("example.org", f"example.org:{port}", "127.0.0.1", f"127.0.0.1:{int(port) - 1}", "", f"[::1]:{port}"):
        for path in ("/", "/news", "/still.png"):
            assert ask(page, path, Host=host) == (403, b""), (host, path)
    assert ask(page, "/film.mp4", Sec_Fetch_Site="cross-site") == (403, b"")
    assert ask(page, "/", Host=f"localhost:{port}", Sec_Fetch_Site="same-origin")[0] == 200
    assert page._server.server_address[0] == "127.0.0.1"
    others = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None)} - {"127.0.0.1", "::1"}
    for other in (each for each in others if not each.startswith("127.")):
        with pytest.raises(OSError):
            socket.create_connection((other, int(port)), timeout=2)


def test_what_the_page_tells_is_a_number_or_nothing(page: Page) -> None:
    """The epoch that is looked at, from its own page only; nonsense is nothing."""
    origin = page.address.strip("/")
    assert ask(page, "/look", "POST", b"14.5", Origin=origin) == (204, b"") and page.look == 14.5
    for headers in ({}, {"Origin": "http://example.org"}, {"Origin": origin, "Host": "example.org"}):
        assert ask(page, "/look", "POST", b"3", **headers)[0] == 403
    assert ask(page, "/look", "POST", b"9" * 100, Origin=origin)[0] == 403
    assert ask(page, "/elsewhere", "POST", b"3", Origin=origin)[0] == 403
    assert ask(page, "/", "PUT", b"3", Origin=origin)[0] == 501
    assert page.look == 14.5
    for text, look in (
        (b'"end"', "end"),
        (b"oops", None),
        (b"7", 7.0),
        (b"NaN", None),
        (b"true", None),
        (b"[1]", None),
    ):
        assert ask(page, "/look", "POST", text, Origin=origin)[0] == 204
        assert page.look == look, text


def test_news_come_at_once(page: Page) -> None:
    """The state when one asks, every change, and the end."""
    page.show(name="a", text="on\none line")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", page._server.server_port, timeout=10)) as wire:
        wire.request("GET", "/news")
        news = wire.getresponse()

        def told() -> dict[str, Any]:
            line = next(line for line in news if line.startswith(b"data: "))
            return json.loads(line[6:])

        assert told()["text"] == "on\none line"
        page.show(name="b")
        assert told()["name"] == "b"
        page.close()
        assert told()["ended"] and news.read().strip() == b""


def test_a_port_that_is_taken(page: Page) -> None:
    """A second program takes another one."""
    second = Page()
    assert second.address != page.address and ask(second, "/")[0] == 200
    second.close()


# -- noticing saves


@pytest.fixture
def saves(tmp_path: Path) -> Iterator[tuple[Saves, Path]]:
    """A file that is watched."""
    file = tmp_path / "scene.py"
    file.write_text("first")
    watching = Saves(str(file), lambda: None)
    watching.follow([str(file)], watching.begin())
    yield watching, file


def replaced(file: Path, text: str) -> None:
    """Save as editors do that write another file first; the old one's time is kept."""
    before = file.stat()
    new = file.with_name("new")
    new.write_text(text)
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(file)


WAYS: dict[str, Callable[[Path], object]] = {
    "written": lambda file: file.write_text("again"),
    "written with the same length": lambda file: file.write_text("other"),
    "replaced by a file of the same time and length": lambda file: replaced(file, "other"),
    "touched": lambda file: os.utime(file, (1, 1)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_save_is_noticed_once(saves: tuple[Saves, Path], way: str) -> None:
    """However an editor does it, and soon."""
    watching, file = saves
    assert not watching.saved.wait(0.15)
    WAYS[way](file)
    assert watching.saved.wait(1)
    time.sleep(0.15)  # it may have been seen when it was empty
    watching.follow([], watching.begin())
    assert not watching.saved.wait(0.15)


def test_a_file_that_is_gone_is_about_to_come_back(saves: tuple[Saves, Path]) -> None:
    """Some editors delete it for a moment: that alone is no save."""
    watching, file = saves
    file.unlink()
    assert not watching.saved.wait(0.15)
    file.write_text("again")
    assert watching.saved.wait(1)


def test_a_module_that_stays_away_is_gone(saves: tuple[Saves, Path]) -> None:
    """Once; the same file under its old name again counts as saved, though nothing in it has changed."""
    watching, file = saves
    file.rename(file.with_name("other.py"))
    assert watching.gone.wait(5) and not watching.saved.is_set()
    watching.gone.clear()
    assert not watching.gone.wait(GONE * OFTEN + 0.5)
    file.with_name("other.py").rename(file)
    assert watching.saved.wait(5) and not watching.gone.is_set()


def test_files_that_a_scene_reads_count(saves: tuple[Saves, Path], tmp_path: Path) -> None:
    """Modules and data that it has read; a module that was saved while it ran; not what it writes itself."""
    watching, _ = saves
    module, data, own = (tmp_path / name for name in ("helper.py", "data.csv", "kept.npy"))
    for file in (module, data):
        file.write_text("first")
        os.utime(file, (1, 1))
    began = watching.begin()
    own.write_text("made by the scene")
    watching.follow(map(str, (module, data, own)), began)
    assert not watching.saved.wait(0.15)
    for file in (module, data):
        file.write_text("again")
        assert watching.saved.wait(1), file
        watching.follow([], watching.begin())
    began = watching.begin()
    data.write_text("by the scene")  # while it runs
    assert not watching.saved.wait(0.15)
    late = tmp_path / "late.py"
    late.write_text("saved after it was read")
    watching.follow([str(data), str(late)], began)
    assert watching.saved.is_set()
    watching.begin()
    watching.follow([], began)
    own.write_text("again")
    assert not watching.saved.wait(0.15)


def test_a_module_that_never_was_is_not_waited_for(animgd, tmp_path: Path) -> None:
    """Most likely its name has a typo."""
    done = animgd("watch", tmp_path / "nofile.py")
    assert (done.status, done.err) == (2, [f"animgd: {tmp_path / 'nofile.py'}: scene module not found"])
    assert not done.folder.exists()


# -- the worker


def picture(path: Path) -> np.ndarray:
    """The pixels of a PNG."""
    with Image.open(path) as image:
        return np.asarray(image)


class Wire:
    """The way to a worker in this process: what it gets, and what it says."""

    def __init__(self, *jobs: Message, stop: bool = False) -> None:
        self.waiting, self.said, self.stop, self.connection = list(jobs), [], stop, self
        self.said: list[Message]

    def poll(self) -> bool:
        return self.stop

    def receive(self) -> Message:
        if self.stop and not self.waiting:
            self.stop = False
            return Message("stop", None)
        if not self.waiting:
            raise EOFError
        return self.waiting.pop(0)

    def send(self, kind: str, value: Any = None, body: bytes = b"") -> None:
        self.said.append(Message(kind, value, body))

    def done(self, kind: str) -> Any:
        """What it said of this kind, once."""
        (found,) = [message.value for message in self.said if message.kind == kind]
        return found


def job(folder: Path, text: str, look: object = None) -> tuple[Any, Message]:
    """A scene, and what a worker is to make of it."""
    (folder / "scene.py").write_text(text)
    declared = load(folder / "scene.py")["scene"]
    made = {"still": str(folder / "s.png"), "film": str(folder / "s.mp4"), "cache": False, "said": [], "look": look,
            "code": ""}  # fmt: skip
    return declared, Message("make", made, transfer.packed([declared]).encode())


@pytest.mark.parametrize(("look", "epoch"), [(None, 4), ("end", 4), (2, 2), (1.5, 2), ("settled", 4), (99.0, 4)])
def test_the_still_shows_what_is_looked_at(tmp_path: Path, look: object, epoch: int) -> None:
    """The last frame, an epoch, a word for one; pixel for pixel that of the film in full size."""
    declared, work = job(tmp_path, scene(), look)
    wire = Wire(work)
    with pytest.raises(EOFError):
        serve(wire)  # type: ignore[arg-type]
    told = wire.done("still")
    assert (told["frame"], told["epoch"]) == (epoch, epoch)
    assert np.array_equal(picture(tmp_path / "s.png"), still(declared, frame=epoch))
    assert wire.done("film")["epochs"] == [0, 1, 2, 3, 4] and whole(tmp_path / "s.mp4", 5)


def test_another_epoch_of_the_same_scene(tmp_path: Path) -> None:
    """It is drawn without training or filming again; of a scene that failed, nothing is."""
    declared, work = job(tmp_path, scene())
    look = Message("look", {"still": work.value["still"], "look": 1})
    wire = Wire(work, look)
    with pytest.raises(EOFError):
        serve(wire)  # type: ignore[arg-type]
    kinds = [message.kind for message in wire.said if message.kind != "bar"]
    assert kinds == ["still", "film", "end", "still", "end"]
    assert np.array_equal(picture(tmp_path / "s.png"), still(declared, frame=1))
    _, wrong = job(tmp_path, scene(theme="dark").replace("width=320, height=240", "width=20, height=20"))
    wire = Wire(work, wrong, look)
    with pytest.raises(EOFError):
        serve(wire)  # type: ignore[arg-type]
    kinds = [message.kind for message in wire.said if message.kind != "bar"]
    assert kinds == ["still", "film", "end", "failed", "end"]


@pytest.mark.parametrize(("size", "draft"), [((1280, 720), (640, 360)), ((301, 721), (268, 640)), ((150, 90), None)])
def test_a_draft_is_small_and_even(tmp_path: Path, size: tuple[int, int], draft: tuple[int, int] | None) -> None:
    """At most 640 pixels, in the scene's proportions; a scene that is too small for its panels says so at its line."""
    video = f"video=Video({size[0]}, {size[1]}, 10, 10, 0, 0)"
    _, work = job(tmp_path, f"from animgd import *\nscene = Scene(epochs=2, losses=('MSELoss',), {video})\n")
    wire = Wire(work)
    with pytest.raises(EOFError):
        serve(wire)  # type: ignore[arg-type]
    if draft is None:
        assert wire.done("failed")["origin"] == f"{tmp_path}/scene.py:2"
    else:
        assert picture(tmp_path / "s.png").shape == (size[1], size[0], 3)
        assert seen(tmp_path / "s.mp4").size == draft


def test_a_newer_save_stops_the_worker(tmp_path: Path) -> None:
    """It leaves no file behind, and takes the next job."""
    _, work = job(tmp_path, scene(epochs="400").replace("epochs=4, ", ""))
    wire = Wire(work, stop=True)
    with pytest.raises(EOFError):
        serve(wire)  # type: ignore[arg-type]
    assert [message.kind for message in wire.said] == ["end"]
    assert [path.name for path in tmp_path.iterdir()] == ["scene.py"]


# -- the command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected one scene module"),
        (["a.py", "b.py"], "expected one scene module"),
        (["a.py", "x", "y"], "expected one scene module"),
        (["a.py", "-o", "film.gif"], "expected one scene module"),
        (["a.py", "--at", "1,2"], "expected one scene module"),
        (["a.py", "-f", "gif"], "watch does not take --format"),
        (["a.py", "--for", "mastodon"], "watch does not take --for"),
        (["a.py", "--dry-run"], "watch does not take --dry-run"),
    ],
)
def test_what_watch_does_not_take(animgd, words: list[str], said: str) -> None:
    """One line, at once."""
    done = animgd("watch", *words)
    assert done.status == 2 and len(done.err) == 1 and said in done.err[0]


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A program that watches a scene, for all of the tests that follow."""
    watched = Watched(tmp_path_factory.mktemp("loop"), "--scene-timeout", "4")
    watched.until(lambda state: "film" in state, seconds=60)
    yield watched
    watched.close()


def shown(loop: Watched) -> np.ndarray:
    """The picture of the still."""
    return picture(loop.films / "scene-watch.png")


@pytest.mark.long
@pytest.mark.parametrize("text", [scene(0.2), scene(0.2, "dark"), scene(0.2, "seed", losses="('L1Loss', 'MSELoss')")])
def test_a_save_is_a_still_and_a_film(loop: Watched, text: str) -> None:
    """Training, look, panels: the still is the last frame in full size, the film is whole, the names stay."""
    loop.film(text)
    last = load(loop.file)["scene"]
    assert np.array_equal(shown(loop), still(last))
    assert whole(loop.films / "scene-watch.mp4", 5)
    assert sorted(path.name for path in loop.films.iterdir()) == ["scene-watch.mp4", "scene-watch.png"]


WRONG = {  # what stands in line 2: the line that is named, and what is said
    "a name": ("oops", ":2", "NameError"),
    "syntax": ("x = (", ":2", "SyntaxError"),
    "a setting": ("SGD(lrr=1)", ":2", "no field 'lrr'"),
    "it hangs": ("while True: pass", ":2", "the scene module timed out after 4 s"),
    "it leaves": ("import os; os._exit(0)", ":2", "os._exit()"),
    "it crashes": ("import ctypes; ctypes.string_at(0)", ":2", "signal 11"),
    "no scene": ("Scene = dict", "", "no scene found"),
    "lectures only": ("scene = Lecture(parts=(Scene(),))\nScene = lambda **given: scene", "", "has lectures only"),
}


@pytest.mark.long
@pytest.mark.parametrize("what", WRONG)
def test_an_error_has_its_line_and_the_next_save_recovers(loop: Watched, what: str) -> None:
    """The last picture stays; when the scene is mended, the error goes."""
    line, where, said = WRONG[what]
    loop.film(scene(0.3))
    before = shown(loop)
    found = loop.error(scene(0.3, before=f"{line}\n"))
    assert found[0] in (f"scene.py{where}", "") and said in found[1]
    assert np.array_equal(shown(loop), before)
    mended = loop.film(scene(0.31))
    assert mended["error"] is None and not np.array_equal(shown(loop), before)


@pytest.mark.long
def test_a_folder_and_a_module_that_are_removed_come_back(tmp_path: Path) -> None:
    """The folder with the next save, the module when it is there again; both are told."""
    watched = Watched(tmp_path)
    watched.until(lambda state: "film" in state, seconds=60)
    shutil.rmtree(watched.films)
    watched.films.write_text("a file in its place")
    assert watched.error(scene(0.2))[1].startswith(f"cannot make the folder {watched.films}: File exists")
    watched.films.unlink()
    assert watched.film(scene(0.3))["error"] is None and whole(watched.films / "scene-watch.mp4", 5)
    number = len(watched.states)
    watched.file.rename(tmp_path / "other.py")
    found = watched.until(lambda state: state["error"], number)["error"]
    assert found["where"] == str(watched.file) and "was deleted or renamed" in found["text"]
    number = len(watched.states)
    (tmp_path / "other.py").rename(watched.file)
    watched.until(lambda state: state["error"] is None and state["film"]["run"] == state["run"], number)
    watched.close()


@pytest.mark.long
def test_own_code_that_hangs_or_fails(loop: Watched) -> None:
    """A loss of one's own is called in the author process: its line, and the next save recovers at once."""
    own = "import time\ndef own(predictions, targets):\n    {}\n    return (predictions - targets).abs().mean()\n"
    loop.film(scene(before=own.format("pass"), losses="(own,)"))
    assert loop.error(scene(before=own.format("time.sleep(60)"), losses="(own,)"))[0] == "scene.py:4"
    assert loop.error(scene(before=own.format("oops"), losses="(own,)"))[0] == "scene.py:4"
    loop.film(scene(before=own.format("'mended'"), losses="(own,)"))


@pytest.mark.long
def test_a_save_does_not_wait_for_what_hangs(loop: Watched) -> None:
    """A scene that is running is ended when a newer one is saved."""
    number = loop.save(scene(before="import time; time.sleep(60)\n"))
    loop.until(lambda state: "running" in state["status"], number)
    time.sleep(0.3)
    began = time.monotonic()
    state = loop.film(scene(0.4))
    assert time.monotonic() - began < 3 and state["error"] is None


@pytest.mark.long
def test_a_half_saved_scene_is_no_error(loop: Watched) -> None:
    """An editor that writes in two parts: nothing is said of the first one."""
    text, before, run = scene(0.5), len(loop.states), loop.run
    for half in (text[: len(text) // 2], "", text):
        loop.file.write_text(half)
        time.sleep(0.1)
    loop.until(lambda state: state.get("film", {"run": 0})["run"] > run, before)
    assert not any(state.get("error") for state in loop.states[before:])


@pytest.mark.long
def test_saves_one_upon_another(loop: Watched) -> None:
    """Saved while it is filmed: only the last one counts in the end, and no parts are left."""
    for number in range(8):
        loop.save(scene(0.1 + 0.01 * number, losses="('MSELoss', 'L1Loss')"))
        time.sleep(0.06 + 0.05 * number)
    loop.film(scene(0.55))
    assert np.array_equal(shown(loop), still(load(loop.file)["scene"]))
    assert loop.program.parts() == []


@pytest.mark.long
def test_one_scene_of_several(tmp_path: Path) -> None:
    """The first one unless one is named, with other settings; the files have its name."""
    text = scene().replace("scene =", "first =") + scene(0.3, "dark").replace("scene =", "second =")
    for words, name in (
        ((), "first"),
        (("second", "--set", "optimizer.lr=0.2", "--theme", "seed", "--at", "2"), "second"),
    ):
        watched = Watched(tmp_path / name, *words, text=text)
        state = watched.until(lambda state: "film" in state, seconds=60)
        assert (state["name"], state["still"]["epoch"]) == (f"scene-{name}", 2 if words else 4)
        found = load(watched.file)[name]
        if words:
            found = found.replace(lr=0.2, style=found.style.replace(theme="seed"))
        assert np.array_equal(picture(watched.films / f"scene-{name}-watch.png"), still(found, epoch=2 if words else 4))
        watched.process.terminate()
        done = watched.program.ended(watched.process, time.monotonic(), 20)
        assert any("showing first; or name one of second" in line for line in done.err) == (name == "first")


@pytest.mark.long
def test_a_scene_that_is_not_there_yet(tmp_path: Path) -> None:
    """It is an error until it is written; a file that a scene reads counts too."""
    watched = Watched(tmp_path, text="from animgd import *\nimport missing\n")
    assert "missing" in watched.until(lambda state: state.get("error"), seconds=60)["error"]["text"]
    watched.file.unlink()
    (watched.program.home / "rate.txt").write_text("0.2")
    read = "lr = float(open(__file__.replace('scene.py', 'rate.txt')).read())\n"
    watched.film(scene("lr", before=read))  # type: ignore[arg-type]
    before, run = picture(watched.films / "scene-watch.png"), watched.run
    time.sleep(0.3)
    (watched.program.home / "rate.txt").write_text("0.4")
    watched.until(lambda state: state.get("film", {"run": 0})["run"] > run)
    assert not np.array_equal(picture(watched.films / "scene-watch.png"), before)
    watched.close()


@pytest.mark.long
def test_a_module_that_the_scene_imports(loop: Watched) -> None:
    """Saving it films the scene again, also when it is what was wrong."""
    loop.save("LR = 0.2\n", "helper.py")
    loop.film(scene("helper.LR", before="import helper\n"))  # type: ignore[arg-type]
    before, run = shown(loop), loop.run
    number = loop.save("LR = 0.9\n", "helper.py")
    loop.until(lambda state: state.get("film", {"run": 0})["run"] > run, number)
    assert not np.array_equal(shown(loop), before)
    number = loop.save("LR = \n", "helper.py")
    error = loop.until(lambda state: state["error"], number)["error"]
    assert "helper.py" in error["where"] + error["text"]
    number, run = loop.save("LR = 0.2\n", "helper.py"), loop.run
    loop.until(lambda state: state.get("film", {"run": 0})["run"] > run, number)
    assert np.array_equal(shown(loop), before)


def worker_of(watched: Watched) -> int:
    """The process of the worker: the youngest, when the author's has ended."""
    time.sleep(0.5)
    stats = {pid: Path(f"/proc/{pid}/stat").read_text() for pid in tree(watched.program, watched.process.pid)}
    return max(stats, key=lambda pid: int(stats[pid].rpartition(")")[2].split()[19]))  # when it started


@pytest.mark.long
def test_a_worker_that_is_killed_is_replaced(loop: Watched) -> None:
    """Its save is lost, and says so; the next one is filmed by a new one."""
    loop.film(scene(0.6))
    os.kill(worker_of(loop), signal.SIGKILL)
    assert "the process that draws was killed by signal 9" in loop.error(scene(0.61))[1]
    loop.film(scene(0.62))


@pytest.mark.long
@pytest.mark.parametrize(
    ("when", "number"), [(when, signal.SIGINT) for when in ("idle", "filming", "running")] + [("idle", signal.SIGTERM)]
)
def test_a_signal_ends_it_clean(tmp_path: Path, number: int, when: str) -> None:
    """Status 128 + n, nothing lives, no parts; stdout has the two names once, and a page is told."""
    watched = Watched(tmp_path)
    watched.until(lambda state: "film" in state, seconds=60)
    watched.film(scene(0.2))
    if when == "filming":
        seen = watched.save(scene(epochs="2000").replace("epochs=4, ", ""))
        watched.until(lambda state: state["status"].startswith("drawing: "), seen)
    elif when == "running":
        seen = watched.save(scene(before="import time; time.sleep(60)\n"))
        watched.until(lambda state: "running" in state["status"], seen)
    watched.process.send_signal(number)
    done = watched.program.ended(watched.process, time.monotonic(), 20)
    assert done.status == 128 + number and done.seconds < 2
    assert done.out == [str(watched.films / f"scene-watch.{kind}") for kind in ("png", "mp4")]
    assert not any("Traceback" in line for line in done.err)
    assert watched.program.parts() == [] and watched.until(lambda state: state.get("ended"))


def resident(pid: int) -> float:
    """The memory of a process. Units: MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


@pytest.mark.long
def test_memory_stays_flat(tmp_path: Path) -> None:
    """Over many edits of training and look, neither the program nor its worker grows, but for its bounded caches."""
    watched = Watched(tmp_path)
    watched.until(lambda state: "film" in state, seconds=60)
    sizes, edits, worker = [], count(50, 500), worker_of(watched)
    for number in range(edits):
        watched.film(scene(0.1 + 0.002 * number, ("light", "dark")[number % 2], losses="('MSELoss', 'L1Loss')"))
        if number % (edits // 5) == edits // 5 - 1:
            sizes.append((resident(watched.process.pid), resident(worker)))
    watched.close()
    for kind in zip(*sizes, strict=True):
        assert max(kind[1:]) - kind[0] < 4 + 0.02 * edits, sizes  # of texts, such as each learning rate
