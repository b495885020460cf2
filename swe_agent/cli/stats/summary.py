"""`stats` alone: acceptance so far."""

from __future__ import annotations

from pathlib import Path


def summary(*, json: bool, directory: Path) -> None:
    from swe_agent.cli.session import session
    from swe_agent.metrics.acceptance import acceptance, by
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.tables import acceptance_row, acceptance_table

    with session(directory, json=json) as at:
        books, now = at.kit.books.ledger.books(), at.kit.time.clock()
        rows = {
            "all": (acceptance(books, now),),
            "language": by(books, now, lambda block: block.language),
            "model": by(books, now, lambda block: block.model),
        }
        if json:
            jsonl.print_object(
                "Acceptance",
                jobs=len(books),
                rows={name: [acceptance_row(row) for row in group] for name, group in rows.items()},
            )
        else:
            data_console().print(acceptance_table(rows))
