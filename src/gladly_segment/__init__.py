"""Segment integration toolkit for Gladly."""

from typing import Final

__version__: Final = "0.1.0"
