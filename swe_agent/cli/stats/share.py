"""`stats share`: how much of the code AI wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swe_agent.cli.options import HERE, Directory, Json
from swe_agent.cli.stats.options import By, Csv, Since

if TYPE_CHECKING:
    from rich.console import RenderableType

    from swe_agent.cli.stats.lines import Answer

SHOWN = ("share.head", "share.added")


def share(by: By = "", since: Since = "", json: Json = False, csv: Csv = False, directory: Directory = HERE) -> None:
    """How much of the code AI wrote: of what is at the tip of the default branch, and of what was added, by month.

    Lines are by AI, by AI and edited since, by people where that is attested, or unknown; the four add up to all.
    Can be cut by language, model and month of landing.
    """
    from swe_agent.cli.stats.lines import answered

    answered(SHOWN, _screen, question="share", by=by, since=since, json=json, csv=csv, directory=directory)


def _screen(asked: Answer) -> RenderableType:
    from swe_agent.metrics.line_groups import group_of
    from swe_agent.metrics.share import everything, month, share_added, share_at_head
    from swe_agent.ui.stats_lines import share_screen

    figures, cut = asked.figures, asked.cut
    key = (lambda one: ", ".join(group_of(one, cut))) if cut else everything
    return share_screen(
        head=share_at_head(figures.lives, figures.now, key),
        added=share_added(figures.lives, figures.now, since=figures.since, key=key if cut else month),
        heading=", ".join(cut) or "month",
        width=asked.width,
    )
