"""Film workers: the processes that film scene modules."""
