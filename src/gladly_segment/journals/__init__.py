"""Drivers of the journal port."""
