"""A second opinion on a scene, read from the contract with torch and NumPy alone: path, loss, map and minima."""

from itertools import combinations

import numpy as np
import torch
from textbook import FORMULAS, simplex


class Reading:
    """What is minimised, at single places: x to the right (or the bias), y upwards (or the weight)."""

    def __init__(self, problem, loss=None):
        self.of, self.loss, self.kind = getattr(problem, "of", None), loss, getattr(problem, "dtype", "float32")
        self.more = {"condition": problem.condition} if self.of == "quadratic" else {}
        own, draw = [getattr(problem, name, None) for name in ("x", "y", "weights")], np.random.RandomState(20240215)
        x = np.float32(draw.randn(50))
        toy = x, np.float32(0.75 * x**2 + x + 2 + 0.3 * draw.randn(50))
        self.x, self.y = (np.array(toy[i] if own[i] is None else own[i], self.kind) for i in (0, 1))
        self.weighted, self.weights = own[2] is not None, np.array(own[2] or np.ones(len(self.x)), float)
        data, both = (self.x, self.y, self.weights), (torch.float32, torch.float64)
        self.tensors = {kind: [torch.tensor(values, dtype=kind) for values in data] for kind in both}

    def at(self, x, y):
        """The loss, one number, in the precision of the place."""
        if self.of is not None:
            return FORMULAS[self.of](x, y, **self.more) if isinstance(self.of, str) else self.of(x, y)
        (xs, truth, weights), name, settings = self.tensors[x.dtype], self.loss.factory, dict(self.loss.settings)
        if not self.weighted:
            return (getattr(torch.nn, name)(**settings) if isinstance(name, str) else name)(y * xs + x, truth)
        each = getattr(torch.nn, name)(**{**settings, "reduction": "none"})(y * xs + x, truth)
        return (each * weights).sum() / (1 if settings.get("reduction") == "sum" else weights.sum())

    def value(self, x, y):
        """The loss in double precision, or in single where a function takes no other."""
        try:
            return float(self.at(*torch.tensor([x, y], dtype=torch.float64)))
        except RuntimeError:
            return float(self.at(*torch.tensor([x, y], dtype=torch.float32)))

    def map(self, bias, weight, samples):
        rows, columns = np.linspace(*weight, samples), np.linspace(*bias, samples)
        return np.array([[self.value(x, y) for x in columns] for y in rows])

    def path(self, optimizer, start, steps, kind=None):
        """Weight, bias and loss at each step."""
        make, kind, rows = getattr(optimizer, "factory", "SGD"), getattr(torch, kind or self.kind), []
        place = [torch.tensor(v, dtype=kind, requires_grad=True) for v in (start.y, start.x)]
        stepper = (getattr(torch.optim, make) if isinstance(make, str) else make)(place, **dict(optimizer.settings))
        for _ in range(steps + 1):
            stepper.zero_grad()
            loss = self.at(place[1], place[0])
            loss.backward()
            rows.append([place[0].item(), place[1].item(), loss.item()])
            stepper.step()
        return np.array(rows)

    def minima(self, starts, decay=0.0):
        """The least loss + (decay / 2) · ‖place‖², and all places (x, y) found that are as low."""
        free = self.of is None and not decay  # then x may be centred, or its size would hide the minimum
        middle, spread = (np.mean(self.x, dtype=float), np.std(self.x, dtype=float) or 1) if free else (0, 1)
        line = np.stack([(self.x - middle) / spread, np.ones(len(self.x))], 1)
        place = np.array([[-middle / spread, 1], [1 / spread, 0]])  # of a line's tilt and level, or of y and x
        name, root = getattr(self.loss, "factory", None), np.sqrt(self.weights)

        def height(found):
            value = self.value(*(place @ found)) + decay / 2 * np.dot(found, found)
            return np.inf if np.isnan(value) else value

        if name == "MSELoss":
            root /= 1 if "reduction" in dict(self.loss.settings) else np.sqrt(self.weights.sum())
            rows = np.concatenate([line * root[:, None], np.eye(2) * np.sqrt(decay / 2)])
            found = [np.linalg.lstsq(rows, [*(self.y * root), 0, 0])[0]]
        elif name == "L1Loss" and not decay:
            pairs = [pair for pair in map(list, combinations(range(len(line)), 2)) if np.ptp(self.x[pair])]
            found = [np.linalg.solve(line[pair], self.y[pair].astype(float)) for pair in pairs]
        else:
            found = [simplex(height, np.array(start)[::-1]) for start in starts]
        least = min(map(height, found))
        return least, [place @ each for each in found if height(each) <= least + 1e-9 * (1 + abs(least))]
