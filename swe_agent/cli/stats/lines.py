"""What the questions about lines have in common: find them, measure, and print in one of three forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from swe_agent.metrics.catalogue import Cut, Measured
    from swe_agent.metrics.figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What there is to draw, and how much room there is."""

    results: tuple[Measured, ...]
    figures: Figures
    cut: Cut
    width: int
    blocks: bool


def answered(
    names: Sequence[str],
    draw: Callable[[Answer], RenderableType],
    *,
    question: str,
    by: str,
    since: str,
    json: bool,
    csv: bool,
    directory: Path,
    more: Callable[[Answer], dict[str, Any]] | None = None,
) -> None:
    """The metrics `names`, as far as they can be cut as asked. UsageError where none can. `more` are further fields of
    the JSON answer."""
    import sys

    from swe_agent.cli.session import session
    from swe_agent.cli.stats.options import cut_of, day_of, one_form
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.figures import reading
    from swe_agent.metrics.catalogue import Measured, named
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, print_data
    from swe_agent.ui.figures import as_csv, as_json
    from swe_agent.ui.plots import draws_blocks

    one_form(json, csv)
    cut, every = cut_of(by), named(names)
    metrics = [metric for metric in every if metric.cuts >= set(cut)]
    if not metrics:
        known = sorted({name for metric in every for name in metric.cuts})
        raise UsageError(f"`stats {question}` cannot be cut by {', '.join(cut)}", hint=f"it can by {', '.join(known)}")
    with session(directory, json=json) as at:
        first = day_of(since, at.kit.time.clock())
        with reading(at.kit, first) as read:
            figures = read(())
            for note in read.book.notes:
                at.kit.voices.note(note)
        term = at.opened.settings.environment.get("TERM", "")
    results = tuple(Measured(metric=metric, rows=metric.measure(figures, cut)) for metric in metrics)
    console = data_console()
    blocks = draws_blocks(console.encoding, term)
    asked = Answer(results=results, figures=figures, cut=cut, width=console.width, blocks=blocks)
    if json:
        jsonl.print_object("Metrics", **as_json(results, question, cut, first), **(more(asked) if more else {}))
    elif csv:
        sys.stdout.write(as_csv(results, cut))
    else:
        print_data(console, draw(asked))
