"""Planes in the space of a model's parameters, and the projection of paths onto them. All in double precision."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from animgd.recording.model import Series
from animgd.training.models.iterates import AT_ONCE, Rows, Told, chunks
from animgd.training.objective import one_thread

MOST = 3000  # rows of a Gram matrix; of more, every second, third ... is taken
LEAVING = 30.0  # times the median distance from the start: a path that stays further away has left
FAR = 1e12  # from the start: further away, single precision has nothing to show
FLAT = 1e-10  # of the larger standard deviation: a smaller one is rounding
# Shapes: n parameters; the first axis of pairs is (horizontal, vertical).


@dataclass(frozen=True)
class Plane:
    """A point of the plane, the two directions that span it, and the coordinates of the point.

    Shapes: `origin` (n,), `directions` (2, n), `at` (2,).
    """

    origin: Series
    directions: Series
    at: Series

    @property
    def gram(self) -> Series:
        """The products of the directions. Shapes: (2, 2)."""
        return product(self.directions, self.directions.T)

    def lift(self, horizontal: Series, vertical: Series) -> Series:
        """The parameters at points of the plane. Shapes: (k,), (k,) -> (k, n)."""
        away = np.stack([horizontal, vertical], 1) - self.at
        found: Series = self.origin + away @ self.directions
        return found

    def turned(self, vectors: list[Rows]) -> Series:
        """The coordinates of directions, such as gradients, nearest to them. Shapes: -> (rows, 2)."""
        dots = np.zeros((sum(map(len, vectors)), 2))
        for part, each in chunks(vectors):
            dots += product(each, self.directions[:, part].T)
        found: Series = np.linalg.solve(self.gram, dots.T).T
        return found

    @property
    def zero(self) -> tuple[float, float]:
        """The coordinates of the point where all parameters are 0, projected."""
        right, up = (self.at - np.linalg.solve(self.gram, product(self.directions, self.origin))).tolist()
        return right, up


@dataclass(frozen=True)
class Projection:
    """Paths seen in a plane. Shapes: `at` (rows, 2), horizontal and vertical; `off` (rows,), distances from it.

    `shares` are the parts of the paths' variance that each axis holds: together, that of the plane. `spread` is the
    root of all their variance.
    """

    at: Series
    off: Series
    shares: tuple[float, float]
    spread: float


def product(one: Series, other: Series) -> Series:
    """A product of matrices or vectors, whose sums do not depend on the number of threads."""
    with one_thread():
        found = torch.from_numpy(np.ascontiguousarray(one)) @ torch.from_numpy(np.ascontiguousarray(other))
    return found.numpy()


def project(plane: Plane, every: list[Rows], counted: Series, told: Told | None = None) -> Projection:
    """Project paths onto a plane; of the rows that are `counted`, the variance is told."""
    rows = sum(map(len, every))
    dots, squares, middle = np.zeros((rows, 2)), np.zeros(rows), 0.0
    with np.errstate(all="ignore"):  # of a run that diverges
        for part, each in chunks(every, told):
            away = np.subtract(each, plane.origin[part], out=each)
            dots += product(away, plane.directions[:, part].T)
            squares += np.einsum("ij,ij->i", away, away)
            middle += float(np.square((away if counted.all() else away[counted]).mean(0)).sum())
        at: Series = np.linalg.solve(plane.gram, dots.T).T
        off = np.sqrt(np.maximum(squares - (at * dots).sum(1), 0))
    spread = max(0.0, float(squares[counted].mean()) - middle)
    return Projection(at + plane.at, off, _shares(plane.gram, at[counted], spread), math.sqrt(spread))


def _shares(gram: Series, at: Series, spread: float) -> tuple[float, float]:
    """The part of the variance along the horizontal direction, and what the plane holds beside it."""
    if not spread > 0:
        return 0.0, 0.0
    cov = np.cov(at.T, bias=True)
    along = float((gram @ cov @ gram)[0, 0] / gram[0, 0]) / spread
    return along, max(0.0, float(np.trace(gram @ cov)) / spread - along)


def calm(away: Series) -> int:
    """The number of rows before a path leaves for good, or is not finite. Shapes: (rows,), distances from its start."""
    good = away < FAR  # false for nan
    end = len(away) if good.all() else max(1, int(good.argmin()))
    while end > 2:
        inside = np.flatnonzero(away[:end] <= LEAVING * np.median(away[:end]))
        if inside[-1] == end - 1:
            break
        end = max(2, int(inside[-1]) + 1)
    return end


def distances(rows: Rows) -> Series:
    """How far each row is from the first. Shapes: (rows,)."""
    found = np.zeros(len(rows))
    with np.errstate(all="ignore"):
        for _, each in chunks([rows]):
            found += ((each - each[0]) ** 2).sum(1)
        return np.asarray(np.sqrt(found))


def counted(every: list[Rows]) -> Series:
    """Which rows make up planes: all until a path leaves for good. Shapes: (rows of all,), bool."""
    parts = [np.arange(len(rows)) < calm(distances(rows)) for rows in every]
    return np.concatenate(parts)


def principal(every: list[Rows], used: Series, told: Told | None = None) -> Plane | None:
    """The plane of the first two principal components of some rows; None if they do not differ.

    Of n parameters and k rows, the smaller of the matrices n x n and k x k is taken apart, made in chunks. Where all
    rows lie on a line, the second direction is any at right angles. The first run goes to the right and upwards.
    """
    chosen, width = np.flatnonzero(used), every[0].width
    small = width * len(used) <= AT_ONCE
    if len(chosen) > MOST and not small:
        chosen = chosen[:: math.ceil(len(chosen) / MOST)]
    mean = np.zeros(width)
    for part, each in chunks(every, told):
        mean[part] = (each if len(chosen) == len(each) else each[chosen]).mean(0)
    ways = _by_columns if small and width < len(chosen) else _by_rows
    directions = ways(every, chosen, mean, told)
    if directions is None:
        return None
    last = int(np.flatnonzero(used[: len(every[0])])[-1])
    way = every[0].row(last).astype(np.float64) - every[0].row(0)
    directions *= np.where(product(directions, way) < 0, -1.0, 1.0)[:, None]
    return Plane(mean, directions, np.zeros(2))


def _centred(
    every: list[Rows], chosen: Series, mean: Series, told: Told | None
) -> Iterator[tuple[slice, torch.Tensor]]:
    for part, each in chunks(every, told):
        some = each if len(chosen) == len(each) else each[chosen]
        some -= mean[part]
        yield part, torch.from_numpy(some)


def _by_rows(every: list[Rows], chosen: Series, mean: Series, told: Told | None) -> Series | None:
    """The directions from the Gram matrix of the rows."""
    gram = torch.zeros(len(chosen), len(chosen), dtype=torch.float64)
    with one_thread():  # so that sums do not depend on the number of threads
        for _, each in _centred(every, chosen, mean, told):
            gram += each @ each.T
        values, vectors = (each.numpy() for each in torch.linalg.eigh(gram))
    if not values[-1] > 0:
        return None
    weights = torch.from_numpy(vectors[:, [-1, -2]].T.copy())
    directions = np.empty((2, len(mean)))
    with one_thread():
        for part, each in _centred(every, chosen, mean, told):
            directions[:, part] = (weights @ each).numpy()
    return _orthonormal(directions)


def _by_columns(every: list[Rows], chosen: Series, mean: Series, told: Told | None) -> Series | None:
    """The directions from the covariance of the parameters, which are few."""
    ((_, centred),) = _centred(every, chosen, mean, told)
    with one_thread():
        values, vectors = (each.numpy() for each in torch.linalg.eigh(centred.T @ centred))
    return _orthonormal(vectors[:, [-1, -2]].T * np.sqrt(np.maximum(values[[-1, -2], None], 0)))


def _orthonormal(directions: Series) -> Series | None:
    """Two directions of length 1 at right angles. Where the second is only rounding, any one is taken."""
    first, second = directions
    long = np.linalg.norm(first)
    if not long > 0:
        return None
    first = first / long
    if np.linalg.norm(second) <= FLAT * long or len(second) < 2:
        second = np.zeros_like(first)
        second[int(np.abs(first).argmin())] = 1.0
    second = second - product(first, second) * first
    return np.stack([first, second / np.linalg.norm(second)])
