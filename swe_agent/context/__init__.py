"""What a model sees first: which part of the repository, within a budget, and how it is written down."""
