"""What an author writes: declarations that are checked when they are made. No numpy, torch or matplotlib."""
