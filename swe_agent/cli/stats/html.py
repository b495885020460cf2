"""`stats html`: all figures as one page."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json
from swe_agent.cli.stats.options import Since

DEFAULT = "swe-agent-stats.html"


def html(
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where the page goes; `-` for stdout.")
    ] = DEFAULT,
    since: Since = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """All figures as one static page with plots, for a browser, a mail or an artifact of CI.

    Nothing in it is fetched or run, no person is named, and every plot has its figures beside it.
    """
    import sys
    from pathlib import Path

    from swe_agent.cli.session import session
    from swe_agent.cli.stats.options import day_of
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.figures import reading
    from swe_agent.metrics.report import report
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import line, talk_console
    from swe_agent.ui.stats_html import page

    if json and output == "-":
        raise UsageError("`--json` and a page on stdout exclude each other", hint="name a file with `--output`")
    with session(directory, json=json) as at, reading(at.kit, day_of(since, at.kit.time.clock())) as read:
        book = read.book
        made = page(report(read), where=at.kit.place.checkout.name, commit=book.commit, notes=book.notes)
    data = made.encode()
    if output == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        hint = "name a file with `--output`, or `-` for stdout"
        raise UsageError(f"cannot write {output}: {error.strerror}", hint=hint) from error
    if json:
        jsonl.print_object("PageWritten", file=output, bytes=len(data))
    else:
        talk_console().print(line(f"written: {output}"))
