"""Nesterov momentum: the first step is twice as long, the overshoot half as far, and MSE is home at epoch 28."""

from animgd import SGD, Scene

scene = Scene(title="Nesterov momentum", optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True))
