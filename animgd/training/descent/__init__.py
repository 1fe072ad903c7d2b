"""Training: batches, schedules, clipping and the steps of torch's optimizers, for parameters of any shape."""
