"""Writes policies that a person completes: from services on machines, from tables, from words."""
