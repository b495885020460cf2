"""What other tools write of who wrote which line, as values and back. Text in, text out; nothing is read or written."""
