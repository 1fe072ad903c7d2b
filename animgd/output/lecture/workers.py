"""Encodes the pieces of a lecture in several processes; each gets data only, and draws as this one would."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import astuple
from multiprocessing.connection import wait
from pathlib import Path

from animgd import system
from animgd.drawing.lecture.edit import Edit
from animgd.errors import AnimgdError, RenderError
from animgd.output.lecture.encoding import Ready, encode, planned
from animgd.output.lecture.plan import Piece
from animgd.output.recorder.author import answered
from animgd.processes.child import Child, Lost
from animgd.processes.message import Channel
from animgd.recording.npz import dumps, loads
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module.transfer import packed, unpacked
from animgd.training.author import failure

OFTEN = 0.2  # seconds between two messages of progress

Work = tuple[Piece, Path]  # a piece, and the file that it is written to


def encode_all(ready: Ready, work: Sequence[Work], jobs: int, told: Callable[[int], None]) -> None:
    """Encode pieces, so many at a time; `told` gets the number of all frames that are done. Raises: as `encode`."""
    if jobs == 1 or len(work) == 1:
        before = 0
        for piece, path in work:
            encode(ready, piece, path, lambda frames, before=before: told(before + frames))  # type: ignore[misc]
            before += piece.edit.count
        return
    with ExitStack() as stack:
        _share(ready, work, min(jobs, len(work)), told, stack)


def _share(ready: Ready, work: Sequence[Work], jobs: int, told: Callable[[int], None], stack: ExitStack) -> None:
    """Hand pieces to workers, the longest first."""
    waiting, done = sorted(range(len(work)), key=lambda number: work[number][0].edit.count), [0] * len(work)
    busy: dict[Child, int] = {}

    def next_of(child: Child) -> None:
        busy.pop(child, None)
        if waiting:
            busy[child] = waiting.pop()
            piece, path = work[busy[child]]
            child.send("encode", [ready.plan.parts.index(piece.shown), astuple(piece.edit), str(path)])

    try:
        for _ in range(jobs):
            child = Child(serve, jobs, several=True)
            stack.callback(child.close)
            child.send(*_as_data(ready))
            next_of(child)
        while busy:
            heard = wait([child.connection for child in busy])
            for child in [child for child in busy if child.connection in heard]:
                message = child.receive(None)
                answered(message)
                done[busy[child]] = int(message.value)
                told(sum(done))
                if message.kind == "end":
                    next_of(child)
    except Lost as lost:
        raise RenderError(f"a process that encodes a part of it was lost (status {lost.status})") from lost
    except OSError as error:
        raise RenderError(f"cannot start a worker process: {error.strerror or error}; try a smaller -j") from error


def _as_data(ready: Ready) -> tuple[str, object, bytes]:
    """A lecture with its recordings as a message."""
    recordings = [dumps(each.recording) for each in ready.scenes]
    declared = packed([ready.lecture]).encode()
    value = {"codes": ready.codes, "cache": ready.cache, "holds": ready.holds,
             "lengths": [len(each) for each in (declared, *recordings)]}  # fmt: skip
    return "lecture", value, b"".join([declared, *recordings])


def _from_data(value: dict[str, object], body: bytes) -> Ready:
    parts, start = [], 0
    for length in value["lengths"]:  # type: ignore[attr-defined]
        parts.append(body[start : start + length])
        start += length
    (lecture,) = unpacked(parts[0].decode())
    assert isinstance(lecture, Lecture)
    ready = planned(lecture, [loads(part) for part in parts[1:]], value["codes"], bool(value["cache"]))  # type: ignore[arg-type]
    return ready if value["holds"] else ready.without_pauses()


def serve(channel: Channel, jobs: int) -> None:
    """What a worker does: it takes a lecture, then encodes its pieces on request."""
    system.films = jobs
    first = channel.receive()
    ready = _from_data(first.value, first.body)
    while True:
        part, edit, path = channel.receive().value
        piece, last = Piece(ready.plan.parts[part], Edit(*edit)), time.monotonic()

        def told(frames: int) -> None:
            nonlocal last
            if time.monotonic() - last > OFTEN:
                last = time.monotonic()
                channel.send("progress", frames)

        try:
            encode(ready, piece, Path(path), told)
            channel.send("end", piece.edit.count)
        except AnimgdError as error:
            channel.send("failed", failure(error))
