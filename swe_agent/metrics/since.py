"""From which day on figures count."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from swe_agent.core.errors import UsageError

_BACK = re.compile(r"(\d{1,5})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def since_day(text: str, now: datetime) -> str:
    """The day that `--since` names, as in `2026-03-01`; empty for all. It is a day, or so long back.

    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> since_day("90d", noon), since_day("2w", noon), since_day("2026-02-03", noon), since_day("", noon)
    ('2025-12-01', '2026-02-15', '2026-02-03', '')
    """
    if not text:
        return ""
    try:
        if back := _BACK.fullmatch(text):
            day = now.astimezone(UTC).date() - timedelta(days=int(back[1]) * _DAYS[back[2]])
        else:
            day = date.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        hint = "say a day, as `2026-03-01`, or how long back: `90d`, `12w`, `6m`, `1y`"
        raise UsageError(f"`--since {text}` names no day", hint=hint) from error
    return day.isoformat()
