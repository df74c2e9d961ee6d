"""The one door to files: which of them may be read or written, and how."""
