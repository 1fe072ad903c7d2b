"""Where a loss is lowest: solved for where it is convex, searched for elsewhere."""
