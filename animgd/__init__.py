"""Films of optimizers walking down loss landscapes."""
__version__ = "0.1.0"
