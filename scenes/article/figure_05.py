"""Four losses, plain descent: MSE arrives at epoch 26; L1 and Huber do not arrive at all."""

from animgd import SGD, Scene, Style

scene = Scene(
    title="Plain gradient descent",
    optimizer=SGD(lr=0.1),
    style=Style(theme="seed"),
)
