"""Both vendors, simulated for anybody's client, each with a ledger, and the checker that compares the ledgers."""
