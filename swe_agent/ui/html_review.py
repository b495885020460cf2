"""A review as one HTML file, as `html.py` does it for proposals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from swe_agent.core.secrets import redact
from swe_agent.review.findings import Anchor, Told
from swe_agent.review.result import Review, counted
from swe_agent.ui.html_document import base_style, document
from swe_agent.ui.html_markup import Html, joined, line, phrase, prose, tag
from swe_agent.ui.review import HIDDEN, where

_STYLE = """
.finding { border-left: .3rem solid var(--edge, var(--rule)); padding: .1rem 0 .1rem .9rem; margin: 1.25rem 0; }
.finding h3 { margin: 0; }
.finding h3 small { color: var(--quiet); font-weight: normal; }
.finding p { margin: .3rem 0; }
.critical, .high { --edge: var(--bad); }
.medium { --edge: var(--doubt); }
.low { --edge: var(--link); }
.finding strong { color: var(--edge, inherit); }
.lines { background: var(--panel); padding: .4rem .7rem; margin: .5rem 0; overflow-x: auto; }
.lines.left { background: var(--removed); }
.lines.instead { background: var(--added); }
.lines .no { display: inline-block; min-width: 3ch; margin-right: 1.5ch; color: var(--quiet); text-align: right; }
.missing { color: var(--doubt); }
#coverage + table { border-collapse: collapse; }
#coverage + table th, #coverage + table td { padding: .15rem 1.25rem .15rem 0; text-align: left; vertical-align: top; }
"""
LINES = 12
"""Of a finding, that are shown."""
TextOf = Callable[[Anchor], str | None]


def page(review: Review, called: str, text_of: TextOf) -> str:
    said = counted(one.finding for one in review.all_told) or "nothing to say"
    missing = [
        tag("p", tag("strong", "Not run: "), line(", ".join(names)), " (", phrase(why), ")", class_="missing")
        for names, why in review.not_run
    ]
    head = tag("header", tag("h1", "Review"), tag("p", line(f"{called}: {said}")), *missing)
    body = Html(f"{head}\n<main>\n{joined(_sections(review, text_of), chr(10))}\n</main>\n")
    return document(line(f"Review of {called}"), body, base_style() + _STYLE)


def _sections(review: Review, text_of: TextOf) -> Iterator[Html]:
    if review.told:
        yield _section("Findings", "findings", *(_finding(one, text_of) for one in review.told))
    if review.folded:
        rows = [
            tag("li", tag("strong", one.finding.severity.word), " ", tag("code", line(where(one))), ": ",
                phrase(one.finding.message))
            for one, _ in review.folded
        ]  # fmt: skip
        yield _section("More", "more", tag("ul", *rows))
    rows = [_row(one.name, one.state, one.why) for one in review.checks]
    rows += [_row(one.path, one.state, one.why) for one in review.coverage]
    head = tag("thead", tag("tr", *[tag("th", name, scope="col") for name in ("", "looked at", "")]))
    yield _section("What was looked at", "coverage", tag("table", head, tag("tbody", *rows)))


def _finding(told: Told, text_of: TextOf) -> Html:
    finding, anchor = told.finding, told.anchor
    head = tag(
        "h3", tag("strong", finding.severity.word), " ", tag("code", line(where(told))), " ",
        tag("small", line(finding.rule)),
    )  # fmt: skip
    parts = [head, tag("p", prose(finding.message))]
    if anchor is not None and not finding.rule.startswith(HIDDEN):
        parts += _lines(anchor, text_of)
    if finding.detail:
        parts.append(tag("p", prose(finding.detail)))
    if finding.suggestion is not None:
        parts += [tag("p", "Instead:"), tag("pre", tag("code", prose(finding.suggestion)), class_="lines instead")]
    return tag("article", *parts, class_=f"finding {finding.severity.word}")


def _lines(anchor: Anchor, text_of: TextOf) -> Iterator[Html]:
    """None where their text is not at hand, or is blank."""
    numbers = range(anchor.first, min(anchor.last, anchor.first + LINES - 1) + 1)
    texts = [text_of(replace(anchor, first=number)) for number in numbers]
    if any(text and text.strip() for text in texts):
        rows = [
            Html(tag("span", str(number), class_="no") + line(redact(text)))
            for number, text in zip(numbers, texts, strict=True)
            if text is not None
        ]
        more = [Html("…")] if anchor.last > numbers[-1] else []
        yield tag("pre", tag("code", joined((*rows, *more), "\n")), class_=f"lines {anchor.side}")


def _row(name: str, state: str, why: str) -> Html:
    return tag("tr", tag("th", tag("code", line(name)), scope="row"), tag("td", state), tag("td", phrase(why)))


def _section(title: str, name: str, *parts: Html) -> Html:
    return tag("section", tag("h2", title, id=name), *parts, aria_labelledby=name)
