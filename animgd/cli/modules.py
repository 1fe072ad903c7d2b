"""Scene modules that were run: their scenes, and who records these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from animgd.cli import jobs
from animgd.cli.options import ModuleRequest, Options
from animgd.cli.reports import Named
from animgd.encoders import FORMATS
from animgd.errors import AnimgdError, UsageError
from animgd.output.recorder.author import Author, AuthorRecorder
from animgd.output.recorder.base import Here

if TYPE_CHECKING:
    from animgd.output.recorder.base import Progress, Recorder


@dataclass(frozen=True)
class Module:
    """A scene module that was run: what it films, or why it cannot be filmed. No author: it was run in this process."""

    scenes: list[Named]
    error: AnimgdError | None = None
    author: Author | None = None

    def recorder(self, number: int, progress: Progress) -> Recorder:
        """Who records the scene of a number."""
        return AuthorRecorder(self.author, number, progress) if self.author else Here(progress)

    def close(self) -> None:
        """End its author process."""
        if self.author:
            self.author.child.close()


def run_apart(module: ModuleRequest, options: Options, several: bool) -> Module:
    """Run a module in an author process, one of several or the only one. Raises: OSError."""
    author = Author(module.path, module.names, options.patience, several, options.settings)
    try:
        return Module(jobs.checked(author.scenes(), module, options), None, author)
    except AnimgdError as error:
        author.child.close()
        return Module([], error)


def run_here(module: ModuleRequest, options: Options) -> Module:
    """Run a module in this process."""
    from animgd.scene.module.loader import read
    from animgd.scene.module.settings import applied

    try:
        chosen = read(module.path).chosen(module.names)
        return Module(jobs.checked([(name, applied(film, options.settings)) for name, film in chosen], module, options))
    except AnimgdError as error:
        return Module([], error)


def may_collide(module: ModuleRequest, others: Sequence[ModuleRequest]) -> bool:
    """Whether, by its name, a module may share an output with another.

    As scene `b` of a.py does with a-b.py, and its film with the pictures of a.mp4.py.
    """
    stem = module.path.stem.casefold()
    stems = [other.path.stem.casefold() for other in others if other is not module]
    longer = [(stem, other) if len(stem) > len(other) else (other, stem) for other in stems]
    return any(one == other or one.startswith((f"{other}-", f"{other}.")) for one, other in longer)


def check_outputs(modules: Iterable[Module], options: Options) -> None:
    """Raises: UsageError: two scenes have one output."""
    suffixes = {FORMATS[format].suffix for format in options.formats}
    names = [named.name for module in modules for named in module.scenes]
    made = [f"{name}{suffix}".casefold() for name in names for suffix in suffixes]
    twice = next((name for name in made if made.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two scenes would be written to {options.output / twice}: film each with its own -o")
