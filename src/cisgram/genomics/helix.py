"""The double helix: what comes back with its turns lies on one side of it."""

HELICAL_BP = 10.5
"""Bases per turn."""
