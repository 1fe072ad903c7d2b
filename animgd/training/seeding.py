"""Random numbers: the generators that own code may use are reset before each run and landscape."""

from __future__ import annotations

import contextlib
import functools
import gc
import random
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np
import torch

from animgd.scene.module.author_errors import is_library
from animgd.scene.scene import Scene

GLOBAL = 3  # generators
DEPTH = 6  # of the search in own code: objects, their methods, functions that these call, and so on


class _Generator(NamedTuple):
    """One generator, and the state that it is reset to."""

    get: Callable[[], Any]
    put: Callable[[Any], object]
    first: Any


class Generators:
    """The global generators of torch, NumPy and `random`, and those that a scene's own code refers to.

    `reset` seeds the global ones, and those of NumPy that were made without a seed, with the scene's seed; it returns
    the others to the state in which they were found.
    """

    def __init__(self, seed: int = 0, *code: object) -> None:
        self.seed = self._now = seed
        self._sources = [*_global(seed), *_reachable(code, seed)]

    def reset(self, seed: int | None = None) -> None:
        """Reset all generators; the global ones to another seed than the scene's if one is given."""
        wanted = self.seed if seed is None else seed
        if wanted != self._now:
            self._now, self._sources[:GLOBAL] = wanted, _global(wanted)
        for source in self._sources:
            source.put(source.first)

    @property
    def drew(self) -> bool:
        """Whether random numbers were drawn since the last reset."""
        return any(_plain(source.get()) != _plain(source.first) for source in self._sources)

    @contextlib.contextmanager
    def preserved(self) -> Iterator[None]:
        """Restore the states of the generators afterwards."""
        before = [source.get() for source in self._sources]
        try:
            yield
        finally:
            for source, state in zip(self._sources, before, strict=True):
                source.put(state)


def _global(seed: int) -> tuple[_Generator, ...]:
    """The generators of torch, NumPy and `random`, to be reset to a seed."""
    return (
        _Generator(torch.get_rng_state, torch.set_rng_state, torch.Generator("cpu").manual_seed(seed).get_state()),
        _Generator(np.random.get_state, np.random.set_state, np.random.RandomState(seed).get_state()),
        _Generator(random.getstate, random.setstate, random.Random(seed).getstate()),
    )


def generators(scene: Scene) -> Generators:
    """All generators that a scene can use."""
    declared: list[Any] = [panel.loss for panel in scene.grid if panel.loss]
    runs = [run for panel in scene.grid for run in (*panel.runs, panel.ghost) if run]
    declared += [each for run in runs for each in (run.optimizer, *run.schedules)]
    own = [getattr(scene.problem, name) for name in ("of", "network") if hasattr(scene.problem, name)]
    return Generators(scene.seed, *own, *(getattr(each, "factory", "") for each in declared))


def _reachable(code: tuple[object, ...], seed: int) -> Iterator[_Generator]:
    """The generators that code refers to through closures, globals, defaults and attributes."""
    seen: set[int] = set()
    pending = [(thing, 0) for thing in code]
    while pending:
        thing, depth = pending.pop()
        if id(thing) in seen or depth > DEPTH:
            continue
        seen.add(id(thing))
        source = _source(thing, seed)
        if source:
            yield source
        else:
            pending += [(part, depth + 1) for part in _parts(thing)]


def _source(thing: Any, seed: int) -> _Generator | None:
    if isinstance(thing, (torch.Generator, np.random.RandomState)):
        return _Generator(thing.get_state, thing.set_state, thing.get_state())
    if isinstance(thing, np.random.Generator):
        bits = thing.bit_generator
        first = type(bits)(seed).state if _is_unseeded(bits) else bits.state
        return _Generator(lambda: bits.state, lambda state: setattr(bits, "state", state), first)
    if isinstance(thing, random.Random) and not isinstance(thing, random.SystemRandom):  # which has no state
        return _Generator(thing.getstate, thing.setstate, thing.getstate())
    return None


def _is_unseeded(bits: Any) -> bool:
    """Whether a generator was made as `default_rng()`, from 128 random bits of the system."""
    entropy = getattr(getattr(bits, "seed_seq", None), "entropy", None)
    return isinstance(entropy, int) and entropy.bit_length() > 64


def _parts(thing: Any) -> list[Any]:
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, FunctionType):
        return [] if is_library(thing.__code__.co_filename) else _reached(thing)
    kind = thing if isinstance(thing, type) else type(thing)
    if _is_library(kind) or not hasattr(thing, "__dict__"):
        return []
    methods = [value for value in vars(kind).values() if callable(value)]
    return methods if kind is thing else [*methods, *vars(thing).values()]


def _reached(function: FunctionType) -> list[Any]:
    cells = gc.get_referents(*(function.__closure__ or ()))  # the contents; of cells that are not bound yet, none
    names = [function.__globals__.get(name) for name in _names(function.__code__)]
    return [*cells, *names, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_library(kind: type) -> bool:
    home = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""  # a scene's module is not in sys.modules
    return kind.__module__ == "builtins" or is_library(home)


def _plain(state: Any) -> object:
    if isinstance(state, (torch.Tensor, np.ndarray)):
        return np.asarray(state).tobytes()
    if isinstance(state, dict):
        return {name: _plain(value) for name, value in state.items()}
    return tuple(map(_plain, state)) if isinstance(state, tuple) and len(state) < 10 else state
