"""Plain gradient descent: MSE never overshoots, its steps shrink; L1 walks at constant speed and does not arrive."""

from animgd import SGD, Scene

scene = Scene(title="Plain gradient descent", optimizer=SGD(lr=0.1))
