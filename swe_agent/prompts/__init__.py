"""What is said to a model: one Markdown file a role, with its version; strict about what is put into it."""
