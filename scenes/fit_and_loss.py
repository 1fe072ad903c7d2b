"""The four losses, the lines they fit, and how fast each falls, on one clock."""

from animgd import SGD, Scene

scene = Scene(
    title="Four losses, four lines",
    optimizer=SGD(lr=0.1, momentum=0.9),
    companions=("fit", "loss"),
)
