"""A Gladly simulator for any client, with a ledger of what truly happened."""
