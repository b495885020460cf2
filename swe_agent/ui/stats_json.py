"""The answer `Stats`: the four questions for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from swe_agent.metrics.lifetimes import Lifetimes
from swe_agent.metrics.overview import Alive, Overview, Rate
from swe_agent.metrics.relative import Relative
from swe_agent.metrics.share import Shares
from swe_agent.ui.figures import figure_fields


def overview_fields(view: Overview, *, commit: str, notes: Iterable[str]) -> dict[str, Any]:
    """`commit` is the newest of the default branch, by which lines were counted."""
    return {
        "since": view.since,
        "commit": commit,
        "proposals": view.proposals,
        "accepted": _rate(view.accepted),
        "languages": [_rate(one) for one in view.languages],
        "models": [_rate(one) for one in view.models],
        "survival": [_alive(one) for one in view.alive],
        "share": {"head": _shares(view.head), "added": _shares(view.added)},
        "cost": {
            "per_surviving_line": figure_fields(view.cost),
            "per_accepted_line": figure_fields(view.cost_accepted),
        },
        "notes": list(notes),
    }


def curve_fields(found: Lifetimes) -> dict[str, list[dict[str, Any]]]:
    """Kaplan and Meier's curves, each point with how many lines were seen alive for longer."""
    return {
        fate: [
            {
                "days": point.days,
                "value": point.alive.value,
                "interval": [point.alive.low, point.alive.high],
                "at_risk": point.at_risk,
            }
            for point in points
        ]
        for fate, points in found.curves.items()
    }


def _rate(one: Rate) -> dict[str, Any]:
    return {"group": one.group, "blocks": figure_fields(one.blocks), "auto": one.auto, "open": one.open}


def _alive(one: Alive) -> dict[str, Any]:
    return {
        "days": one.days,
        "ai": figure_fields(one.ai),
        "unchanged": figure_fields(one.unchanged),
        "human": figure_fields(one.human),
        "unknown": figure_fields(one.unknown),
        "relative": _relative(one.relative),
    }


def _relative(one: Relative) -> dict[str, Any]:
    ratio = one.ratio
    return {
        "value": ratio.value if ratio else None,
        "interval": [ratio.low, ratio.high] if ratio else None,
        "covered": one.covered,
        "missing": one.missing,
    }


def _shares(one: Shares | None) -> dict[str, Any] | None:
    if one is None:
        return None
    kinds = ("ai", "ai_edited", "human", "unknown", "made")
    return {"n": one.n, **{kind: figure_fields(getattr(one, kind)) for kind in kinds}}
