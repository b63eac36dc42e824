"""Connecting an organization and undoing it: what is checked, decided and changed. Asks and prints nothing."""
