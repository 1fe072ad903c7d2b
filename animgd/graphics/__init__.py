"""Drawing primitives: rasters, text, markers, colours."""
