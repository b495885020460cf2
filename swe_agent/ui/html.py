"""A proposal as one HTML file: nothing is fetched, nothing is run, and equal values give equal bytes.

    page(ReviewPage(proposal=proposal, bases=bases, decisions=desk.decisions, landed=desk.landed))

For a browser, a mail or an artifact of CI. File names, code and what a model said are hostile input: `html_markup`
escapes all of it, and `html_document` allows the page its own style and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

from swe_agent.core.proposal import Proposal, Provenance
from swe_agent.ui.html_blocks import counts, file_sections, hazard_words, plus_minus
from swe_agent.ui.html_code import rules_of
from swe_agent.ui.html_document import base_style, document
from swe_agent.ui.html_evidence import evidence_section
from swe_agent.ui.html_markup import MINUS, Html, joined, line, phrase, prose, tag, text
from swe_agent.ui.html_view import Known, ReviewPage, known
from swe_agent.ui.proposal import cost_line

__all__ = ["ReviewPage", "page"]

_STATES = ("open", "deferred", "accepted", "edited", "rejected", "landed")


def page(view: ReviewPage) -> str:
    """The page, in characters that UTF-8 can encode."""
    found = known(view)
    body = Html(
        '<a class="skip" href="#changes">Skip to the changes</a>\n'
        f"{_header(found)}\n<main>\n{joined(_sections(found), chr(10))}\n</main>\n"
        f"{tag('footer', 'Made by swe-agent. Nothing in this page is fetched or run.')}\n"
    )
    title = Html(f"{line(_title(view.proposal))} · {line(view.proposal.id)}")
    return document(title, body, _style() + rules_of(body))


@cache
def _style() -> str:
    return base_style() + resources.files("swe_agent.ui").joinpath("html.css").read_text("utf-8")


def _title(proposal: Proposal) -> str:
    return next(iter(proposal.task.text.strip().splitlines()), "") or "no task"


def _header(found: Known) -> Html:
    proposal = found.view.proposal
    title = _title(proposal)
    task = proposal.task.text.strip()
    more = tag("p", text(task), class_="said task") if task != title else Html()
    facts = [Html(f"{tag('dt', name)}{tag('dd', value)}") for name, value in _facts(found)]
    return tag("header", tag("h1", line(title)), more, tag("dl", *facts))


def _facts(found: Known) -> Iterator[tuple[str, Html]]:
    proposal = found.view.proposal
    made, snapshot = proposal.provenance, proposal.snapshot
    yield "Job", tag("code", line(proposal.id))
    yield "Made by", line(", ".join(_made_by(made)))
    yield "Cost", line(cost_line(proposal.spent))
    head = f"{snapshot.head[:12]}" if snapshot.head else "no commit yet"
    base = [head, snapshot.branch and f"on {snapshot.branch}", snapshot.dirty and "with uncommitted changes"]
    yield "Base", line(", ".join(part for part in base if part))
    if snapshot.left_out:
        yield "Left out", line(f"{', '.join(snapshot.left_out)} (looks like a secret)")
    if found.numbers:
        yield "Blocks", _progress(found)


def _made_by(made: Provenance) -> Iterator[str]:
    yield made.model or made.engine
    if made.edit_format:
        yield f"edits as {made.edit_format}"
    if made.prompt_version:
        yield f"prompts {made.prompt_version}"
    if made.attempt > 1:
        yield f"attempt {made.attempt}"


def _progress(found: Known) -> Html:
    """How many blocks are in which state, and where the open ones are."""
    view = found.view
    states = {block.id: view.state(block) for change in view.ordered for block in change.blocks}
    count = Counter(states.values())
    said = ", ".join(f"{count[state]} {state}" for state in _STATES if count[state])
    open_ = [tag("a", str(n), href=f"#b{n}") for block, n in found.numbers.items() if states[block] == "open"]
    if not open_ or len(open_) == len(states):
        return line(f"{len(states)}: {said}")
    return Html(f"{line(f'{len(states)}: {said}')}; to decide: {joined(open_, ', ')}")


def _sections(found: Known) -> Iterator[Html]:
    view = found.view
    yield evidence_section(view.proposal.verdict)
    twice = [tag("li", found.file_link(one.path), ": ", hazard_words(one)) for one in view.look_twice]
    if twice:
        yield _section("Look at twice", "hazards", [tag("ul", *twice, class_="notes")])
    if view.faults:
        faults = [tag("li", phrase(str(fault))) for fault in view.faults]
        yield _section("Wrong with the accepted blocks alone", "faults", [tag("ul", *faults, class_="notes")])
    plan = view.proposal.plan
    if plan and (plan.summary or plan.steps):
        steps = [_step(step.text, step.paths) for step in plan.steps]
        parts = [tag("p", prose(plan.summary), class_="said")] if plan.summary else []
        yield _section("Plan", "plan", [*parts, tag("ol", *steps)] if steps else parts)
    if view.proposal.summary:
        yield _section("Summary", "summary", [tag("p", prose(view.proposal.summary), class_="said")])
    yield _files(found)
    yield _section("Changes", "changes", [file_sections(found)])


def _section(title: str, name: str, parts: Sequence[Html]) -> Html:
    return tag("section", tag("h2", title, id=name), *parts, aria_labelledby=name)


def _step(said: str, paths: Sequence[str]) -> Html:
    unsaid = [tag("code", line(path)) for path in paths if path not in said]
    where = [" ", tag("span", *unsaid, class_="paths")] if unsaid else []
    return tag("li", prose(said), *where)


def _files(found: Known) -> Html:
    view = found.view
    rows: list[Html] = []
    for change in view.ordered:
        states = Counter(view.state(block) for block in change.blocks)
        said = ", ".join(f"{states[state]} {state}" for state in _STATES if states[state])
        path = tag("th", found.file_link(change.path), scope="row")
        added, removed = counts(change)
        numbers = [
            tag("td", f"+{added}" if added else "0", class_="plus" if added else "none"),
            tag("td", f"{MINUS}{removed}" if removed else "0", class_="minus" if removed else "none"),
        ]
        rows.append(tag("tr", path, tag("td", change.status), *numbers, tag("td", said)))
    every = [counts(change) for change in view.ordered]
    lines = plus_minus(sum(a for a, _ in every), sum(r for _, r in every))
    names = ("file", "status", "added", "removed", "blocks")
    head = tag("thead", tag("tr", *[tag("th", name, scope="col") for name in names]))
    table = tag("table", head, tag("tbody", *rows), class_="files")
    count = f"{len(rows)} file{'' if len(rows) == 1 else 's'} "
    return tag(
        "nav", tag("h2", "Files", id="files"), tag("p", count, lines), tag("div", table, class_="wide"),
        aria_labelledby="files",
    )  # fmt: skip
