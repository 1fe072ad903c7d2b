"""Declarations of lectures: several scenes, cards and pauses as one film."""
