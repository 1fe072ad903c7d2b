"""Recordings: the numbers of a film as a model, as npz bytes, and in the cache."""
