"""System calls and /proc: what the standard library does not offer, and nothing of what it is used for."""
