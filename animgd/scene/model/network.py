"""The declaration of a model: a network and its data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from animgd.errors import SceneError
from animgd.scene.base import Declaration
from animgd.scene.model.planes import PCA, Plane

DEVICES = ("cpu", "cuda", "mps", "auto")


@dataclass(frozen=True, eq=False)
class Model(Declaration):
    """A network of torch that is trained in its full parameter space, and shown in a plane of it.

    network (a callable that makes a torch.nn.Module, or a module): called, or copied, for each run, under its seed.
    x, y (arrays, tensors or nested lists, with one row for each sample; or x a map-style torch Dataset of (x, y)):
        the data, which stay in memory.
    plane (`PCA`, `Random`, `Parameters` or `Span`; default: `PCA()`): what the film shows.
    device ("cpu", "cuda", "cuda:1", "mps" or "auto"; default: "cpu", on which a seed gives the same bytes everywhere
        torch computes alike): where it trains and is sampled.
    names (pair of text; default: ("x", "y")): names of the data's axes.
    """

    network: Any
    x: Any = None
    y: Any = None
    plane: Plane = field(default_factory=PCA)
    device: str = "cpu"
    names: tuple[str, str] = ("x", "y")
    name = "the network"  # in messages
    _spelling = "Model(network, x=..., y=...)"

    def _check(self) -> None:
        if not callable(self.network):
            raise self._wrong("network", self.network, "a torch.nn.Module, or a callable that makes one")
        if self.x is None:
            raise SceneError(f"Model: x is missing: write {self._spelling}", self.origin)
        if self.y is None and not _is_dataset(self.x):
            raise SceneError("Model: y is missing: only a Dataset of (x, y) brings its own", self.origin)
        self._set("x", _frozen(self.x))
        self._set("y", _frozen(self.y))
        self._is("plane", Plane, "PCA(), Random(...), Parameters(...) or Span(...)")
        self._names("names")
        kind, _, number = str(self.device).partition(":")
        if kind not in DEVICES or (number and not (number.isdigit() and kind == "cuda")):
            raise self._wrong("device", self.device, 'one of "cpu", "cuda", "cuda:0", "mps" or "auto"')

    def __eq__(self, other: object) -> bool:
        if type(other) is not Model:
            return NotImplemented
        return all(_same(value, vars(other)[name]) for name, value in vars(self).items() if name != "origin")

    def __hash__(self) -> int:
        return hash((self.plane, self.device, self.names))


def _frozen(value: Any) -> Any:
    """Lists as tuples, as they are in another process."""
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _is_dataset(value: Any) -> bool:
    return hasattr(value, "__getitem__") and hasattr(value, "__len__") and not hasattr(value, "shape") \
        and not isinstance(value, (list, tuple))  # fmt: skip


def _same(one: Any, other: Any) -> bool:
    """Whether two fields are equal; two arrays are only where they are one object."""
    try:
        return one is other or bool(one == other)
    except Exception:  # of arrays, and of what an author's __eq__ raises
        return False
