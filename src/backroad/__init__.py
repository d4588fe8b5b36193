"""Backroad: the road to backend engineering that checks your work."""

__version__ = "0.1.0"
