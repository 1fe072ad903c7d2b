"""Pixels without meaning: rasters, text, markers, colours."""
