"""Pure mapping from Gladly's events and entities to Segment's track events."""
