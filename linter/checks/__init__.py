"""The checks: what a site's requirements and its firewalls' exports say about each other.

A check is a value in a module of its own (`check.Check`), in the room of the question that it asks.
`catalogue.MODULES` lists them, `subject.Subject` is what they are given, and what they share is
worked out there once. `evaluation.evaluate` runs them.
"""
