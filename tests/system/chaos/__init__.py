"""Faults on purpose: kills, vendors in trouble, machines in trouble; judged by the simulators' ledgers."""
