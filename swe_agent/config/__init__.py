"""What the user has set, and where the user's files are."""
