"""`find`: where a name is defined, used, called or implemented, or where a text stands."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.looking import At, Limit
from swe_agent.cli.options import HERE, Directory, Json

KINDS = ("symbol", "text", "regex", "references", "callers", "implementations")


def find(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[KIND] WHAT", help=f"A name; before it one of {', '.join(KINDS)}. `symbol` is the default."
        ),
    ],
    under: Annotated[
        list[str] | None, typer.Option("--in", metavar="PATH", help="Only in this file or folder.", show_default=False)
    ] = None,
    limit: Limit = 200,
    at: At = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Where a name is defined (`find total`, `find symbol Cart.total`), used, called or implemented; or a text."""
    from swe_agent.cli.finding import answer
    from swe_agent.cli.looking import opened
    from swe_agent.core.errors import AnswerIsNo, UsageError
    from swe_agent.ui import jsonl
    from swe_agent.ui.code import places_text
    from swe_agent.ui.console import data_console

    kind, what = (words[0], words[1:]) if len(words) > 1 and words[0] in KINDS else ("symbol", words)
    if len(what) != 1 and kind != "text":
        raise UsageError(
            f"`{' '.join(words)}` is not one name", hint=f"`find KIND NAME`, KIND being {', '.join(KINDS)}"
        )
    with opened(directory, at, json=json) as index:
        found = answer(index, kind, " ".join(what), under or [])
        if json:
            rows = [place.as_json() for place in found[:limit]]
            jsonl.print_object("Found", asked=kind, what=" ".join(what), found=rows, more=max(0, len(found) - limit))
        else:
            data_console().print(places_text(found, limit), soft_wrap=True)
        if not found:
            raise AnswerIsNo(f"nothing found for {kind} `{' '.join(what)}`", hint="`find text` looks at every line")
