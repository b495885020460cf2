"""A review as JSON and back: what `review --json` prints, and what one stage of a pipeline hands to the next.

The way back trusts nothing. What comes from another process was made where somebody else's code and words were at hand:
every field is checked, and what a fingerprint is said to be is reckoned anew by who takes it in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from swe_agent.core.errors import UsageError
from swe_agent.core.usage import Cost, Spent, Usage
from swe_agent.review.findings import Anchor, Finding, Severity, Told
from swe_agent.review.identity import told_of
from swe_agent.review.result import Check, Covered, Review

VERSION = 1
Json = dict[str, Any]
T = TypeVar("T")
SEVERITIES = {severity.word: severity for severity in Severity}
MOST_FINDINGS = 5_000
MOST_LETTERS = 20_000
"""Of one text."""
_RULE = re.compile(r"[a-z0-9][A-Za-z0-9._/@+-]{0,119}")
_COMMIT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})?")


def to_json(review: Review) -> Json:
    findings = [
        *(_finding(one, "line", "") for one in review.told),
        *(_finding(one, "summary", why) for one, why in review.folded),
        *(_finding(one, "left out", why) for one, why in review.left),
    ]
    usage, cost = review.spent.usage, review.spent.cost
    return {
        "v": VERSION,
        "type": "Review",
        "base": review.base,
        "head": review.head,
        "findings": findings,
        "coverage": [{"path": one.path, "state": one.state, "why": one.why} for one in review.coverage],
        "covered": round(review.covered, 4),
        "checks": [
            {
                "name": one.name,
                "state": one.state,
                "why": one.why,
                "paths": None if one.paths is None else list(one.paths),
                "before": list(one.before),
            }
            for one in review.checks
        ],
        "tokens": usage.total,
        "cost_nano_usd": cost.nano_usd,
        "calls": review.spent.calls,
    }


def _finding(told: Told, place: str, why: str) -> Json:
    finding, anchor = told.finding, told.anchor
    return {
        "place": place,
        "why": why,
        "rule": finding.rule,
        "severity": finding.severity.word,
        "confidence": round(finding.confidence, 3),
        "category": finding.category,
        "message": finding.message,
        "detail": finding.detail,
        "path": finding.path,
        "side": anchor.side if anchor else finding.side,
        "first": anchor.first if anchor else 0,
        "last": anchor.last if anchor else 0,
        "symbol": finding.symbol,
        "suggestion": finding.suggestion,
        "from_model": finding.is_from_model,
        "fingerprint": told.fingerprint,
    }


HINT = "it is made by `swe-agent review --json`"


def of_json(data: object) -> Review:
    """UsageError says what is wrong."""
    try:
        body = _object(data)
        if body.get("v") != VERSION or body.get("type") != "Review":
            raise _Wrong(f"not a review of version {VERSION}")
        rows = [(_text(row, "place"), _text(row, "why"), _told(row)) for row in _rows(body, "findings")]
        tokens, cost, calls = _number(body, "tokens"), body.get("cost_nano_usd"), _number(body, "calls")
        if cost is not None and (not isinstance(cost, int) or isinstance(cost, bool) or cost < 0):
            raise _Wrong("`cost_nano_usd` is no number")
        return Review(
            base=_matching(body, "base", _COMMIT),
            head=_matching(body, "head", _COMMIT),
            told=tuple(told for place, _, told in rows if place == "line"),
            folded=tuple((told, why) for place, why, told in rows if place == "summary"),
            left=tuple((told, why) for place, why, told in rows if place == "left out"),
            coverage=tuple(
                Covered(path=_text(row, "path"), state=_one_of(row, "state", ("full", "partial", "skipped")),
                        why=_text(row, "why"))
                for row in _rows(body, "coverage", 100_000)
            ),
            checks=tuple(
                Check(name=_text(row, "name"), state=_one_of(row, "state", ("ran", "skipped", "failed")),
                      why=_text(row, "why"), paths=_paths(row, "paths"), before=_paths(row, "before") or ())
                for row in _rows(body, "checks", 100)
            ),
            spent=Spent(usage=Usage(input_tokens=tokens), cost=Cost(nano_usd=cost), calls=calls),
        )  # fmt: skip
    except _Wrong as error:
        raise UsageError(f"this is no review: {error}", hint=HINT) from error


class _Wrong(Exception):
    pass


def _told(row: Json) -> Told:
    path, first, last = _text(row, "path"), _number(row, "first"), _number(row, "last")
    side = _one_of(row, "side", ("left", "right"))
    if first > last or last - first > MOST_FINDINGS:
        raise _Wrong(f"lines {first} to {last}")
    suggestion = row.get("suggestion")
    if suggestion is not None:
        suggestion = _text(row, "suggestion")
    confidence = row.get("confidence")
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise _Wrong("`confidence` is no number from 0 to 1")
    if not isinstance(row.get("from_model"), bool):
        raise _Wrong("`from_model` is neither true nor false")
    finding = Finding(
        rule=_matching(row, "rule", _RULE),
        severity=SEVERITIES[_one_of(row, "severity", tuple(SEVERITIES))],
        message=_text(row, "message"),
        detail=_text(row, "detail"),
        category=_text(row, "category"),
        path=path,
        side=side,
        symbol=_text(row, "symbol"),
        suggestion=suggestion,
        confidence=float(confidence),
        is_from_model=row["from_model"],
    )
    return Told(finding, Anchor(path, side, first, last) if path and first else None, _text(row, "fingerprint"))


def _object(data: object) -> Json:
    if not isinstance(data, dict):
        raise _Wrong("an object is expected")
    return data


def _rows(body: Json, name: str, most: int = MOST_FINDINGS) -> Sequence[Json]:
    rows = body.get(name)
    if not isinstance(rows, list):
        raise _Wrong(f"`{name}` is no array")
    if len(rows) > most:
        raise _Wrong(f"`{name}` has {len(rows):,} rows, more than {most:,}")
    return [_object(row) for row in rows]


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise _Wrong(f"`{name}` is no text")
    if len(value) > MOST_LETTERS:
        raise _Wrong(f"`{name}` is longer than {MOST_LETTERS:,} letters")
    return value


def _matching(row: Json, name: str, pattern: re.Pattern[str]) -> str:
    value = _text(row, name)
    if not pattern.fullmatch(value):
        raise _Wrong(f"`{name}` is {value[:60]!r}")
    return value


def _number(row: Json, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise _Wrong(f"`{name}` is no number")
    return value


def _one_of(row: Json, name: str, known: Sequence[str]) -> Any:
    value = _text(row, name)
    if value not in known:
        raise _Wrong(f"`{name}` is {value[:60]!r}; one of {', '.join(known)} is expected")
    return value


def _paths(row: Json, name: str) -> tuple[str, ...] | None:
    paths = row.get(name)
    if paths is None:
        return None
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise _Wrong(f"`{name}` are no texts")
    return tuple(paths)


def anew(review: Review, text_of: Callable[[Anchor], str | None]) -> Review:
    """The same with fingerprints of one's own reckoning. `text_of` gives the first line of an anchor."""
    told = [*review.told, *(one for one, _ in review.folded)]
    own = told_of([(one.finding, one.anchor) for one in told], text_of)
    count = len(review.told)
    folded = tuple((one, why) for one, (_, why) in zip(own[count:], review.folded, strict=True))
    return replace(review, told=tuple(own[:count]), folded=folded)
