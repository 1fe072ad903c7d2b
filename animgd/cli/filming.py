"""Films scene modules: one in this process, several in film workers, some at a time.

An author process for each module runs its code; a film is made of data only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from animgd import system
from animgd.cli import jobs
from animgd.cli.jobs import NamedScene, Summary, Tell
from animgd.cli.options import ModuleRequest, Options
from animgd.errors import AnimgdError, RenderError
from animgd.output.atomic import sweep
from animgd.output.recorder.author import AskingRecorder, Author, AuthorRecorder, called
from animgd.processes.child import Child, Lost, kill_all
from animgd.processes.message import Channel
from animgd.scene.module import transfer

Films = Callable[[NamedScene, AuthorRecorder, Tell], Summary]


def film(modules: Sequence[ModuleRequest], options: Options, tell: Tell) -> Summary:
    """Film each module. Raises: RenderError: no process can be started."""
    try:
        if len(modules) == 1:
            return _film(modules[0], options, tell, _films_here(options), several=False)
        return _film_several(modules, options, tell)
    except OSError as error:
        raise _unstarted(error) from error
    finally:
        kill_all()
        sweep(options.output)  # a process that was killed could not, nor one that a signal stopped at the wrong moment


def _unstarted(error: OSError) -> RenderError:
    return RenderError(f"cannot start a worker process: {error.strerror or error}; try a smaller -j")


def _film(module: ModuleRequest, options: Options, tell: Tell, films: Films, several: bool) -> Summary:
    """Film the scenes of a module one after the other. Raises: OSError."""
    tell("bar", ("importing", module.path.stem, 0, 0))
    author = Author(module.path, module.names, options.patience, several)
    try:
        scenes = jobs.checked(author.scenes(), module, options)
    except AnimgdError as error:
        return jobs.failed(Summary(), error, options, tell)
    summary = Summary()
    for number, named in enumerate(scenes):
        summary.add(films(named, AuthorRecorder(author, number, _progress(named, tell)), tell))
    author.child.close()
    return summary


def _progress(named: NamedScene, tell: Tell) -> Callable[[int, int], None]:
    return lambda done, count: tell("bar", ("training", named.name, done, count))


def _films_here(options: Options) -> Films:
    return lambda named, recorder, tell: jobs.film_scene(named, options, tell, recorder)


def _film_several(modules: Sequence[ModuleRequest], options: Options, tell: Tell) -> Summary:
    """Film modules, `options.jobs` at a time, and report their events in the order of the modules."""
    waiting: SimpleQueue[int | None] = SimpleQueue()
    events: SimpleQueue[tuple[int, str, Any]] = SimpleQueue()
    ended = Event()
    for number in [*range(len(modules)), *[None] * options.jobs]:
        waiting.put(number)

    def work() -> None:
        films = FilmWorker(options)
        while (number := waiting.get()) is not None:
            report = partial(_put, events, number)
            try:
                summary = _film(modules[number], options, report, films, several=True)
            except OSError as error:
                summary = jobs.failed(Summary(), _unstarted(error), options, report)
            report("end", summary)
        ended.wait()  # Linux kills a fork server when the thread that has started it ends

    threads = [Thread(target=work, daemon=True) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    try:
        return _in_order(len(modules), events, tell)
    finally:
        ended.set()
        with contextlib.suppress(Empty):
            while True:
                waiting.get_nowait()


def _put(events: SimpleQueue[tuple[int, str, Any]], number: int, kind: str, value: Any) -> None:
    events.put((number, kind, value))


def _in_order(count: int, events: SimpleQueue[tuple[int, str, Any]], tell: Tell) -> Summary:
    """Report the events of the first unfinished module; those of later modules wait for their turn."""
    summary = Summary()
    kept: list[list[tuple[str, Any]]] = [[] for _ in range(count)]
    for current in range(count):
        for kind, value in kept[current]:
            if kind != "end":
                tell(kind, value)
        while not (kept[current] and kept[current][-1][0] == "end"):
            number, kind, value = events.get()
            if number == current and kind != "end":
                tell(kind, value)
            elif kind != "bar":
                kept[number].append((kind, value))
        summary.add(kept[current][-1][1])
    return summary


class FilmWorker:
    """A film worker process, which films one scene after the other; a new one is started when it is lost."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._child: Child | None = None

    def __call__(self, named: NamedScene, recorder: AuthorRecorder, tell: Tell) -> Summary:
        """Have a scene filmed. Raises: OSError: no process can be started."""
        self._child = child = self._child or Child(serve, self._options, several=True)
        try:
            child.send("film", [named.name, recorder.code], transfer.packed([named.scene]).encode())
            while (message := child.receive(None)).kind != "end":
                if message.kind == "record":
                    child.send(*recorder.answer(message.value))
                else:
                    tell(message.kind, message.value)
            return Summary(*message.value)
        except Lost as lost:
            self._child = None
            sweep(self._options.output)
            status = lost.status or 0
            how = f"was killed by {called(-status)}" if status < 0 else "ended with its process"
            return jobs.failed(Summary(), RenderError(f"{named.name}: the film {how}"), self._options, tell)


def serve(channel: Channel, options: Options) -> None:
    """What a film worker does."""
    system.films = min(options.jobs, len(options.modules))
    while True:
        _, (name, code), body = channel.receive()
        (scene,) = transfer.unpacked(body.decode())
        summary = jobs.film_scene(NamedScene(name, scene), options, channel.send, AskingRecorder(channel, code))
        channel.send("end", [summary.made, summary.failed])
