"""Segment integration toolkit for Gladly."""

__version__ = "0.1.0"
