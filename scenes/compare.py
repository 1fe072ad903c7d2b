"""Three optimizers race on every panel: plain descent crawls, momentum overshoots, Nesterov brakes in time."""

from animgd import SGD, Scene

scene = Scene(
    title="Three ways down",
    optimizer={
        "plain": SGD(lr=0.1),
        "momentum": SGD(lr=0.1, momentum=0.9),
        "Nesterov": SGD(lr=0.1, momentum=0.9, nesterov=True),
    },
)
