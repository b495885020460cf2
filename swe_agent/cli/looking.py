"""What the commands that look into a repository share: the index opened, and where it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from swe_agent.index.index import Index

At = Annotated[
    str,
    typer.Option("--at", metavar="REV", help="Look at this commit instead of your files.", show_default=False),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many are shown.")]


def path_in(index: Index, directory: Path, typed: Path) -> str | None:
    """A file of the index, by a path from where the command was typed, from the top, or by the end of its own."""
    from swe_agent.wiring.looking import top_of

    top = top_of(directory)
    whole = (directory / typed).absolute()
    if top is not None and whole.is_relative_to(top) and str(whole.relative_to(top)) in index:
        return str(whole.relative_to(top))
    if str(typed) in index:
        return str(typed)
    fitting = [path for path in index.paths if path.endswith(f"/{typed}")]
    return fitting[0] if len(fitting) == 1 else None


@contextmanager
def opened(directory: Path, revision: str, *, json: bool, ranking: bool = False) -> Iterator[Index]:
    from swe_agent.wiring.looking import open_index

    with said_meanwhile("reading the repository", json=json):
        index = open_index(directory, revision, ranking=ranking)
    yield index


@contextmanager
def said_meanwhile(doing: str, *, json: bool) -> Iterator[None]:
    """On a terminal, and gone when it is over."""
    if json:
        yield
        return
    from swe_agent.ui.console import line, talk_console
    from swe_agent.ui.progress import Progress

    progress = Progress(talk_console())
    try:
        progress.show(line(doing, "dim"))
        yield
    finally:
        progress.close()
