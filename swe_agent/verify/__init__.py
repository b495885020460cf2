"""The project's own tests, run by the harness: which command, what its output says, and what two runs say together."""
