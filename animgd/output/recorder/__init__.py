"""Who records the scenes of a film."""
