"""`stats cost`: what models were paid, and for what."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Directory, Json
from swe_agent.cli.stats.options import By, Csv, Since

SHOWN = ("cost.total", "cost.per_accepted_line", "cost.per_surviving_line", "cost.per_landed_task", "tokens")


def cost(by: By = "", since: Since = "", json: Json = False, csv: Csv = False, directory: Directory = HERE) -> None:
    """What models have cost: in all, for each accepted line, each surviving one and each landed task; failures too."""
    from swe_agent.cli.stats.measuring import measured

    measured(SHOWN, question="cost", by=by, since=since, json=json, csv=csv, directory=directory)
