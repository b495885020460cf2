"""What both doors are asked in their tests, and the patience with which they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from swe_agent.core.message import Message, ModelRequest, ToolSpec
from swe_agent.llm.retry import Retrying, RetryPolicy

READ = ToolSpec(
    name="read",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
QUESTION = ModelRequest(
    messages=(Message(role="system", content="You repair code."), Message(role="user", content="totals are wrong")),
    tools=(READ,),
    max_output_tokens=500,
)


@dataclass
class Patience:
    """Notes every wait in the place of making it."""

    waits: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    attempts: int = 4

    @property
    def retrying(self) -> Retrying:
        return Retrying(
            sleep=self.waits.append,
            jitter=lambda: 1.0,
            on_wait=self.notes.append,
            policy=RetryPolicy(attempts=self.attempts),
        )


@dataclass
class Heard:
    """An OnToken that remembers."""

    text: str = ""

    def __call__(self, token: str) -> None:
        self.text += token
