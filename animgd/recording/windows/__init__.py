"""Other windows than the panel's: wider ones for a run that leaves it, a narrow one where a path becomes small."""
