"""A comparison as text, JSON and CSV: the verdict first, in words, and below it what it rests on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from swe_agent.metrics.compare import Comparison, Counts, Difference
from swe_agent.metrics.interval import ENOUGH_CLUSTERS, ENOUGH_UNITS, Estimate
from swe_agent.ui.console import line
from swe_agent.ui.figures import counted, csv_text
from swe_agent.ui.plots import strip
from swe_agent.ui.stats_words import bounds, count, percent

STRATA = 8
"""Those that are shown; the rest is told in one line."""
NAME = 24
"""Columns that a name takes at most."""
STRIP = 21
"""Columns of a drawn interval, where there is room."""
_LEAST = 7


def verdict_in_words(one: Comparison) -> str:
    match one.verdict:
        case "first":
            return f"{one.arms[0]} is higher"
        case "second":
            return f"{one.arms[1]} is higher"
        case "none":
            return "no difference can be claimed"
        case "not enough data":
            return "not enough data"


def comparison_screen(one: Comparison, by: str, *, since: str, width: int, blocks: bool) -> RenderableType:
    title = line(f"blocks accepted, by {by}", "bold")
    title.append(f"  since {since}" if since else "  since the beginning", style="dim")
    parts: list[Text] = [title, line(verdict_in_words(one), "bold"), Text()]
    parts += _arms(one, width, blocks)
    parts += [Text(), *_differences(one), Text(), *_strata(one, width), Text()]
    parts += _warnings(one)
    return Group(*parts)


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"


def _arms(one: Comparison, width: int, blocks: bool) -> Iterable[Text]:
    names = max(min(len(name), NAME) for name in one.arms)
    plotted = min(STRIP, width - names - 2 - 19 - 32)
    for name, rate, mixed in zip(one.arms, one.rates, one.standardised, strict=True):
        text = line(_short(name, NAME))
        text.pad_right(names + 2 - text.cell_len)
        yield text + line(_rate(rate, plotted, blocks), "" if rate.enough else "dim")
        if mixed is not None and len(one.strata) > 1:
            yield Text(" " * (names + 2)) + line(f"{percent(mixed)} with the mix of both", "dim")


def _rate(rate: Estimate, plotted: int, blocks: bool) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "no block is decided"
    drawn = f"{strip(rate.low, rate.value, rate.high, plotted, blocks=blocks)} " if plotted >= _LEAST else ""
    cases = f"{counted(rate.n, 'blocks')}, {counted(rate.clusters, 'proposals')}"
    return f"{drawn}{percent(rate.value):>6}  {bounds(rate.low, rate.high)}  {cases}"


def _differences(one: Comparison) -> Iterable[Text]:
    yield line(f"difference, as it is      {_points(one.plain)}")
    if len(one.strata) > 1:
        yield line(f"difference, the mix alike {_points(one.adjusted)}")


def _points(difference: Difference) -> str:
    """In percentage points, the first less the second."""
    if difference.value is None:
        return "- (nothing in common)"
    said = f"{difference.value * 100:+.1f} points"
    if difference.low is None or difference.high is None:
        return said
    return f"{said}  {difference.low * 100:+.1f} to {difference.high * 100:+.1f}"


def _strata(one: Comparison, width: int) -> Iterable[Text]:
    if len(one.strata) < 2:
        return
    names = max(min(len(stratum.name), NAME) for stratum in one.strata)
    both = [_short(name, (width - names - 12) // 2 - 2) for name in one.arms]
    cells = [(_counts(s.first), _counts(s.second)) for s in one.strata]
    wide = [max(len(both[i]), *(len(pair[i]) for pair in cells)) for i in (0, 1)]
    yield line(f"{'':{names}}  {both[0]:{wide[0]}}  {both[1]:{wide[1]}}  weight", "bold")
    for stratum, pair in list(zip(one.strata, cells, strict=True))[:STRATA]:
        weight = "left out" if stratum.weight is None else percent(stratum.weight)
        text = line(_short(stratum.name, NAME), "dim" if stratum.weight is None else "")
        text.pad_right(names + 2 - text.cell_len)
        yield text + line(
            f"{pair[0]:{wide[0]}}  {pair[1]:{wide[1]}}  {weight}", "dim" if stratum.weight is None else ""
        )
    if len(one.strata) > STRATA:
        yield line(f"and {len(one.strata) - STRATA} more", "dim")


def _counts(counts: Counts) -> str:
    hits, n = counts
    return f"{percent(hits / n)} of {count(n)}" if n else "-"


def _warnings(one: Comparison) -> Iterable[Text]:
    if one.verdict == "not enough data":
        yield line(
            f"each side needs {ENOUGH_UNITS} decided blocks and {ENOUGH_CLUSTERS} proposals, and work in common", "dim"
        )
    if one.turned:
        yield line("warning: with the same mix the difference turns round (Simpson's paradox): the mix is what differs",
                   "yellow")  # fmt: skip
    if one.one_sided:
        yield line(f"warning: most of all blocks are {one.one_sided}: of the rest this says little", "yellow")
    if one.left_out:
        yield line(f"{percent(one.left_out)} of the blocks are work that only one side had, and are left out", "dim")
    yield line("the verdict goes by the difference with the mix alike, and its 95 % interval", "dim")


def as_json(one: Comparison) -> dict[str, Any]:
    """Fields of the answer `Comparison`."""

    def difference(of: Difference) -> dict[str, Any]:
        interval = None if of.low is None else [of.low, of.high]
        return {"value": of.value, "interval": interval, "method": of.method}

    return {
        "verdict": verdict_in_words(one),
        "higher": {"first": one.arms[0], "second": one.arms[1]}.get(one.verdict),
        "enough": one.verdict != "not enough data",
        "arms": [
            {
                "name": name,
                "hits": rate.hits,
                "n": rate.n,
                "clusters": rate.clusters,
                "value": rate.value,
                "interval": None if rate.low is None else [rate.low, rate.high],
                "standardised": mixed,
                "method": rate.method,
                "enough": rate.enough,
            }
            for name, rate, mixed in zip(one.arms, one.rates, one.standardised, strict=True)
        ],
        "difference": difference(one.plain),
        "standardised_difference": difference(one.adjusted),
        "strata": [
            {"name": s.name, "first": list(s.first), "second": list(s.second), "weight": s.weight} for s in one.strata
        ],
        "simpson": one.turned,
        "dominant_stratum": one.one_sided,
        "left_out": one.left_out,
    }


def as_csv(one: Comparison) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["what", "value", "low", "high", "hits", "n", "proposals"])
    for name, rate in zip(one.arms, one.rates, strict=True):
        writer.writerow([csv_text(name), rate.value, rate.low, rate.high, rate.hits, rate.n, rate.clusters])
    for what, of in (("difference", one.plain), ("standardised difference", one.adjusted)):
        writer.writerow([what, of.value, of.low, of.high, "", "", ""])
    return out.getvalue()
