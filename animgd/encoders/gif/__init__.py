"""GIF: palettes, differences, compression and file blocks."""
