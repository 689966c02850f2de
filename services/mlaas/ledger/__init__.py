"""The ledger: every query is in it before it is answered, and the counts are the sums of its rows."""
