"""Figures of a repository as one HTML file: nothing is fetched, nothing is run, no person is named.

    page(report, where="acme/shop", commit="3f2a91c…", notes=())

Everything in it is a sum over many decisions; there is no cut by person. Names of languages, models, kinds of task and
reasons are not ours, and are escaped as all text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

from swe_agent.metrics.overview import Alive
from swe_agent.metrics.report import Report
from swe_agent.ui.html_document import base_style, document
from swe_agent.ui.html_markup import Html, joined, line, phrase, tag
from swe_agent.ui.stats_html.accepted import accepted_section, heat_section, reasons_section
from swe_agent.ui.stats_html.definitions import definitions_section
from swe_agent.ui.stats_html.lines import share_section, survival_section
from swe_agent.ui.stats_html.money import cost_section, funnel_section
from swe_agent.ui.stats_html.parts import big, section
from swe_agent.ui.stats_words import bounds, count, dollars, percent

__all__ = ["page"]

_TOGETHER = re.compile(r"(?<=\d) (?=%)|(?<=\bn) (?== \d)|(?<=\bn =) (?=\d)")
"""Spaces at which no line may break."""


def page(report: Report, *, where: str, commit: str = "", notes: Sequence[str] = ()) -> str:
    """`where` names the repository, `commit` the one by which lines were counted; `notes` say what is missing."""
    body = Html(
        '<a class="skip" href="#accepted">Skip to the figures</a>\n'
        f"{_header(report, where, commit)}\n<main>\n{joined(_sections(report, commit, notes), chr(10))}\n</main>\n"
        f"{tag('footer', 'Made by swe-agent. Nothing in this page is fetched or run.')}\n"
    )
    body = Html(_TOGETHER.sub("\N{NO-BREAK SPACE}", body))
    return document(Html(f"{line(where)} · what AI proposed"), body, base_style() + _style())


def _sections(report: Report, commit: str, notes: Sequence[str]) -> Iterator[Html]:
    if report.overview.is_empty:
        yield _beginning()
    else:
        yield _answers(report)
        yield accepted_section(report)
        yield funnel_section(report)
        yield survival_section(report)
        yield share_section(report)
        yield heat_section(report)
        yield cost_section(report)
        yield reasons_section(report)
        yield _basis(report, commit, notes)
    yield definitions_section()


@cache
def _style() -> str:
    return resources.files("swe_agent.ui.stats_html").joinpath("page.css").read_text("utf-8")


def _header(report: Report, where: str, commit: str) -> Html:
    view = report.overview
    many = f"{count(view.proposals)} proposal{'' if view.proposals == 1 else 's'} decided"
    first = view.since or report.first
    facts = [many + (f" since {first}" if first else ""), f"made on {report.made_at:%d %B %Y}"]
    if commit:
        facts.insert(1, f"lines as of {commit[:10]}")
    return tag(
        "header",
        tag("h1", line(where), tag("span", " What AI proposed, and what became of it")),
        tag("p", line(" · ".join(facts)), class_="task"),
    )


# ---- the four answers


def _answers(report: Report) -> Html:
    cards = [
        tag("a", tag("h2", title), *parts, href=f"#{name}")
        for name, title, parts in (
            ("accepted", "We accept", _accepted(report)),
            ("survival", "Alive after 30 days", _alive(report.overview.alive[-1])),
            ("share", "Of our code, AI wrote", _share(report)),
            ("cost", "A surviving line cost", _cost(report)),
        )
    ]
    return tag("nav", *cards, class_="answers", aria_label="The four questions")


def _accepted(report: Report) -> list[Html]:
    one = report.overview.accepted.blocks
    if one.value is None or one.low is None or one.high is None:
        return big(one, "", "")
    sure = f"{bounds(one.low, one.high)} · n = {count(one.n)}"
    return [*big(one, percent(one.value), sure), _small("of proposed blocks")]


def _alive(alive: Alive) -> list[Html]:
    one, other = alive.ai, alive.human
    if one.value is None or one.low is None or one.high is None:
        return big(one, "", "")
    beside = f"of lines by AI; of people's {percent(other.value)}" if other.value is not None else "of lines by AI"
    sure = f"{bounds(one.low, one.high)} · n = {count(one.n)}"
    return [*big(one, percent(one.value), sure), _small(beside if other.enough else "of lines by AI")]


def _share(report: Report) -> list[Html]:
    head, added = report.overview.head, report.overview.added
    if head is None or head.made.value is None or head.made.low is None or head.made.high is None:
        return [tag("p", "no data", class_="big few")]
    sure = f"{bounds(head.made.low, head.made.high)} · n = {count(head.n)}"
    more = (
        f"at HEAD; of added lines {percent(added.made.value)}" if added and added.made.value is not None else "at HEAD"
    )
    return [*big(head.made, percent(head.made.value), sure), _small(more)]


def _cost(report: Report) -> list[Html]:
    one, other = report.overview.cost, report.overview.cost_accepted
    known = f"{dollars(one.low)} to {dollars(one.high)} · " if one.low is not None and one.high is not None else ""
    parts = big(one, dollars(one.value or 0.0), f"{known}n = {count(one.n)}")
    return [*parts, *([_small(f"an accepted one {dollars(other.value)}")] if other.value is not None else [])]


def _small(said: str) -> Html:
    return tag("p", line(said), class_="beside")


def _beginning() -> Html:
    said = (
        'Begin with `swe-agent run "fix: …"`; decide its blocks, and land what is good.',
        "Or take in what another tool knows: `swe-agent stats ingest --decisions FILE.jsonl`.",
    )
    items = [tag("li", phrase(one)) for one in said]
    return section("accepted", "Nothing is recorded yet", "No proposal was decided, and no line is known to be by AI.",
                   [tag("ul", *items)])  # fmt: skip


# ---- what it rests on


def _basis(report: Report, commit: str, notes: Sequence[str]) -> Html:
    facts = [Html(f"{tag('dt', name)}{tag('dd', value)}") for name, value in _facts(report, commit)]
    missing = [tag("li", phrase(note)) for note in (*notes, *_missing(report))]
    parts = [tag("dl", *facts)]
    if missing:
        parts += [tag("h3", "What is missing"), tag("ul", *missing)]
    return section("basis", "What this rests on", "", parts)


def _facts(report: Report, commit: str) -> Iterator[tuple[str, Html]]:
    view = report.overview
    yield "Counted from", line(view.since or report.first or "nothing is recorded yet")
    yield "Made", line(f"{report.made_at:%Y-%m-%d %H:%M} UTC")
    if commit:
        yield "Default branch", tag("code", line(commit))
    yield "Proposals", line(f"{count(view.proposals)} with anything decided")
    yield "Blocks", line(f"{count(view.accepted.blocks.n)} decided, {count(view.accepted.open)} open")
    if view.head is not None:
        yield "Lines", line(f"{count(view.head.n)} at HEAD, {count(view.head.unknown.hits)} of them unknown")
    yield "People", line("no figure here is about a person; groups of fewer than 5 people are never shown")


def _missing(report: Report) -> Iterator[str]:
    view = report.overview
    if view.head is not None and view.head.unknown.hits:
        share = percent(view.head.unknown.hits / view.head.n)
        yield f"{share} of the lines at HEAD are unknown: nobody attests who wrote them"
    if view.cost.value is None and view.cost.note:
        yield f"the cost of a surviving line: {view.cost.note}"
    if view.alive and view.alive[-1].relative.missing:
        yield f"a comparison with lines of people: not enough {view.alive[-1].relative.missing}"
    if report.funnel[0].lines is None and report.funnel[-2].lines:
        yield "what was proposed and rejected: it was recorded in another clone"
