"""`stats survival`: how long lines live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swe_agent.cli.options import HERE, Directory, Json
from swe_agent.cli.stats.options import By, Csv, Since

if TYPE_CHECKING:
    from rich.console import RenderableType

    from swe_agent.cli.stats.lines import Answer

SHOWN = ("survival", "survival.relative", "survival.cause")


def survival(by: By = "", since: Since = "", json: Json = False, csv: Csv = False, directory: Directory = HERE) -> None:
    """How long lines live after they landed: by AI, as written or edited since, next to lines of people.

    Curves are Kaplan and Meier's, so that young lines count for as long as they have been seen. Lines that nobody
    attests are unknown, and never taken for people's. Can be cut by language, model and month of landing.
    """
    from swe_agent.cli.stats.lines import answered

    answered(
        SHOWN, _screen, question="survival", by=by, since=since, json=json, csv=csv, directory=directory, more=_curves
    )


def _curves(asked: Answer) -> dict[str, Any]:
    """Of all lines together."""
    from swe_agent.metrics.lifetimes import lifetimes
    from swe_agent.ui.stats_json import curve_fields

    return {} if asked.cut else {"curves": curve_fields(lifetimes(asked.figures))}


def _screen(asked: Answer) -> RenderableType:
    from swe_agent.metrics.lifetimes import lifetimes
    from swe_agent.ui.stats_lines import survival_groups, survival_screen

    if asked.cut:
        return survival_groups(asked.results[0].rows, asked.cut, asked.width, blocks=asked.blocks)
    return survival_screen(lifetimes(asked.figures), asked.width, blocks=asked.blocks)
