"""What animgd costs, beside what others cost. README.md says what to run."""
