"""From declarations to recordings: torch's optimizers, landscapes and minima. torch is imported only here."""
