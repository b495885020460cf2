"""Real tasks with a verdict: trees without history, environments of their time, agents, grading and statistics."""
