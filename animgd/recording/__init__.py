"""The numbers that a film is made of, as a model, as npz bytes, and in the cache."""
