"""Findings and reviews as Markdown, as platforms show it.

What a model or a repository has said is somebody else's text. On its way out it can call nobody (`@name`), close or
link nothing (`fixes #1`), load nothing (a picture tells its server that it was seen), bring no HTML along, and so no
mark that would pass for ours, and no secret. What stands in code is left as it is: nothing happens there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from swe_agent.core.secrets import redact
from swe_agent.review.findings import Finding, Severity, Told
from swe_agent.review.result import Check, Covered, Review, counted

_CODE = re.compile(r"(^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))",
                   re.DOTALL | re.MULTILINE)  # fmt: skip
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)|!\[([^\]]*)\]\[[^\]]*\]")
_LINK = re.compile(r"\[([^\]]*)\]\(\s*<?([a-z][a-z0-9+.-]*:[^\s)>]*)[^)]*\)", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:https?|ftp|file|data|javascript):[^\s`<>)\]]+|\bwww\.[^\s`<>)\]]+", re.IGNORECASE)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_MENTION = re.compile(r"@(?=[A-Za-z0-9])")
_ISSUE = re.compile(r"(?:#(?=\d)|\bGH-(?=\d))")
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_APART = "\u2060"
"""Seen by nobody, and no name or number goes across it."""


def harmless(text: str) -> str:
    """Markdown of somebody else's, fit to be posted in our name.

    >>> harmless("ask @ann, see `@ann` <b>now</b>")
    'ask @\u2060ann, see `@ann` &lt;b&gt;now&lt;/b&gt;'
    """
    parts, at = [], 0
    text = redacted(text)
    for code in _CODE.finditer(text):
        parts += [_harmless_words(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _harmless_words(text[at:])])


def _harmless_words(text: str) -> str:
    text = _REFERENCE.sub("", text)
    text = _PICTURE.sub(lambda found: found[1] or found[2] or "", text)
    text = text.replace("![", "!\\[")  # one that only the words after it would close
    text = _LINK.sub(lambda found: f"{found[1]} ({found[2]})", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"^( {0,3})&gt;", r"\1>", text, flags=re.MULTILINE)  # a quotation is one
    text = _ADDRESS.sub(lambda found: f"`{found[0]}`", text)
    return _ISSUE.sub(lambda found: found[0] + _APART, _MENTION.sub("@" + _APART, text))


def redacted(text: str) -> str:
    """Text for a place that shows no Markdown."""
    return redact(_HIDDEN.sub("", text))


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence is longer than any row of backticks in it.

    >>> print(fenced("a"))
    ```
    a
    ```
    """
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = f"{text}\n" if text else ""
    return f"{fence}{language}\n{body}{fence}"


def comment(finding: Finding, *, suggestion: str = "suggestion", shown: bool = True) -> str:
    """What stands at a line. `shown`: what is to stand there instead is offered as a suggestion, which the platform can
    apply to the lines that the comment is about; else it is shown as code."""
    parts = [f"**{finding.severity.word.capitalize()}**: {harmless(finding.message)}"]
    if finding.detail:
        parts.append(harmless(finding.detail))
    if finding.suggestion is not None:
        parts.append(fenced(redact(finding.suggestion), suggestion if shown else ""))
    return "\n\n".join([*parts, f"<sub>{_origin(finding)}</sub>"])


def _origin(finding: Finding) -> str:
    sure = f", {finding.confidence:.0%} sure" if finding.is_from_model else ""
    return f"swe-agent, <code>{_plain(finding.rule)}</code>{sure}"


def summary(review: Review, elsewhere: Sequence[tuple[Told, str]] = (), *, title: str = "Review") -> str:
    """The whole review in one text. `elsewhere` are findings that stand on no line of the change, with the reasons."""
    parts = [f"### {title}", _head(review)]
    if elsewhere:
        parts.append("\n".join(f"- {item(one)} <sub>({_plain(why)})</sub>" for one, why in elsewhere))
    if review.folded:
        rows = [f"- {item(one)} <sub>({_plain(why)})</sub>" for one, why in review.folded]
        parts.append(_fold(f"{len(rows)} more", "\n".join(rows)))
    parts.append(_fold(_looked(review), coverage(review.coverage, review.checks)))
    if review.left:
        rows = [f"- <code>{_plain(rule)}</code>: {n}, {_plain(why)}" for rule, why, n in _left(review)]
        parts.append(_fold(f"{len(review.left)} left out", "\n".join(rows)))
    return "\n\n".join(parts)


def report(review: Review) -> str:
    """The whole review as a document of its own, findings with their details."""
    parts = ["# Review", _head(review)]
    for one in review.told:
        parts += [
            f"## {_plain(one.finding.severity.word)}: {code(one.finding.path or 'the change')}{_lines(one)}",
            comment(one.finding, shown=False),
        ]
    if review.folded:
        parts += ["## More", "\n".join(f"- {item(one)}" for one, _ in review.folded)]
    return "\n\n".join([*parts, "## What was looked at", _looked(review), coverage(review.coverage, review.checks)])


def _head(review: Review) -> str:
    said = counted(one.finding for one in review.all_told)
    word = f"{said}." if said else "Nothing to say of this change."
    rows = [f"> **Not run**: {', '.join(map(_plain, names))} ({_cell(why)})" for names, why in review.not_run]
    return "\n\n".join([word, *rows])


def item(told: Told) -> str:
    finding = told.finding
    where = f"{code(finding.path)}{_lines(told)}: " if finding.path else ""
    return f"**{finding.severity.word}** {where}{harmless(finding.message)}"


def _lines(told: Told) -> str:
    anchor = told.anchor
    if anchor is None:
        return ""
    many = f" to {anchor.last}" if anchor.last > anchor.first else ""
    return f", {'removed ' if anchor.side == 'left' else ''}line {anchor.first}{many}"


def _looked(review: Review) -> str:
    files = len(review.coverage)
    return f"{files} {'file' if files == 1 else 'files'}, {review.covered:.0%} looked at"


def coverage(covered: Iterable[Covered], checks: Iterable[Check]) -> str:
    """What looked at the change, and the files that it did not see whole."""
    rows = [f"| {_cell(one.name)} | {one.state} | {_cell(one.why)} |" for one in checks]
    rows += [f"| {code(one.path)} | {one.state} | {_cell(one.why)} |" for one in covered if one.state != "full"]
    return "\n".join(["| | | |", "|---|---|---|", *rows])


def _left(review: Review) -> list[tuple[str, str, int]]:
    rows = sorted((one.finding.rule, why) for one, why in review.left)
    return [(rule, why, len(list(group))) for (rule, why), group in groupby(rows)]


def _fold(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def code(text: str) -> str:
    """A name as code, whatever is in it."""
    bare = _HIDDEN.sub("", text).replace("\n", " ").replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", bare)), default=0) + 1)
    pad = " " if len(ticks) > 1 else ""
    return f"{ticks}{pad}{bare}{pad}{ticks}"


def _cell(text: str) -> str:
    return harmless(" ".join(text.split())).replace("|", "\\|")


def _plain(text: str) -> str:
    return _harmless_words(_HIDDEN.sub("", text))


LEVELS = {
    Severity.CRITICAL: "failure", Severity.HIGH: "failure", Severity.MEDIUM: "warning", Severity.LOW: "notice",
    Severity.INFO: "notice",
}  # fmt: skip
"""Of annotations."""
