"""Weight decay 2 pulls every path to the origin: it descends loss + decay, whose minimum is the diamond."""

from animgd import SGD, Scene, Style

scene = Scene(
    title="Nesterov and weight decay",
    optimizer=SGD(lr=0.1, momentum=0.9, weight_decay=2.0, nesterov=True),
    style=Style(theme="seed"),
)
