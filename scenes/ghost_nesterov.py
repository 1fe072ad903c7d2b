"""Nesterov over the ghost of plain momentum: it brakes before the minimum, where momentum runs past it."""

from animgd import SGD, Run, Scene

scene = Scene(
    title="Nesterov, and momentum's ghost",
    optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True),
    ghost=Run("momentum", SGD(lr=0.1, momentum=0.9)),
)
