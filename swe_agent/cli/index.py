"""`index`: what is kept of repositories that were read, so that they need not be read again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json

if TYPE_CHECKING:
    from swe_agent.index.store import Store

ACTIONS = ("status", "build", "clear")


def index(
    action: Annotated[
        str, typer.Argument(metavar="[status|build|clear]", show_default=False, help="What to do.")
    ] = "status",
    symbols: Annotated[bool, typer.Option("--symbols", help="With `build`: parse, and leave words for later.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The index: what is known of this tree, everything read and parsed at once (`build`), or all removed (`clear`)."""
    from swe_agent.core.errors import UsageError
    from swe_agent.wiring.looking import index_store

    if action not in ACTIONS:
        raise UsageError(f"`index {action}` is not known", hint=f"one of {', '.join(ACTIONS)}")
    if symbols and action != "build":
        raise UsageError(f"`--symbols` says nothing to `index {action}`", hint="it belongs to `index build`")
    if action == "clear":
        _clear(index_store(), json=json)
    elif action == "build":
        _build(directory, symbols=symbols, json=json)
    else:
        _status(directory, index_store(), json=json)


def _build(directory: Path, *, symbols: bool, json: bool) -> None:
    from swe_agent.cli.looking import opened, said_meanwhile
    from swe_agent.wiring.looking import complete_index, index_store

    with said_meanwhile("parsing", json=json):
        built = complete_index(directory)
    if not symbols:
        with opened(directory, "", json=json):
            pass
    index_store().prune()
    if json:
        from swe_agent.ui import jsonl

        jsonl.print_object("IndexBuilt", files=built.files, read=built.read, symbols=built.symbols)
    else:
        from swe_agent.ui.console import data_console

        now = f"{built.read:,} parsed now" if built.read else "all were known"
        data_console().print(f"{built.symbols:,} symbols in {built.files:,} files; {now}")


def _status(directory: Path, store: Store, *, json: bool) -> None:
    from swe_agent.wiring.looking import kept_of

    here, size = kept_of(directory), store.size()
    if json:
        from swe_agent.ui import jsonl

        jsonl.print_object(
            "Index", files=here.files, languages=here.languages, words=here.words, parsed=here.parsed,
            symbols=here.symbols, blobs=size.blobs, outlines=size.outlines, segments=size.segments, bytes=size.bytes,
            directory=str(store.directory),
        )  # fmt: skip
        return
    from swe_agent.ui.code import index_text
    from swe_agent.ui.console import data_console

    data_console().print(index_text(here, size, str(store.directory)), soft_wrap=True)


def _clear(store: Store, *, json: bool) -> None:
    before = store.size()
    store.clear()
    if json:
        from swe_agent.ui import jsonl

        jsonl.print_object("IndexCleared", bytes=before.bytes)
    else:
        from swe_agent.ui.console import data_console

        data_console().print(f"removed {before.bytes / 1e6:.1f} MB, for all repositories")
