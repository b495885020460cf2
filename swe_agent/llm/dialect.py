"""What of the chat protocol a server understands, learnt from its refusals. Pure.

A field that is only a comfort is dropped when the server rejects it; tools never are: an agent without them is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from swe_agent.core.message import ModelRef, ModelRequest
from swe_agent.llm.effort import Parameters, effective, nested, parameters
from swe_agent.llm.failures import ServerError
from swe_agent.llm.messages import wire_messages, wire_tools

MaxTokensField = Literal["max_tokens", "max_completion_tokens"]

_NEWER_NAMES = re.compile(r"(^|/)(o[1-9]|gpt-[5-9])")
_NO_STREAM = re.compile(r"tools? with stream|stream(ing)? (is )?not supported|does not support stream", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    max_tokens_field: MaxTokensField = "max_tokens"
    stream: bool = True
    usage: bool = True
    """`stream_options.include_usage` is understood."""
    effort: bool = True

    def body(self, ref: ModelRef, request: ModelRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": ref.name,
            "messages": wire_messages(request.messages),
            self.max_tokens_field: request.max_output_tokens,
            "stream": self.stream,
        }
        if request.tools:
            body["tools"] = wire_tools(request.tools)
        if self.stream and self.usage:
            body["stream_options"] = {"include_usage": True}
        return body | nested(self._effort(ref, request))

    def effective(self, ref: ModelRef, request: ModelRequest) -> tuple[tuple[str, str], ...]:
        """The parameters in the body of this request, and what was asked for and is not in it."""
        effort = self._effort(ref, request)
        gone = ["effort"] if request.effort and not effort else []
        return effective({self.max_tokens_field: request.max_output_tokens, **effort}, gone)

    def _effort(self, ref: ModelRef, request: ModelRequest) -> Parameters:
        return parameters(request.effort, ref, max_output_tokens=request.max_output_tokens) if self.effort else {}

    def after(self, error: ServerError, request: ModelRequest) -> Dialect | None:
        """What to try instead; None where the server complains of something else."""
        if _NO_STREAM.search(error.words):
            return replace(self, stream=False) if self.stream else None
        if error.status not in (400, 422):
            return None
        if "max_completion_tokens" in error.words and self.max_tokens_field == "max_tokens":
            return replace(self, max_tokens_field="max_completion_tokens")
        if "max_completion_tokens" in error.words:
            return replace(self, max_tokens_field="max_tokens")
        if "stream_options" in error.words or "include_usage" in error.words:
            return replace(self, usage=False) if self.usage else None
        if refuses_effort(error.words):
            return replace(self, effort=False) if self.effort and request.effort else None
        return self._plain(request) if not error.message else None

    def _plain(self, request: ModelRequest) -> Dialect | None:
        """For a server that says no without saying why: nothing but the essential."""
        sends_comforts = (self.stream and self.usage) or (self.effort and request.effort is not None)
        return replace(self, usage=False, effort=False) if sends_comforts else None

    def lost(self, other: Dialect) -> tuple[str, ...]:
        """What `other` does without, in words."""
        gone = []
        if self.usage and not other.usage:
            gone.append("token counts (they are estimated now)")
        if self.effort and not other.effort:
            gone.append("the effort setting")
        if self.stream and not other.stream:
            gone.append("streaming")
        return tuple(gone)


def refuses_effort(words: str) -> bool:
    return "reasoning" in words.lower() or "thinking" in words.lower()


def dialect_of(model: str) -> Dialect:
    """The first guess. OpenAI's reasoning models refuse `max_tokens`; most other servers know nothing else."""
    return Dialect(max_tokens_field="max_completion_tokens" if _NEWER_NAMES.search(model) else "max_tokens")
