"""Scene modules: run, searched for scenes, with one-line errors."""
