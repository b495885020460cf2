"""Our face of the sandbox: a box and a work tree as one thing, in core's values and errors."""
