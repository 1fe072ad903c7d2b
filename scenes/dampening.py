"""Dampening 0.8: L1 and Huber hardly overshoot; MSE still does, because torch does not dampen the first step."""

from animgd import SGD, Scene

scene = Scene(title="Momentum, dampened", optimizer=SGD(lr=0.1, momentum=0.9, dampening=0.8))
