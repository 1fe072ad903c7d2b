"""Recording: optimizers, landscapes and minima computed with torch, which only this package imports."""
