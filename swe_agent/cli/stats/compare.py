"""`stats compare`: two models (prompts, formats, …) side by side, the work being the same."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json
from swe_agent.cli.stats.options import Csv, Since


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="One of the two, as `stats acceptance --by` calls it.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="WHAT",
            help="What A and B are: model, engine, prompt, format, language, kind, attempt, policy, surface, size or "
            "month.",
        ),
    ] = "model",
    since: Since = "",
    json: Json = False,
    csv: Csv = False,
    directory: Directory = HERE,
) -> None:
    """Whose blocks are accepted more, with the same mix of languages and kinds of task; or that nobody can say."""
    import sys

    from swe_agent.cli.session import session
    from swe_agent.cli.stats.options import cut_of, day_of, one_form
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.figures import offer_notes
    from swe_agent.metrics.arms import clusters, values_of
    from swe_agent.metrics.compare import compare as compared
    from swe_agent.ui import jsonl
    from swe_agent.ui.comparison import as_csv, as_json, comparison_screen
    from swe_agent.ui.console import data_console
    from swe_agent.ui.plots import draws_blocks

    one_form(json, csv)
    cut = cut_of(by)
    if len(cut) != 1 or cut == ("author",):
        what = "persons are not compared" if "author" in cut else "one thing is compared at a time"
        raise UsageError(what, hint="`--by model`, or another one of those that `--help` names")
    if first == second:
        raise UsageError(f"{first} is the same on both sides", hint="name two different ones")
    with session(directory, json=json) as at:
        now = at.kit.time.clock()
        day = day_of(since, now)
        with at.kit.books.ledger.read() as database:
            known = values_of(database, cut[0])
            for name in (first, second):
                if name not in known:
                    hint = f"there is {', '.join(known)}" if known else "nothing is recorded yet"
                    raise UsageError(f"nothing is recorded of {cut[0]} {name!r}", hint=hint)
            found = compared(clusters(database, cut[0], (first, second), now, day), first, second)
        offer_notes(at.kit)
    if json:
        jsonl.print_object("Comparison", by=cut[0], since=day, **as_json(found))
    elif csv:
        sys.stdout.write(as_csv(found))
    else:
        console = data_console()
        blocks = draws_blocks(console.encoding, at.opened.settings.environment.get("TERM", ""))
        console.print(comparison_screen(found, cut[0], since=day, width=console.width, blocks=blocks))
