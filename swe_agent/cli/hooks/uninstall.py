"""`hooks uninstall`: everything as it was."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Directory, Json


def uninstall(json: Json = False, directory: Directory = HERE) -> None:
    """Take our hooks away, and put back what stood there, as it was."""
    from swe_agent.cli.hooks.placing import uninstalled

    uninstalled(json=json, directory=directory)
