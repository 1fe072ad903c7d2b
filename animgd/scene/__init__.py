"""Declarations of scenes, checked when they are made; no numpy, torch or matplotlib."""
