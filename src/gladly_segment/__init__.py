"""Segment integration toolkit for Gladly."""
