"""What sections of the page are made of: headings with their definitions, tables, and drawings that stretch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from swe_agent.metrics.interval import Estimate, Number
from swe_agent.ui.html_markup import Html, joined, line, tag
from swe_agent.ui.stats_words import bounds, count, percent, too_few

ROWS = 20
"""Of a table of languages or models; the rest are counted."""


def section(name: str, title: str, said: str, parts: Sequence[Html], *, metrics: Sequence[str] = ()) -> Html:
    """`metrics` are the definitions that it rests on."""
    more = (
        [tag("p", "Defined below: ", joined(map(definition_link, metrics), ", "), class_="defined")] if metrics else []
    )
    intro = [tag("p", line(said), class_="intro")] if said else []
    return tag("section", tag("h2", title, id=name), *intro, *parts, *more, aria_labelledby=name)


def definition_id(metric: str) -> str:
    return f"def-{metric.replace('.', '-')}"


def definition_link(metric: str) -> Html:
    return tag("a", metric, href=f"#{definition_id(metric)}")


def nothing(said: str) -> Html:
    return tag("p", line(said), class_="none")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, class_: str = "figures") -> Html:
    """The first cell of each row is its heading. Cells that are Html stand as they are."""
    heads = tag("tr", *[tag("th", name, scope="col") for name in head])
    body = [tag("tr", tag("th", first, scope="row"), *[tag("td", cell) for cell in rest]) for first, *rest in rows]
    made = tag("table", tag("caption", caption), tag("thead", heads), tag("tbody", *body), class_=class_)
    return tag("div", made, class_="wide")


def as_table(made: Html) -> Html:
    """The figures of a drawing."""
    return tag("details", tag("summary", "The figures as a table"), made)


def share_cells(one: Estimate) -> list[str]:
    """The share, its interval and n."""
    if one.value is None or one.low is None or one.high is None:
        return ["–", "–", count(one.n)]  # noqa: RUF001  # an en dash, for nothing
    few = "" if one.enough else " (not enough)"
    return [percent(one.value), bounds(one.low, one.high), f"{count(one.n)}{few}"]


def share_words(one: Estimate) -> str:
    """In one cell."""
    if one.value is None or one.low is None or one.high is None:
        return "–"  # noqa: RUF001  # an en dash, for nothing
    said = f"{percent(one.value)} ({bounds(one.low, one.high)}; n = {count(one.n)})"
    return said if one.enough else f"{said}, not enough data"


def share_cell(one: Estimate) -> Html:
    """The share, and under it its interval and n."""
    if one.value is None or one.low is None or one.high is None:
        return tag("span", "–", class_="few")  # noqa: RUF001  # an en dash, for nothing
    sure, n = tag("small", bounds(one.low, one.high)), tag("small", f"n = {count(one.n)}")
    if not one.enough:
        n = tag("small", too_few(one))
    return Html(tag("span", percent(one.value), class_="" if one.enough else "few") + sure + n)


def big(one: Estimate | Number, said: str, sure: str) -> list[Html]:
    """A figure in large letters with its interval and n, or grey with what there is not enough of."""
    if one.value is None:
        note = one.note if isinstance(one, Number) else ""
        return [tag("p", "unknown" if note else "no data", class_="big few"), tag("p", line(note), class_="sure")]
    if not one.enough:
        return [tag("p", line(said), class_="big few"), tag("p", too_few(one), class_="sure")]
    return [tag("p", line(said), class_="big"), tag("p", line(sure), class_="sure")]


# ---- drawings of a row. Places are percents of their cell, so that nothing is stretched.


def drawing(*shapes: Html, label: str, class_: str) -> Html:
    return tag("svg", *shapes, class_=class_, role="img", aria_label=label)


def part(x: float, width: float, class_: str) -> Html:
    """A piece of a bar; shares of its width."""
    return tag("rect", x=_percents(x), y="0", width=_percents(width), height="100%", class_=class_)


def interval(one: Estimate) -> Html:
    """A share with its interval, on a line from 0 to 100 %."""
    grid = [_stroke(x, x, "0", "100%", "grid") for x in (0, 0.25, 0.5, 0.75, 1)]
    if one.value is None or one.low is None or one.high is None:
        return drawing(*grid, label="no data", class_="strip")
    few = "" if one.enough else " few"
    sure = _stroke(one.low, one.high, "50%", "50%", f"sure{few}")
    value = tag("circle", cx=_percents(one.value), cy="50%", r="5", class_=f"value{few}")
    return drawing(*grid, sure, value, label=f"{percent(one.value)}, {bounds(one.low, one.high)}", class_="strip")


SCALE = tag("span", *[tag("span", name) for name in ("0 %", "25", "50", "75", "100 %")], class_="scale")


def bar(share: float, class_: str, label: str) -> Html:
    """As long as its share, and a hair where that is almost nothing."""
    return drawing(part(0, max(share, 0.004 if share else 0), class_), label=label, class_="bar")


def _stroke(x1: float, x2: float, y1: str, y2: str, class_: str) -> Html:
    return tag("line", x1=_percents(x1), y1=y1, x2=_percents(x2), y2=y2, class_=class_)


def _percents(share: float) -> str:
    return f"{short(share * 100)}%"


# ---- drawings with places of their own


def rect(x: float, y: float, width: float, height: float, class_: str) -> Html:
    return tag("rect", x=short(x), y=short(y), width=short(width), height=short(height), class_=class_)


def rule(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    return tag("line", x1=short(x1), y1=short(y1), x2=short(x2), y2=short(y2), class_=class_)


def short(number: float) -> str:
    """
    >>> short(1.5000001), short(20.0), short(0.004)
    ('1.5', '20', '0')
    """
    return f"{number:.2f}".rstrip("0").rstrip(".") or "0"
