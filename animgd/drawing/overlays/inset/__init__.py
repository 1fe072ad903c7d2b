"""What the small map and the lens share: a corner of the panel, a frame, a faint map with numbers on its contours."""
