"""A review on the terminal: what is found, the worst first, each with the line that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from swe_agent.core.secrets import redact
from swe_agent.review.findings import Anchor, Severity, Told
from swe_agent.review.result import Review, counted
from swe_agent.ui.console import line, safe, sentence

STYLES = {
    Severity.CRITICAL: "bold white on red", Severity.HIGH: "bold red", Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan", Severity.INFO: "dim",
}  # fmt: skip
WIDTH = 160
"""Signs of a line of code that are shown."""
HIDDEN = "secret"
"""Rules whose lines are never shown."""
NAMED = 3
"""Files that are named one by one, of those that were not looked at whole."""
TextOf = Callable[[Anchor], str | None]


def review_text(review: Review, called: str, text_of: TextOf) -> RenderableType:
    """`called` says what was reviewed, `text_of` gives the first line that a finding is about."""
    parts: list[RenderableType] = []
    for one in review.told:
        parts += [*_finding(one, text_of), Text()]
    if review.folded:
        parts += [line(f"{len(review.folded)} more:", "bold"), *_folded(review), Text()]
    parts += _end(review, called)
    return Group(*parts)


def _finding(told: Told, text_of: TextOf) -> Iterator[RenderableType]:
    finding, anchor = told.finding, told.anchor
    head = Text(f"{finding.severity.word}", style=STYLES[finding.severity])
    yield head + Text("  ") + line(where(told), "bold") + Text("  ") + line(finding.rule, "dim")
    yield _under(sentence(finding.message))
    if anchor is not None and not finding.rule.startswith(HIDDEN):
        code = redact(text_of(anchor) or "").strip()
        if code:
            sign = "-" if anchor.side == "left" else "|"
            yield _under(Text(f"{sign} ", "dim") + line(code[:WIDTH]))
    if finding.detail:
        yield _under(safe(finding.detail, "dim"))
    if finding.suggestion is not None:
        yield _under(Text("instead:", "dim"))
        yield _under(safe(finding.suggestion, "green"), 4)


def _under(shown: RenderableType, columns: int = 2) -> Padding:
    return Padding(shown, (0, 0, 0, columns), expand=False)


def where(told: Told) -> str:
    """A place that editors and terminals know: `path:line`."""
    anchor = told.anchor
    if anchor is None:
        return told.finding.path or "the whole change"
    removed = " (removed)" if anchor.side == "left" else ""
    return f"{anchor.path}:{anchor.first}{removed}"


def _folded(review: Review) -> Iterator[RenderableType]:
    for one, _ in review.folded:
        finding = one.finding
        head = Text(finding.severity.word, STYLES[finding.severity])
        yield _under(head + Text("  ") + line(f"{where(one)}: ") + sentence(finding.message))


def _end(review: Review, called: str) -> Iterator[RenderableType]:
    files = len(review.coverage)
    said = counted(one.finding for one in review.all_told) or "nothing to say"
    yield line(f"{said}; {files} {'file' if files == 1 else 'files'} of {called} looked at", "bold")
    for names, why in review.not_run:
        yield line(f"not run: {', '.join(names)} ({why})", "yellow")
    rows = sorted((one.state, one.why, one.path) for one in review.coverage if one.state != "full")
    for (state, why), group in groupby(rows, lambda row: row[:2]):
        paths = [path for _, _, path in group]
        named = ", ".join(paths) if len(paths) <= NAMED else f"{len(paths)} files"
        yield line(f"{state}: {named} ({why})", "yellow")
    if review.left:
        count = len(review.left)
        yield line(f"{count} left out, as `--json` tells", "dim")
