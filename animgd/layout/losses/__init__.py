"""The losses as numbers, in a table, a matrix or a line."""
