"""Connecting an organization, as the command and the page both do it: they only ask and tell in their own ways."""
