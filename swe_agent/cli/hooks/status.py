"""`hooks status`: which of our hooks are there, and what stands beside them."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Directory, Json


def status(json: Json = False, directory: Directory = HERE) -> None:
    """Which hooks are on, where they lie, and who else has some there. Exit code 1 where one that is wanted is gone."""
    from swe_agent.cli.hooks.placing import told

    told(json=json, directory=directory)
