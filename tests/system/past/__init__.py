"""Months of the past brought in beside live traffic, with kills; judged by the simulators' ledgers."""
