"""What textbooks print: test functions f(x, y), and a way down that needs no slope; nothing of the program."""

import numpy as np
from numpy import e, pi
from torch import cos, exp, sin, sqrt

FORMULAS = {
    "ackley": lambda x, y: (
        20 + e - 20 * exp(-0.2 * sqrt((x * x + y * y) / 2 + 1e-30)) - exp((cos(2 * pi * x) + cos(2 * pi * y)) / 2)
    ),
    "beale": lambda x, y: sum((c - x * (1 - y**k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
    "booth": lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2,
    "easom": lambda x, y: -cos(x) * cos(y) * exp(-((x - pi) ** 2 + (y - pi) ** 2)),
    "goldstein-price": lambda x, y: (
        (1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x * x - 14 * y + 6 * x * y + 3 * y * y))
        * (30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x * x + 48 * y - 36 * x * y + 27 * y * y))
    ),
    "himmelblau": lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    "levi-13": lambda x, y: (
        sin(3 * pi * x) ** 2 + (x - 1) ** 2 * (1 + sin(3 * pi * y) ** 2) + (y - 1) ** 2 * (1 + sin(2 * pi * y) ** 2)
    ),
    "matyas": lambda x, y: 0.26 * (x * x + y * y) - 0.48 * x * y,
    "mccormick": lambda x, y: sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
    "monkey-saddle": lambda x, y: x**3 - 3 * x * y * y,
    "quadratic": lambda x, y, condition: (x * x + condition * y * y) / 2,
    "rastrigin": lambda x, y: 20 + x * x + y * y - 10 * (cos(2 * pi * x) + cos(2 * pi * y)),
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    "saddle": lambda x, y: x * x - y * y,
    "six-hump-camel": lambda x, y: (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y * y - 4) * y * y,
    "sphere": lambda x, y: x * x + y * y,
    "styblinski-tang": lambda x, y: (x**4 - 16 * x * x + 5 * x + y**4 - 16 * y * y + 5 * y) / 2,
    "three-hump-camel": lambda x, y: 2 * x * x - 1.05 * x**4 + x**6 / 6 + x * y + y * y,
}


def simplex(height, place):
    """Down to a low place, by Nelder and Mead's simplex, begun anew with smaller and smaller ones."""

    def seen(place):
        return height(place), *place

    for size in (3.0, 0.1, 1e-3):
        points = sorted(seen(p) for p in place + size * np.array([[0, 0], [1, 0.3], [-0.3, 1]]))
        for _ in range(150):
            best, good, bad = np.array(points)[:, 1:]
            middle = (best + good) / 2
            if np.abs(best - bad).max() + np.abs(best - good).max() < 1e-8 * (1 + np.abs(best).max()):
                break
            turned = seen(2 * middle - bad)
            if turned < points[0]:
                turned = min(turned, seen(3 * middle - 2 * bad))
            elif turned >= points[1]:
                turned = min(seen(1.5 * middle - 0.5 * bad), seen(0.5 * middle + 0.5 * bad))
            points[2] = turned
            if turned >= points[1]:
                points[1:] = seen(middle), seen((best + bad) / 2)
            points.sort()
        place = np.array(points[0][1:])
    return place
