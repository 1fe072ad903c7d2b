"""Starts, watches and ends other processes; what they run is given by the name of a function."""
