"""The progress bar: one line on a terminal that is cleared again."""

from __future__ import annotations

import io
import threading

import pytest

from animgd.cli import main

CLEARED = "\r\x1b[K"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


BARS = [
    ("bar", ("training", "one", 0, 0)),
    ("bar", ("drawing", "one", 1, 2)),
    ("err", "a word"),
    ("bar", ("drawing", "one", 2, 2)),
    ("bar", ("drawing", "two", 1, 9)),
]


def drawn(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, news: list = BARS, **settings: str | bool) -> str:
    """What the command line writes about two films, with a word between them."""
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", str(settings.get("term", "xterm")))
    console = main.Console()
    console.quiet = bool(settings.get("quiet"))
    for kind, value in news:
        console.tell(kind, value)
    console.close()
    return stream.getvalue()


def test_bar_shows_phase_frames_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training, then drawing; each change of the bar overwrites the last, and a short one takes no new line."""
    monkeypatch.setattr("tqdm.std.time", iter(range(1000, 2000)).__next__)
    said = drawn(
        monkeypatch,
        Terminal(),
        [("bar", ("training", "film", 0, 0)), *(("bar", ("drawing", "film", k, 9)) for k in range(1, 10))],
    )
    assert said.startswith("\rtraining film") and "\n" not in said
    assert "drawing film:   0%|" in said and " 9/9 [" in said and " frames/s" in said
    assert said.endswith(CLEARED)


def test_long_names_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of any length leaves room for the numbers."""
    assert "\rdrawing " + "n" * 17 + "...: " in drawn(monkeypatch, Terminal(), [("bar", ("drawing", "n" * 500, 5, 10))])


def test_no_bar_clears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A film that was refused leaves the terminal untouched."""
    assert drawn(monkeypatch, Terminal(), []) == ""


def test_bar_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that shows the bar also forks: a thread could hold a lock that the child waits for."""
    before = threading.active_count()
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    console = main.Console()
    console.tell("bar", ("drawing", "film", 1, 9))
    assert threading.active_count() == before
    console.close()


def test_bar_makes_room_for_words_and_for_the_next_film(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, every film has its bar, and whatever is said stands on a line of its own."""
    pieces = drawn(monkeypatch, Terminal()).split(CLEARED)
    shown = [piece.split(":")[0].split("\r ")[0].strip() for piece in pieces]
    assert shown == ["training one", "drawing one", "a word\n\rdrawing one", "drawing two", ""]


def test_no_bar_where_it_cannot_be_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file, on a dumb terminal and when asked to be quiet there is no bar; without stderr there is nothing."""
    assert drawn(monkeypatch, io.StringIO()) == "a word\n"
    assert drawn(monkeypatch, Terminal(), term="dumb") == "a word\n"
    assert drawn(monkeypatch, Terminal(), quiet=True) == "a word\n"
    monkeypatch.setattr("sys.stderr", None)
    main.Console().tell("bar", ("drawing", "one", 1, 2))


def test_names_in_the_bar_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scene's name is shown, not obeyed."""
    assert drawn(monkeypatch, Terminal(), [("bar", ("drawing", "\x1b[2Jfilm", 1, 2))]).startswith(
        "\rdrawing \\x1b[2Jfilm:"
    )
