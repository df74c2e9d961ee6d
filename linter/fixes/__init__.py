"""Edits of exports that mend findings: drawn up by format, and proved before they are told."""
