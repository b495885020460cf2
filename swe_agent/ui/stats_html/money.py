"""The way from proposed to alive, and what it cost."""

from __future__ import annotations

from swe_agent.metrics.funnel import LANDS_WITHIN, Stage
from swe_agent.metrics.interval import Number
from swe_agent.metrics.report import Price, Report
from swe_agent.ui.html_markup import Html, line, tag
from swe_agent.ui.stats_html.parts import bar, nothing, section, share_words, table
from swe_agent.ui.stats_words import count, dollars, percent, without_provider

_STAGES = {
    "proposed": "effective lines of proposals that are no longer open",
    "decided": "by a person or a policy; the others expired",
    "accepted": "landed in somebody's tree, and not undone",
    "landed": "on the default branch",
    "alive": "still there, edited or not",
}


def funnel_section(report: Report) -> Html:
    stages = report.funnel
    known = [stage.lines for stage in stages if stage.lines]
    said = "Effective lines, and how many of them came how far."
    if not known:
        return section("funnel", "From proposed to alive", said, [nothing("No line was proposed yet.")])
    most = max(known)
    rows = []
    before: int | None = None
    for stage in stages:
        rows.append(_stage(stage, most, stages[0].lines, before))
        before = stage.lines
    made = table(
        ["stage", "", "lines", "of proposed", "of the step before"], rows, caption="Lines by stage",
        class_="figures plotted",
    )  # fmt: skip
    more = []
    if report.land:
        old, share = f"of the lines accepted at least {LANDS_WITHIN} days ago", share_words(report.land)
        more = [tag("p", line(f"On the default branch within {LANDS_WITHIN} days, {old}: {share}."))]
    return section("funnel", "From proposed to alive", said, [made, *more], metrics=("funnel", "land"))


def _stage(stage: Stage, most: int, first: int | None, before: int | None) -> list[str]:
    name = Html(tag("b", stage.name) + tag("small", _STAGES[stage.name]))
    if stage.lines is None:
        return [name, bar(0, "stage", "not recorded here"), "not recorded here", "–", "–"]  # noqa: RUF001
    drawn = bar(stage.lines / most, "stage", f"{count(stage.lines)} lines")
    return [name, drawn, count(stage.lines), _of(stage.lines, first), _of(stage.lines, before)]


def _of(lines: int, whole: int | None) -> str:
    return percent(lines / whole) if whole else "–"  # noqa: RUF001  # an en dash, for nothing


def cost_section(report: Report) -> Html:
    said = "All that was paid for models, for rejected and failed attempts too. A price that is not known is never 0."
    if not report.prices:
        return section("cost", "What did it cost?", said, [nothing("No model was asked yet.")])
    most = max((price.total.value or 0 for price in report.prices), default=0)
    names = [price.model for price in report.prices]
    rows = [_price(price, most, names) for price in report.prices]
    made = table(
        ["model", "", "in all", "an accepted line", "a line alive after 30 days"], rows, caption="US dollars, by model",
        class_="figures plotted",
    )  # fmt: skip
    names = ["cost.total", "cost.per_accepted_line", "cost.per_surviving_line"]
    return section("cost", "What did it cost?", said, [made], metrics=names)


def _price(price: Price, most: float, names: list[str]) -> list[str]:
    total = price.total.value
    drawn = bar((total or 0) / most if most else 0, "paid", dollars(total) if total is not None else "unknown")
    shown = [_money(one) for one in (price.total, price.accepted, price.surviving)]
    return [line(without_provider(price.model, names)), drawn, *shown]


def _money(one: Number | None) -> Html:
    if one is None:
        return Html("–")  # noqa: RUF001  # an en dash, for nothing
    if one.value is None:
        return Html(tag("span", "unknown", class_="few") + tag("small", line(one.note)))
    said = tag("span", dollars(one.value), class_="" if one.enough else "few")
    if not one.enough:
        return Html(said + tag("small", f"not enough data (n = {count(one.n)})"))
    if one.low is None or one.high is None:
        return Html(said)
    sure = tag("small", f"{dollars(one.low)} to {dollars(one.high)}")
    return Html(said + sure + tag("small", f"n = {count(one.n)}"))
