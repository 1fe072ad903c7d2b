"""`animgd watch`: shows a scene again whenever it is saved, first as a still, then as a draft film."""

from __future__ import annotations

import argparse
import os
import time
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn

from animgd.cli import jobs, reports
from animgd.cli.filming import unstarted
from animgd.cli.options import Options, options
from animgd.errors import AnimgdError, SceneError, UsageError, printable
from animgd.output import preflight
from animgd.output.atomic import sweep
from animgd.output.recorder.author import Author, AuthorRecorder
from animgd.output.watch.page import Page
from animgd.output.watch.saves import Saves
from animgd.output.watch.worker import Worker
from animgd.processes.child import alive, kill_all
from animgd.processes.context import stopping
from animgd.processes.family import kill_family
from animgd.scene.scene import Scene

if TYPE_CHECKING:
    from animgd.cli.main import Console

PATIENCE = 10.0  # seconds that a scene module may run, unless --scene-timeout says otherwise
QUIET = 0.2  # seconds: an error of a file that is saved again within them is not told, since it was half saved
OFTEN = 0.1  # seconds between two words about progress
NOT_HERE = ("frame", "format", "loop", "colors", "gif_size", "gif_fps", "max_size", "place", "clips", "slides",
            "dry_run", "json", "resume", "suffix")  # fmt: skip


def run(given: argparse.Namespace, console: Console, apart: bool) -> NoReturn:
    """Watch until a signal ends the program. Raises: UsageError, SceneError, OutputError."""
    for name in NOT_HERE:
        if getattr(given, name):
            option = "for" if name == "place" else name.replace("_", "-")
            raise UsageError(f"watch does not take --{option}: it makes a still and a draft film")
    wanted = options(given)
    if len(wanted.modules) != 1 or len(wanted.modules[0].names) > 1 or wanted.file or len(wanted.at or ()) > 1:
        raise UsageError("watch: expected one scene module, and at most one name, one epoch --at, and a folder -o")
    file = wanted.modules[0].path
    if not os.path.exists(file):  # noqa: PTH110 - a Path raises for some names; one that vanishes later is waited for
        raise SceneError("scene module not found", str(file))
    console.quiet, console.folder = wanted.quiet, wanted.output
    preflight.folder(wanted.output)
    stopping.clear()
    woken = Event()
    page = Page(woken.set)
    watch = _Watch(wanted, console, page, float(given.patience or PATIENCE), woken)
    try:
        console.tell("err", f"animgd: watching {printable(str(file))}: {page.address}")
        if wanted.open:
            console.open(page.address)
        watch.forever()
    finally:
        page.close()
        watch.worker.close()
        sweep(wanted.output, kill_all())


