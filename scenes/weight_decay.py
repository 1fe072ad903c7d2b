"""Weight decay 2: all paths are pulled to the origin and end at the diamond, the minimum of loss + decay."""

from animgd import SGD, Scene

scene = Scene(
    title="Nesterov and weight decay",
    optimizer=SGD(lr=0.1, momentum=0.9, weight_decay=2.0, nesterov=True),
)
