"""Compress a film's images in ranges, on all cores: the same bytes whatever their number."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future

from animgd.encoders.gif.ranges import Change, Image, compress, pack, unpack
from animgd.encoders.workers import Workers
from animgd.frame import FilmInfo, Pixels
from animgd.system import cores

RANGE = 4  # images
MOST_WORKERS = 4  # with more, drawing takes longer than compressing
SHORT = 30_000_000  # pixels × frame periods; shorter films are complete before a worker has started
MOST_RANGES, MOST_BYTES = 64, 1 << 26  # that wait for workers


class Compressor:
    """Takes changes and gives images, in the same order."""

    def __init__(self, info: FilmInfo) -> None:
        """Start the workers, which import while the first frames are drawn."""
        few = cores() < 2 or info.count * info.size[0] * info.size[1] < SHORT
        self._workers = Workers(compress, 0 if few else min(MOST_WORKERS, cores()))
        self._first: list[Image] = []
        self._changes: list[Change] = []
        self._ranges: deque[tuple[bytes, Future[bytes] | None]] = deque()
        self._bytes = 0  # of all ranges
        self._shown: Pixels | None = None  # before the changes

    def begin(self, first: Image, shown: Pixels) -> None:
        """Take the first image, and the indices that it shows. Shapes: `shown` is (height, width)."""
        self._first, self._shown = [first], shown.copy()

    def add(self, change: Change) -> None:
        """Take the next change."""
        self._changes.append(change)
        if len(self._changes) == RANGE:
            self._send()

    def images(self, last: bool = False) -> Iterator[Image]:
        """The next images, as far as they are compressed, or all of them; waits while too many are not."""
        while self._first:
            yield self._first.pop()
        if last and self._changes:
            self._send()
        while self._ranges and (last or self._due()):
            packed, asked = self._ranges.popleft()
            self._bytes -= len(packed)
            yield from unpack(self._workers.result(packed, asked))

    def close(self) -> None:
        """End the workers; never raises, may be called at any time."""
        self._workers.close()

    def _send(self) -> None:
        """Send a range to a worker."""
        assert self._shown is not None
        packed = pack(self._shown, self._changes)
        self._ranges.append((packed, self._workers.ask(packed)))
        self._bytes += len(packed)
        for change in self._changes:
            self._shown.reshape(-1)[change.positions] = change.indices
        self._changes.clear()

    def _due(self) -> bool:
        """Whether the oldest range is compressed, or must be waited for."""
        asked = self._ranges[0][1]
        return asked is None or asked.done() or len(self._ranges) > MOST_RANGES or self._bytes > MOST_BYTES
