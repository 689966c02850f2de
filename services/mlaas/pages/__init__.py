"""Pages for a customer: its models, what it asked day by day, what its queries look like in the ledger."""
