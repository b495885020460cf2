"""Arguments and exit codes: one module a command.

A command's module imports only typer and `cli.options` at its top, and everything else when the command runs: `--help`
has to load all of them, and must stay instant.
"""
