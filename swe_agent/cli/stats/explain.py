"""`stats explain`: how a line came to be where it is, from the proposal to the commit."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def explain(
    place: Annotated[str, typer.Argument(metavar="FILE:LINE", help="A line, counted from 1.", show_default=False)],
    revision: Annotated[str, typer.Option("--rev", metavar="REV", help="The commit to look at.")] = "HEAD",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """How a line came to be: the proposal it was in, who decided it, and the commit that brought it."""
    from swe_agent.cli.session import session
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.explain import explain as told
    from swe_agent.ui import blame as shown

    path, _, number = place.rpartition(":")
    if not path or not number.isdigit() or int(number) < 1:
        raise UsageError(f"{place} names no line", hint="write it as FILE:LINE, for example `shop/cart.py:12`")
    with session(directory, json=json) as at:
        (inside,) = at.kit.place.checkout.inside([path], directory)
        chain = told(at.kit, revision, inside, int(number))
        if json:
            shown.print_chain_json(chain)
        else:
            shown.print_chain(chain)
