"""How the program is pointed at a server of ours, in each dialect: by a flag, or by what litellm reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from swe_agent.testing.dialects.chat import CHAT
from swe_agent.testing.dialects.dialect import Dialect
from swe_agent.testing.dialects.gemini import GEMINI
from swe_agent.testing.dialects.messages import MESSAGES
from swe_agent.testing.dialects.responses import RESPONSES

KEY = "sk-loopback-0123456789abcdef"
"""No real key; it may appear in nothing that is printed or kept."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """`base` is the variable that litellm reads the server from; empty for the light door, which has a flag."""

    name: str
    dialect: Dialect
    model: str
    key: str
    base: str = ""
    path: str = ""
    """What the base URL ends in."""

    @property
    def light(self) -> bool:
        return not self.base

    def arguments(self, url: str) -> list[str]:
        return ["--model", self.model, *(["--base-url", url + self.path] if self.light else [])]

    def environment(self, url: str) -> Mapping[str, str]:
        return {self.key: KEY} | ({} if self.light else {self.base: url + self.path})


LIGHT = Door(name="chat", dialect=CHAT, model="loopback", key="SWE_AGENT_API_KEY", path="/v1")
ANSWERS = Door(
    name="responses",
    dialect=RESPONSES,
    model="openai/responses/gpt-4.1-mini",
    key="OPENAI_API_KEY",
    base="OPENAI_API_BASE",
    path="/v1",
)
CLAUDE = Door(
    name="messages",
    dialect=MESSAGES,
    model="anthropic/claude-sonnet-4-5",
    key="ANTHROPIC_API_KEY",
    base="ANTHROPIC_API_BASE",
)
GOOGLE = Door(
    name="gemini", dialect=GEMINI, model="gemini/gemini-2.5-flash", key="GEMINI_API_KEY", base="GEMINI_API_BASE"
)
DOORS = (LIGHT, ANSWERS, CLAUDE, GOOGLE)
