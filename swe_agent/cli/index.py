"""`index`: what is kept of repositories that were read, so that they need not be read again."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json

ACTIONS = ("status", "build", "clear")


def index(
    action: Annotated[
        str, typer.Argument(metavar="[status|build|clear]", show_default=False, help="What to do.")
    ] = "status",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The index: how large it is, everything parsed at once (`build`), or all of it removed (`clear`)."""
    from swe_agent.cli.looking import opened
    from swe_agent.core.errors import UsageError
    from swe_agent.ui import jsonl
    from swe_agent.ui.code import index_text
    from swe_agent.ui.console import data_console
    from swe_agent.wiring.looking import index_store

    if action not in ACTIONS:
        raise UsageError(f"`index {action}` is not known", hint=f"one of {', '.join(ACTIONS)}")
    store = index_store()
    if action == "clear":
        before = store.size()
        store.clear()
        if json:
            jsonl.print_object("IndexCleared", bytes=before.bytes)
        else:
            data_console().print(f"removed {before.bytes / 1e6:.1f} MB, for all repositories")
        return
    with opened(directory, "", json=json) as here:
        symbols = here.complete() if action == "build" else None
        store.prune()
        size = store.size()
        if json:
            jsonl.print_object(
                "Index", files=len(here.paths), definitions=here.definitions, symbols=symbols, scanned=here.scanned,
                languages=here.languages, blobs=size.blobs, outlines=size.outlines, segments=size.segments,
                bytes=size.bytes, directory=str(store.directory),
            )  # fmt: skip
        else:
            data_console().print(index_text(here, size, symbols, str(store.directory)), soft_wrap=True)
