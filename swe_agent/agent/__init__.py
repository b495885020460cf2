"""The conversation: a plan, then edits by tool calls until the harness is satisfied or a limit is reached."""
