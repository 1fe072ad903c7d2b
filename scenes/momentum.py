"""Momentum 0.9: MSE overshoots the minimum and spirals home; L1 and Huber swing to and fro, and arrive sooner."""

from animgd import SGD, Scene

scene = Scene(title="High momentum", optimizer=SGD(lr=0.1, momentum=0.9))
