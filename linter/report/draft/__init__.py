"""Proposed site files as text: YAML with comments, in which nothing of an export acts."""
