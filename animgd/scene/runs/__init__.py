"""Declarations of runs: an optimizer with its schedule, batches and clipping."""
