"""Losses and functions written by the author (own code): calls, gradient checks, batching."""
