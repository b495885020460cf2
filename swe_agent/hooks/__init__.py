"""git's hooks. What git starts a hundred times a day loads the standard library alone, and of that as little as can
be."""
