"""Where things are kept: append-only logs, which are the truth, and a ledger, which is a fold of them."""
