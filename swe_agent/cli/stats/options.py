"""Options that the questions of `stats` share."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from swe_agent.metrics.catalogue import Cut

By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="WHAT",
        help="Cut by language, model, kind, engine, prompt, format, attempt, policy, surface, size, month or author; "
        "several with commas.",
        show_default=False,
    ),
]
Since = Annotated[
    str,
    typer.Option(
        "--since", metavar="WHEN", help="Only from then on: 90d, 12w, or a day such as 2026-01-31.", show_default=False
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print comma-separated values instead of text.")]


def cut_of(by: str) -> Cut:
    """The dimensions that were typed. UsageError for one that there is not."""
    from typing import cast, get_args

    from swe_agent.core.errors import UsageError
    from swe_agent.metrics.figures import Dimension

    known = get_args(Dimension)
    typed = [name.strip() for name in by.split(",") if name.strip()]
    for name in typed:
        if name not in known:
            raise UsageError(f"nothing can be cut by {name!r}", hint=f"`--by` takes {', '.join(known)}")
    return cast("Cut", tuple(dict.fromkeys(typed)))


def day_of(since: str, now: datetime) -> str:
    """The first day that counts, UTC; empty for all. UsageError for what is no time.

    >>> day_of("90d", datetime(2026, 4, 1)), day_of("2w", datetime(2026, 4, 1)), day_of("2026-01-31", datetime.min)
    ('2026-01-01', '2026-03-18', '2026-01-31')
    """
    from swe_agent.core.errors import UsageError

    text = since.strip()
    if not text:
        return ""
    try:
        if text[-1] in "dw" and text[:-1].isdecimal():
            return (now - timedelta(days=int(text[:-1]) * (7 if text[-1] == "w" else 1))).date().isoformat()
        return date.fromisoformat(text).isoformat()
    except (ValueError, OverflowError):
        raise UsageError(
            f"{since!r} is no time", hint="`--since` takes 90d, 12w, or a day such as 2026-01-31"
        ) from None


def one_form(json: bool, csv: bool) -> None:
    """UsageError where two are asked for."""
    from swe_agent.core.errors import UsageError

    if json and csv:
        raise UsageError("`--json` and `--csv` are two forms of one answer", hint="leave one of them out")
