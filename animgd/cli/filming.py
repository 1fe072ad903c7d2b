"""Films scene modules: one in this process, several in film workers, some at a time.

An author process for each module runs its code; a film is made of data only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from animgd import system
from animgd.cli import jobs
from animgd.cli.modules import Module, check_outputs, may_collide, run_apart, run_here
from animgd.cli.options import ModuleRequest, Options
from animgd.cli.reports import Named, Summary, Tell, failed, told, with_name
from animgd.errors import RenderError, shortage
from animgd.output.atomic import sweep
from animgd.output.recorder.author import AskingRecorder, AuthorRecorder, called
from animgd.output.recorder.base import Progress, Recorder
from animgd.processes.child import Child, Lost, kill_all
from animgd.processes.context import stopping
from animgd.processes.message import Channel
from animgd.scene.module import transfer

Films = Callable[[Named, Recorder, Tell], Summary]
One = Callable[[int, Films, Tell], Summary]


def film(modules: Sequence[ModuleRequest], options: Options, tell: Tell) -> Summary:
    """Film each module. Raises: RenderError: no process can be started; UsageError: two scenes have one output."""
    several = len(modules) > 1
    stopping.clear()
    try:
        known = {n: run_apart(m, options, several) for n, m in enumerate(modules) if may_collide(m, modules)}
        check_outputs(known.values(), options)

        def one(number: int, films: Films, tell: Tell) -> Summary:
            tell("bar", ("importing", modules[number].path.stem, 0, 0))
            module = known.get(number) or run_apart(modules[number], options, several)
            summary = _film_scenes(module, films, options, tell)
            module.close()
            return summary

        return _film_several(len(modules), one, options, tell) if several else one(0, _films_here(options), tell)
    except OSError as error:
        raise unstarted(error) from error
    finally:
        # A process that was killed could not do it, nor one that a signal stopped at the wrong moment.
        sweep(options.output, kill_all())


def film_here(modules: Sequence[ModuleRequest], options: Options, tell: Tell) -> Summary:
    """Run all modules in this process, and film them. Raises: UsageError: two scenes have one output."""
    known = [run_here(module, options) for module in modules]
    check_outputs(known, options)
    summary = Summary()
    for module in known:
        summary.add(_film_scenes(module, _films_here(options), options, tell))
    return summary


def _film_scenes(module: Module, films: Films, options: Options, tell: Tell) -> Summary:
    """Film the scenes of a module one after the other. Raises: OSError."""
    if module.error:
        return failed(Summary(), module.error, options, tell)
    summary = Summary()
    for number, named in enumerate(module.scenes):
        summary.add(films(named, module.recorder(number, _progress(named, tell)), tell))
    return summary


def _progress(named: Named, tell: Tell) -> Progress:
    return lambda done, count: tell("bar", ("training", named.name, done, count))


def _films_here(options: Options) -> Films:
    return lambda named, recorder, tell: jobs.film_scene(named, options, tell, recorder)


def unstarted(error: OSError) -> RenderError:
    """The error for a process that cannot be started."""
    return RenderError(f"cannot start a worker process: {shortage(error) or f'{error}; try a smaller -j'}")


def _film_several(count: int, one: One, options: Options, tell: Tell) -> Summary:
    """Film modules, `options.jobs` at a time, and report their events in the order of the modules."""
    events: list[SimpleQueue[tuple[str, Any]]] = [SimpleQueue() for _ in range(count)]
    waiting, current = iter(range(count)), 0

    def work() -> None:
        films = FilmWorker(options)
        for number in waiting:

            def report(kind: str, value: Any, number: int = number) -> None:
                if kind != "bar" or number == current:
                    events[number].put((kind, value))

            try:
                summary = one(number, films, report)
            except Exception as error:  # else the program would wait for this thread
                name = options.modules[number].path.stem
                known = unstarted(error) if isinstance(error, OSError) else told(error, name)
                summary = failed(Summary(), known, options, report)
            report("end", summary)
        Event().wait()  # Linux kills a fork server when the thread that has started it ends

    for _ in range(options.jobs):
        Thread(target=work, daemon=True).start()
    summary = Summary()
    try:
        for current in range(count):
            while (event := events[current].get())[0] != "end":
                tell(*event)
            summary.add(event[1])
        return summary
    finally:
        list(waiting)  # no other module is begun


class FilmWorker:
    """A film worker process, which films one scene after the other; a new one is started when it is lost."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._child: Child | None = None

    def __call__(self, named: Named, recorder: Recorder, tell: Tell) -> Summary:
        """Have a scene filmed. Raises: OSError: no process can be started."""
        assert isinstance(recorder, AuthorRecorder)
        self._child = child = self._child or Child(serve, self._options, several=True)
        try:
            child.send("film", [named.name, recorder.code], transfer.packed([named.scene]).encode())
            while (message := child.receive(None)).kind != "end":
                if message.kind == "record":
                    child.send(*recorder.answer(message.value, child))
                else:
                    tell(message.kind, message.value)
            return Summary(*message.value)
        except Lost as lost:
            self._child = None
            sweep(self._options.output)
            status = lost.status or 0
            how = f"was killed by {called(-status)}" if status < 0 else "ended with its process"
            return failed(Summary(), RenderError(f"{named.name}: the film {how}"), self._options, tell)


def serve(channel: Channel, options: Options) -> None:
    """What a film worker does."""
    system.films = min(options.jobs, len(options.modules))
    while True:
        _, (name, code), body = channel.receive()
        (film,) = transfer.unpacked(body.decode())
        summary = jobs.film_scene(with_name(name, film), options, channel.send, AskingRecorder(channel, code))
        channel.send("end", [summary.made, summary.failed])
