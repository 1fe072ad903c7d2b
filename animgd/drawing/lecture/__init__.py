"""The pictures of lectures that no scene has: cards, and the frames of transitions."""