class _Watch:
    """What is watched, and by whom it is filmed."""

    def __init__(self, wanted: Options, console: Console, page: Page, patience: float, woken: Event) -> None:
        self._wanted, self._console, self._page, self._patience = wanted, console, page, patience
        self._module = wanted.modules[0]
        self._author: Author | None = None
        self._file = os.path.abspath(self._module.path)  # noqa: PTH100 - the folder may be gone
        self._saves = Saves(self._file, self._interrupt)
        self.worker = Worker(self._saves.saved)
        self._woken = woken  # by a save, or by the page
        self._run = 0
        self._shown: _Told | None = None  # what the page shows, if it was drawn to the end
        self._look: str | float | None = None  # the epoch of the last still
        self._made: set[str] = set()  # what stdout has

    def forever(self) -> NoReturn:
        """Film now, and again on every save."""
        while True:
            self._once()
            while not self._saves.saved.is_set():
                if self._shown and self._page.look not in (None, self._look):
                    self._look_again(self._shown)
                else:
                    self._woken.wait(0.5)
                    self._woken.clear()
                if self._saves.gone.is_set():
                    self._saves.gone.clear()
                    gone = "the scene module was deleted or renamed: watch goes on when it is saved under this name"
                    self._complain(SceneError(gone, str(self._module.path)))

    def _interrupt(self) -> None:
        """End the author process: there is a newer save. Called from another thread."""
        self._woken.set()
        author = self._author
        if author and author.child in alive:
            kill_family(author.child.pid)

    def _once(self) -> None:
        began, self._run, self._shown = self._saves.begin(), self._run + 1, None
        self._page.show(run=self._run, status=f"running {self._module.path.name}")
        files: list[str] = [self._file]
        try:
            files += self._film()
        except Exception as error:  # the next save may mend it
            if not self._saves.saved.wait(QUIET):
                known = unstarted(error) if isinstance(error, OSError) else reports.told(error, self._module.path.stem)
                self._complain(known)
        finally:
            if self._author:
                files += self._author.files
                self._author.child.close()
            self._author = None
            self._saves.follow(files, began)

    def _film(self) -> list[str]:
        """Run the module and have its scene filmed; returns files that were read late. Raises: AnimgdError, OSError."""
        names = self._module.names or None
        self._author = Author(self._module.path, names, self._patience, several=True, settings=self._wanted.settings)
        found = self._author.scenes()
        number = next((n for n, (_, film) in enumerate(found) if isinstance(film, Scene)), None)
        if number is None:
            raise UsageError(f"{self._module.path} has lectures only: watch shows a scene; bind one of them to a name")
        name, film = found[number]
        scene = jobs.changed(film, self._wanted)
        assert isinstance(scene, Scene)
        stem = jobs.stem(self._module, name, film)
        self._tell_choice(name, [each for each, film in found if isinstance(film, Scene)])
        still, film_path = (self._wanted.output / f"{stem}-watch{suffix}" for suffix in (".png", ".mp4"))
        self._page.files = {"/still.png": still, "/film.mp4": film_path}
        at = self._wanted.at[0] if self._wanted.at else None
        self._look = at if self._page.look is None else self._page.look
        job = {"still": str(still), "film": str(film_path), "cache": self._wanted.cache, "said": self._wanted.said,
               "look": self._look}  # fmt: skip
        told = _Told(self, stem, {"still": str(still), "film": str(film_path)})
        self._page.show(name=stem)
        preflight.folder(self._wanted.output)  # it may have been removed
        late = self.worker.make(scene, job, AuthorRecorder(self._author, number, told.training), told)
        self._shown = told
        return list(late)

    def _look_again(self, told: _Told) -> None:
        """Show another epoch of the scene in full size."""
        self._look = self._page.look
        try:
            self.worker.look({"still": told.paths["still"], "look": self._look}, told.look)
        except (AnimgdError, OSError):  # the film is there
            self._shown = None

    def _tell_choice(self, name: str, others: list[str]) -> None:
        if len(others) > 1 and self._run == 1 and not self._wanted.quiet:
            names = ", ".join(printable(each) for each in others if each != name)
            self._console.tell(
                "err", f"animgd: it has several scenes: showing {printable(name)}; or name one of {names}"
            )

    def _complain(self, error: AnimgdError) -> None:
        reports.complain(error, self._wanted.verbose, self._console.tell)
        self._page.show(status="", error={"where": error.origin or "", "text": printable(str(error.args[0]))})


class _Told:
    """Passes on what the worker tells: to the page, and to the terminal."""

    def __init__(self, watch: _Watch, name: str, paths: dict[str, str]) -> None:
        self._watch, self._name, self.paths = watch, name, paths
        self._page, self._console, self._run = watch._page, watch._console, watch._run
        self._since, self._took, self._last = watch._saves.at, dict[str, float](), 0.0
        self._frame = self._looks = 0

    def __call__(self, kind: str, value: Any) -> None:
        """Tell one message."""
        if self._watch._saves.saved.is_set():
            return
        if kind == "bar":
            self._progress(*value)
            return
        self._took[kind] = time.monotonic() - self._since
        if kind == "still":
            self._frame = value["frame"]
            changes = {"error": None, "warnings": value.pop("warnings"), "status": "drawing the film"}
            self._page.show(still={**value, "number": str(self._run), "run": self._run}, **changes)
        else:
            took = f"still after {self._took['still']:.2f} s, film after {self._took['film']:.2f} s"
            film = {**value, "run": self._run, "frame": self._frame}
            self._page.show(film=film, status=took)
            if not self._watch._wanted.quiet:
                self._console.tell("err", f"animgd: {reports.plain(self._name)}: {took}")
        if self.paths[kind] not in self._watch._made:
            self._watch._made.add(self.paths[kind])
            self._console.tell("out", self.paths[kind])

    def look(self, kind: str, value: Any) -> None:
        """Tell another still of the same scene."""
        self._looks += 1
        self._page.show(still={**value, "number": f"{self._run}.{self._looks}", "run": self._run})

    def training(self, done: int, count: int) -> None:
        """Tell the progress of the author process."""
        self._progress("training", done, count)

    def _progress(self, phase: str, done: int, count: int) -> None:
        self._console.tell("bar", (phase, self._name, done, count))
        now = time.monotonic()
        if now - self._last >= OFTEN:
            self._last = now
            self._page.show(status=f"{phase}: {done} of {count}")
