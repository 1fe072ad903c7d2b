"""How a scene module is run, what scenes it holds, and what its errors say."""
