"""Paths that were trained elsewhere: `Recorder` writes them down, `rows` reads them."""
