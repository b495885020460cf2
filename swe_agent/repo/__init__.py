"""The user's own repository, read through their own git. Nothing here writes into it."""
