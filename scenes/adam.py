"""Adam with lr 0.3: the first step has the same length on every loss, because Adam divides the gradient's size out."""

from animgd import Optimizer, Scene

scene = Scene(title="Adam", optimizer=Optimizer("Adam", lr=0.3))
