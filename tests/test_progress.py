"""The bar: true numbers on one line that goes away again."""

from __future__ import annotations

import io

import pytest

from animgd.cli import main, progress
from animgd.cli.progress import CLEAR, Bar, line


@pytest.mark.parametrize(("done", "count"), [(0, 100), (1, 100), (50, 100), (99, 100), (100, 100), (1, 1), (7, 10**9)])
def test_line_tells_frames_rate_and_time_left(done: int, count: int) -> None:
    """Frames done and in all, frames a second, seconds to go; never wider than a terminal, plain ASCII."""
    text = line("momentum", done, count, 4.0)
    assert text.isascii()
    assert len(text) <= 79
    assert f"{done}/{count}" in text
    assert text.count("#") == 24 * done // count
    assert text.count("#") + text.split("]")[0].count(".") == 24
    if 0 < done < 1000 and count < 1000:
        assert text.endswith(f"{done / 4:.0f}/s {(count - done) * 4 / done:.0f}s left")


def test_line_of_no_time_at_all() -> None:
    """The very first frame may come within the clock's grain: no division by nothing."""
    assert "0/s" in line("a", 1, 2, 0.0)


def test_long_names_are_cut() -> None:
    """A name of any length leaves room for the numbers."""
    assert "5/10" in line("n" * 500, 5, 10, 1.0)


def test_bar_is_drawn_now_and_then_and_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most ten times a second, each time over the last, and nothing of it is left afterwards."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    bar = Bar("film", stream)
    for done in range(1, 101):
        now[0] += 0.01
        bar(done, 100)
    drawn = stream.getvalue().split(CLEAR)[1:]
    assert 8 <= len(drawn) <= 11
    assert all("\n" not in text for text in drawn)
    bar.clear()
    assert stream.getvalue().endswith(CLEAR)


def test_bar_that_was_never_drawn_clears_nothing() -> None:
    """A film that was refused leaves the terminal untouched."""
    stream = io.StringIO()
    Bar("film", stream).clear()
    assert stream.getvalue() == ""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, quiet: bool = False, term: str = "xterm") -> str:
    """What the command line writes about two films, with a word between them."""
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", term)
    console = main.Console()
    console.quiet = quiet
    for kind, value in (("bar", ("one", 1, 2)), ("err", "a word"), ("bar", ("one", 2, 2)), ("bar", ("two", 1, 9))):
        console.tell(kind, value)
    console.close()
    return stream.getvalue()


def test_bar_makes_room_for_words_and_for_the_next_film(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, every film has its bar, and whatever is said stands on a line of its own."""
    said = drawn(monkeypatch, Terminal())
    assert [piece[:4].strip() for piece in said.split(CLEAR)] == ["", "one", "a wo", "one", "", "two", ""]
    assert said.endswith(CLEAR) and f"{CLEAR}a word\n{CLEAR}" in said


def test_no_bar_where_it_cannot_be_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file, on a dumb terminal and when asked to be quiet there is no bar; without stderr there is nothing."""
    assert drawn(monkeypatch, io.StringIO()) == "a word\n"
    assert drawn(monkeypatch, Terminal(), term="dumb") == "a word\n"
    assert drawn(monkeypatch, Terminal(), quiet=True) == "a word\n"
    monkeypatch.setattr("sys.stderr", None)
    main.Console().tell("bar", ("one", 1, 2))


def test_names_in_the_bar_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scene's name is shown, not obeyed."""
    monkeypatch.setattr("sys.stderr", stream := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    main.Console().tell("bar", ("\x1b[2Jfilm", 1, 2))
    assert stream.getvalue().startswith(CLEAR + "\\x1b[2Jfilm")
