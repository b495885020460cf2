"""`stats` alone: the four questions, on one screen."""

from __future__ import annotations

from pathlib import Path


def summary(*, json: bool, directory: Path, since: str = "") -> None:
    from swe_agent.cli.session import session
    from swe_agent.cli.stats.options import day_of
    from swe_agent.jobs.figures import reading
    from swe_agent.metrics.overview import overview
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, print_data
    from swe_agent.ui.plots import draws_blocks
    from swe_agent.ui.stats_json import overview_fields
    from swe_agent.ui.stats_screen import stats_screen

    with session(directory, json=json) as at:
        with reading(at.kit, day_of(since, at.kit.time.clock())) as read:
            lines, book = read.line_answers()
            view = overview(read.of_blocks, lines)
        if json:
            jsonl.print_object("Stats", **overview_fields(view, commit=book.commit, notes=book.notes))
            return
        console, checkout = data_console(), at.kit.place.checkout
        blocks = draws_blocks(console.encoding, at.opened.settings.environment.get("TERM", ""))
        where = f"{checkout.name} at {book.commit[:10]}" if book.commit else checkout.name
        print_data(console, stats_screen(view, where=where, width=console.width, blocks=blocks))
        if not view.is_empty:
            for note in book.notes:
                at.kit.voices.note(note)
