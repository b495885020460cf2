"""`list`: the jobs of this repository, running ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json

if TYPE_CHECKING:
    from swe_agent.core.record import JobBook


def list_(
    everything: Annotated[bool, typer.Option("--all", "-a", help="Closed jobs too.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The jobs of this repository: running, waiting for decisions, and with --all the closed ones."""
    from swe_agent.cli.session import session
    from swe_agent.jobs.housekeeping import running
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.tables import jobs_table, state_of

    with session(directory, json=json) as at:
        alive = running(at.kit)
        books = at.kit.books.ledger.books()

        def waits(book: JobBook) -> bool:
            """What was taken back is open again as long as its box is kept. Reviews and drafts leave nothing open."""
            if book.job.engine in ("review", "draft"):
                return False
            box = at.kit.place.paths.box(book.job.job) / "box.json"
            return not book.job.closed or (book.open_again and box.exists())

        shown = [book for book in books if everything or book.job.job in alive or waits(book)]
        if json:
            rows = [
                {
                    "job": book.job.job,
                    "title": book.job.title,
                    "state": state_of(book, alive),
                    "pid": alive.get(book.job.job),
                    "engine": book.job.engine,
                    "model": book.job.model,
                    "verdict": book.job.verdict,
                    "blocks": len(book.blocks),
                    "open_blocks": len(book.undecided),
                    "cost_nano_usd": book.cost.nano_usd,
                    "started_at": book.job.started_at,
                    "landings": [{"landing": one.landing, "state": one.state} for one in book.landings],
                }
                for book in shown
            ]
            jsonl.print_object("Jobs", jobs=rows)
        else:
            console = data_console()
            console.print(jobs_table(shown, alive, hidden=len(books) - len(shown), width=console.width))
