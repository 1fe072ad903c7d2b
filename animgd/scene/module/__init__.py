"""Scene modules: run in isolation, searched for scenes, with one-line errors."""
