"""Checks by name: `nox --list`, `nox -s lint types tests`.

Each session makes its own virtual environment; `nox --no-venv` uses the one that runs nox, as `.ci/run` does.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True


def _install(session: nox.Session, extra: str) -> None:
    if session.virtualenv.venv_backend != "none":
        session.install("-q", "-c", "constraints.txt", "-e", f".[{extra}]")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, format, and declared dependencies against imports."""
    _install(session, "dev")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("deptry", "animgd")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    _install(session, "dev")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """The tests that a change needs: minutes."""
    _install(session, "test")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """The tests marked `long`."""
    _install(session, "test")
    session.run("python", "-m", "pytest", "-m", "long", *session.posargs)


@nox.session
def film(session: nox.Session) -> None:
    """The README's main command."""
    _install(session, "test")
    with TemporaryDirectory() as folder:
        session.run("python", "-m", "animgd", "-o", folder, "scenes/momentum.py")
        if not all(Path(folder, f"momentum.{suffix}").stat().st_size for suffix in ("mp4", "gif")):
            session.error("an empty film")


@nox.session
def thorough(session: nox.Session) -> None:
    """Every promise of docs/reliability.md at its full count: about an hour."""
    _install(session, "test")
    session.run("python", "-m", "tests.thorough", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Each mutant of tests/mutants.py: a test must fail."""
    _install(session, "test")
    session.run("python", "-m", "tests.mutants", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """The speed table of benchmarks/README.md, on an idle machine."""
    _install(session, "test")
    session.run("python", "-m", "benchmarks.speed", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Source distribution and wheel, checked."""
    session.install("-q", "build", "twine")
    with TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--outdir", folder)
        session.run("twine", "check", "--strict", *map(str, Path(folder).iterdir()))


@nox.session
def nightly(session: nox.Session) -> None:
    """The sessions that take hours: thorough, mutants, bench."""
    for name in ("thorough", "mutants", "bench"):
        session.notify(name)
