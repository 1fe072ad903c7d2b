"""GIF: palettes, differences, compression and the file's blocks."""
