"""Answers questions about rule sets, for every packet at once and for one packet at a time."""
