"""`models`: what is usable here, what it costs, and who answers for which role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swe_agent.cli.options import HERE, Directory, Json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from swe_agent.config.settings import Settings
    from swe_agent.llm.router import Evidence
    from swe_agent.wiring.models import RoleModel


def models(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Only models whose name holds this.", show_default=False)
    ] = "",
    local: Annotated[bool, typer.Option("--local/--no-local", help="Look for servers on this machine.")] = True,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The models that are usable here: the configured one, local servers, and providers that have a key set.

    Below them stands which model answers for which role, why, and what the effort becomes there.
    """
    from swe_agent.cli.surveying import survey
    from swe_agent.llm.router import Asked
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.tables import models_table
    from swe_agent.wiring.models import AUTO, roster
    from swe_agent.wiring.repository import open_settings

    settings = open_settings(directory)
    roles = roster(settings, Asked(effort=settings.effort), _evidence(settings, directory))
    found = tuple(row for row in survey(directory, name, local=local) if row.name != AUTO)
    if json:
        jsonl.print_object("Models", models=[row.as_json() for row in found], roles=[_as_json(row) for row in roles])
        return
    data_console().print(models_table(found, name))
    if roles and not name:
        data_console().print(_roles_said(roles))


def _evidence(settings: Settings, directory: Path) -> Evidence | None:
    """Only `auto` asks what has been accepted, and only in a repository is there anything."""
    from swe_agent.core.errors import RepositoryError
    from swe_agent.wiring.chance import clock
    from swe_agent.wiring.models import AUTO
    from swe_agent.wiring.repository import open_repository
    from swe_agent.wiring.spending import evidence_of

    if settings["model"] != AUTO:
        return None
    try:
        return evidence_of(open_repository(directory).books.ledger.books(), clock())
    except RepositoryError:
        return None


def _roles_said(rows: tuple[RoleModel, ...]) -> RenderableType:
    """Lines and no table: a role has more to tell than fits beside each other."""
    from rich.console import Group
    from rich.text import Text

    from swe_agent.config.keys import ROLES
    from swe_agent.ui.console import line

    said: list[Text] = []
    for row in rows:
        roles = "all roles" if len(row.roles) == len(ROLES) else ", ".join(row.roles)
        names = ", then ".join(ref.name for ref in row.models)
        said += [Text(""), line(f"{roles}: {names}", "bold"), line(f"  {row.why}")]
        said += [line(f"  {_facts_said(row)}", "dim"), line(f"  {_effort_said(row)}", "dim")]
    return Group(*said)


def _facts_said(row: RoleModel) -> str:
    dollars, context = "price unknown", row.facts.context_tokens
    if price := row.facts.price:
        asked, cached, answered = price.input_nano / 1000, price.cached_nano / 1000, price.output_nano / 1000
        dollars = f"${asked:.2f} in, ${cached:.2f} cached, ${answered:.2f} out a million"
    return f"{row.models[0].door}; {dollars}; context {f'{context:,}' if context else 'unknown'}"


def _effort_said(row: RoleModel) -> str:
    sent = ", ".join(f"{name} {value}" for name, value in row.effort.items())
    return f"effort sends {sent or 'nothing'}"


def _as_json(row: RoleModel) -> dict[str, Any]:
    price = row.facts.price
    return {
        "roles": list(row.roles),
        "models": [ref.name for ref in row.models],
        "door": row.models[0].door,
        "why": row.why,
        "effort": dict(row.effort),
        "context_tokens": row.facts.context_tokens,
        "usd_per_million_input": price.input_nano / 1000 if price else None,
        "usd_per_million_cached": price.cached_nano / 1000 if price else None,
        "usd_per_million_output": price.output_nano / 1000 if price else None,
    }
