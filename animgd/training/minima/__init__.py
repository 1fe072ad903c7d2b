"""The minima of a loss: solved for if it is convex, else searched for."""
