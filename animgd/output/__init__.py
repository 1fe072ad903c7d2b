"""From a scene and file names to finished files."""
