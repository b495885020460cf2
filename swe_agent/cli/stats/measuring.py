"""What questions that metrics of the catalogue answer have in common: measure, and print in one of three forms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def measured(
    names: Sequence[str], *, question: str, by: str, since: str, json: bool, csv: bool, directory: Path
) -> None:
    """The metrics `names`, as far as they can be cut as asked. UsageError where none can."""
    import sys

    from swe_agent.cli.session import session
    from swe_agent.cli.stats.options import cut_of, day_of, one_form
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.figures import reading
    from swe_agent.metrics.catalogue import Measured, named
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.figures import as_csv, as_json, figures_screen
    from swe_agent.ui.plots import draws_blocks

    one_form(json, csv)
    cut = cut_of(by)
    metrics = [metric for metric in named(names) if metric.cuts >= set(cut)]
    if not metrics:
        common = sorted(set.intersection(*(set(metric.cuts) for metric in named(names))))
        raise UsageError(f"`stats {question}` cannot be cut by {', '.join(cut)}", hint=f"it can by {', '.join(common)}")
    left_out = [metric.title for metric in named(names) if metric not in metrics]
    with session(directory, json=json) as at:
        first = day_of(since, at.kit.time.clock())
        with reading(at.kit, first) as read:
            of_lines = [metric.name for metric in metrics if metric.of_lines]
            if all(name.startswith("cost.") for name in of_lines):
                found = read.of_money(cut) if of_lines else read.of_blocks(cut)
            else:
                found = read(cut)
    results = [Measured(metric=metric, rows=metric.measure(found, cut)) for metric in metrics]
    if json:
        jsonl.print_object("Metrics", **as_json(results, question, cut, first))
    elif csv:
        sys.stdout.write(as_csv(results, cut))
    else:
        console = data_console()
        blocks = draws_blocks(console.encoding, at.opened.settings.environment.get("TERM", ""))
        console.print(figures_screen(results, cut, since=first, left_out=left_out, width=console.width, blocks=blocks))
