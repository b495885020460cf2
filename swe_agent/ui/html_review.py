"""A review as one HTML file, as `html.py` does it for proposals."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from swe_agent.review.findings import Anchor, Told
from swe_agent.review.result import Review, counted
from swe_agent.ui.html_document import base_style, document
from swe_agent.ui.html_markup import Html, joined, line, phrase, prose, tag
from swe_agent.ui.review import HIDDEN, where

_STYLE = """
.finding { border-left: 4px solid currentColor; padding: 0 0 0 .8em; margin: 1.2em 0; }
.finding h3 { margin: 0; font-size: 1em; }
.finding p { margin: .3em 0; }
"""
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
        "h3", f"{finding.severity.word}: ", tag("code", line(where(told))), " ", tag("small", line(finding.rule))
    )
    parts = [head, tag("p", prose(finding.message))]
    code = text_of(anchor) if anchor is not None and not finding.rule.startswith(HIDDEN) else None
    if code and code.strip():
        parts.append(tag("pre", tag("code", line(code))))
    if finding.detail:
        parts.append(tag("p", prose(finding.detail)))
    if finding.suggestion is not None:
        parts += [tag("p", "Instead:"), tag("pre", tag("code", prose(finding.suggestion)))]
    return tag("article", *parts, class_="finding")


def _row(name: str, state: str, why: str) -> Html:
    return tag("tr", tag("th", tag("code", line(name)), scope="row"), tag("td", state), tag("td", phrase(why)))


def _section(title: str, name: str, *parts: Html) -> Html:
    return tag("section", tag("h2", title, id=name), *parts, aria_labelledby=name)
