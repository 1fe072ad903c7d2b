"""What an author declares of a model: the network with its data, and the plane in which its training is shown."""
