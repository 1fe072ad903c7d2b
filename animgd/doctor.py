"""What is there, what is not, and the command that brings it."""

from __future__ import annotations
