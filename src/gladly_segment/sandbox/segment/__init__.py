"""A Segment simulator for any client, with a ledger of everything it was sent."""
