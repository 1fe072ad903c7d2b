"""What is read off beside the maps, at whole epochs: losses, bars, cursors, states, the numbers of the update rule."""
