"""Lines over time: do they survive, and how much of the code did AI write."""

from __future__ import annotations

from collections.abc import Sequence

from swe_agent.metrics.relative import Relative
from swe_agent.metrics.report import Report
from swe_agent.metrics.share import CLASSES, Shares
from swe_agent.metrics.survival import HORIZONS, Death, Fate
from swe_agent.ui.html_markup import Html, line, tag
from swe_agent.ui.stats_html.curves import NAMES, curves_drawing
from swe_agent.ui.stats_html.months import CLASS_NAMES, PATTERNS, legend, months_drawing, stack
from swe_agent.ui.stats_html.parts import ROWS, as_table, nothing, section, share_cell, share_words, table
from swe_agent.ui.stats_words import count, percent, times

_FATES: dict[Fate, str] = {
    "ai": "by AI, edited or not",
    "unchanged": "by AI, as written",
    "human": "by people",
    "unknown": "unknown",
}
_CAUSES = {"rewritten": "rewritten by a person", "rewritten by ai": "rewritten by AI", "": "not known"}


def survival_section(report: Report) -> Html:
    found = report.lifetimes
    said = (
        "Lines alive, by days since they came to the default branch (Kaplan and Meier; bands are 95 % intervals). "
        "Lines that nobody attests are unknown, and never taken for people's."
    )
    shares = [one for estimates in found.shares.values() for one in estimates]
    if not any(one.n for one in shares):
        empty = nothing("No line that landed since the records begin is a day old.")
        return section("survival", "Does it survive?", said, [empty], metrics=("survival",))
    drawn = curves_drawing(found)
    parts = [drawn] if drawn else [nothing("There is not enough data for a curve yet.")]
    rows = [[_FATES[fate], *[share_cell(one) for one in found.shares[fate]]] for fate in NAMES]
    ratios = ["AI lines over people's", *[_ratio(one) for one in found.compared]]
    head = ["lines", *[f"{days} {'day' if days == 1 else 'days'}" for days in HORIZONS]]
    parts.append(table(head, [*rows, ratios], caption="Lines alive after so many days", class_="figures fates"))
    if not any(one.ratio for one in found.compared):
        parts.append(nothing(f"To compare with lines of people there are not enough {found.compared[0].missing}."))
    parts.append(_causes(found.deaths))
    names = ("survival", "survival.relative", "survival.cause")
    return section("survival", "Does it survive?", said, parts, metrics=names)


def _ratio(one: Relative) -> Html:
    if one.ratio is None:
        return tag("span", "–", class_="few")  # noqa: RUF001  # for nothing
    value, _, sure = times(one).partition("  ")
    return Html(line(value) + tag("small", sure))


def _causes(deaths: Sequence[Death]) -> Html:
    if not deaths:
        return nothing("No line has ended yet.")
    kinds = list(dict.fromkeys(death.kind for death in deaths))
    rows = []
    for cause in dict.fromkeys(death.cause for death in deaths):
        of = {death.kind: death for death in deaths if death.cause == cause}
        cells = [_death(of[kind]) if kind in of else "–" for kind in kinds]  # noqa: RUF001  # for nothing
        rows.append([_CAUSES.get(cause, cause), *cells])
    names = {"ai": "by AI", "human": "by people", "unknown": "unknown"}
    return table(["died of", *[names[kind] for kind in kinds]], rows, caption="What the lines that are gone died of")


def _death(one: Death) -> str:
    return f"{percent(one.lines / one.dead)} ({count(one.lines)})"


def share_section(report: Report) -> Html:
    view, title = report.overview, "How much of the code did AI write?"
    said = "Effective lines: generated, vendored and locked files, blank lines and brackets are left out."
    if view.head is None:
        empty = nothing("Nothing is recorded yet, so every line is unknown.")
        return section("share", title, said, [empty], metrics=("share.head",))
    parts = [PATTERNS, legend(), tag("h3", "At HEAD"), _at_head(report)]
    parts.append(tag("h3", "Of what was added, by month"))
    if report.months:
        parts.append(months_drawing(report.months))
        if not all(one.made.enough for one in report.months):
            parts.append(tag("p", "few: fewer than 50 lines, or than 10 sessions or commits", class_="defined"))
        rows = [_row(one) for one in reversed(report.months)]
        parts.append(as_table(table(_HEAD, rows, caption="Added lines by month, the latest first")))
    else:
        parts.append(nothing("No line has landed since the records begin."))
    return section("share", title, said, parts, metrics=("share.head", "share.added"))


_HEAD = ["", "lines", "by AI, edited or not", *[CLASS_NAMES[kind] for kind in CLASSES]]


def _row(one: Shares) -> list[str]:
    return [line(one.group), count(one.n), line(share_words(one.made)), *[_part(one, place) for place in range(4)]]


def _part(one: Shares, place: int) -> str:
    return percent(one.of(CLASSES[place]).hits / one.n) if one.n else "–"  # noqa: RUF001  # for nothing


def _at_head(report: Report) -> Html:
    head = report.overview.head
    assert head is not None
    rows = [[tag("b", "all"), *_bar(head)], *([line(one.group), *_bar(one)] for one in report.languages[:ROWS])]
    columns = ["language", "", "by AI, edited or not", "lines"]
    return table(columns, rows, caption="Lines at the tip of the default branch", class_="figures plotted")


def _bar(one: Shares) -> list[Html]:
    label = ", ".join(f"{CLASS_NAMES[kind]} {_part(one, place)}" for place, kind in enumerate(CLASSES))
    made = one.made
    if made.value is None or made.low is None or made.high is None:
        return [stack(one, label), Html("–"), line(count(one.n))]  # noqa: RUF001  # for nothing
    said = share_words(made).partition(";")[0] + ")" if made.enough else "not enough data"
    return [stack(one, label), line(said) if made.enough else tag("span", said, class_="few"), line(count(one.n))]
