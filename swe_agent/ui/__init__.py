"""How things look: events to text, keys to decisions. Everything that comes from a repository is escaped first."""
