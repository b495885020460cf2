"""The one dial of thinking time in the parameters of a provider; the facts stand in `effort.toml`. Pure.

Providers mean very different things by the same word, and a library between us and them loses some of it silently. So
each step is translated here, by a table, and what was really sent is told with the answer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from swe_agent.core.message import ModelRef
from swe_agent.core.task import Effort
from swe_agent.llm.prices import spoken_to

SAID = 8192
"""Tokens that thinking leaves for what is said, or half of them where there are less than twice as many."""

Parameters = Mapping[str, str | int]
"""By dotted name: `thinking.budget_tokens` is a field of the object `thinking`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that take effort in the same way."""

    name: str
    models: str
    levels: Mapping[str, Parameters]
    providers: tuple[str, ...] = ()
    door: str = ""
    least: int = 0
    room: bool = True

    def holds(self, ref: ModelRef, provider: str) -> bool:
        return (
            self.door in ("", ref.door)
            and (not self.providers or provider in self.providers)
            and re.search(self.models, ref.name.lower()) is not None
        )


def family_of(ref: ModelRef) -> Family:
    provider = spoken_to(ref)
    return next(family for family in _families() if family.holds(ref, provider))


def parameters(effort: Effort | None, ref: ModelRef, *, max_output_tokens: int) -> Parameters:
    """What is to be sent for an effort; nothing where none is asked for or the model has no such dial.

    A budget of thinking comes out of the same tokens as the answer, and is cut so that enough is left to say.
    """
    if effort is None:
        return {}
    family = family_of(ref)
    level = family.levels[effort.value]
    budget = level.get("thinking.budget_tokens")
    if not isinstance(budget, int):
        return level
    fitting = min(budget, max_output_tokens - min(max_output_tokens // 2, SAID))
    return {**level, "thinking.budget_tokens": fitting} if fitting >= max(1, family.least) else {}


def output_tokens(effort: Effort | None, ref: ModelRef, *, max_output_tokens: int) -> int:
    """How long an answer may be with what is thought in it; never more than the model can give, where that is known."""
    if effort is None or not parameters(effort, ref, max_output_tokens=SAID * 2):
        return max_output_tokens
    room = _thought()[effort.value] if family_of(ref).room else 0
    most = ref.max_output_tokens or max_output_tokens + room
    return max(max_output_tokens, min(max_output_tokens + room, most))


def nested(flat: Parameters) -> dict[str, Any]:
    """Dotted names as objects, which is how they are sent.

    >>> nested({"thinking.type": "enabled", "thinking.budget_tokens": 2048, "reasoning_effort": "low"})
    {'thinking': {'type': 'enabled', 'budget_tokens': 2048}, 'reasoning_effort': 'low'}
    """
    objects: dict[str, Any] = {}
    for name, value in flat.items():
        head, _, field = name.partition(".")
        if field:
            objects.setdefault(head, {})[field] = value
        else:
            objects[head] = value
    return objects


def effective(sent: Parameters, dropped: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """The same as text, sorted, for the answer; `dropped` names what was asked for and not sent.

    >>> effective({"max_tokens": 500}, ["effort"])
    (('dropped', 'effort'), ('max_tokens', '500'))
    """
    gone = ", ".join(sorted(dropped))
    return tuple(
        sorted({**{name: str(value) for name, value in sent.items()}, **({"dropped": gone} if gone else {})}.items())
    )


def _thought() -> Mapping[str, int]:
    thought: Mapping[str, int] = _data()["thought"]
    return thought


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("swe_agent.llm").joinpath("effort.toml").read_text(encoding="utf-8"))


@cache
def _families() -> tuple[Family, ...]:
    return tuple(Family(**{**entry, "providers": tuple(entry.get("providers", ()))}) for entry in _data()["family"])
