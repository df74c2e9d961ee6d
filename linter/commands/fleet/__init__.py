"""Many inputs in one run: what they are, who works on them, and how their results are written."""
