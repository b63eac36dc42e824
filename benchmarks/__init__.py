"""Measurements; every figure is a ratio of interleaved runs on one machine."""
