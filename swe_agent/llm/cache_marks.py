"""Where Claude models are told to cache: after the system prompt, the tools and the last message. Pure.

Other families cache prefixes by themselves, and some of their servers reject the marks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Wire = Mapping[str, Any]
MARK = {"type": "ephemeral"}

_PROVIDERS = frozenset(
    {"anthropic", "bedrock", "bedrock_converse", "databricks", "openrouter", "vertex_ai", "azure_ai"}
)


def wants_marks(provider: str, model: str) -> bool:
    """Whether a model, reached through a provider in litellm's spelling, understands marks."""
    return provider == "anthropic" or (provider in _PROVIDERS and "claude" in model.lower())


def marked(messages: Sequence[Wire], tools: Sequence[Wire]) -> tuple[list[Wire], list[Wire]]:
    """The same with at most three marks. The one on the last message moves on with the conversation: what stood
    before is read from the cache, and what is new is added to it."""
    systems = [at for at, message in enumerate(messages) if message["role"] == "system"]
    places = {*systems[-1:], len(messages) - 1}
    return (
        [_marked(message) if at in places else message for at, message in enumerate(messages)],
        [*tools[:-1], *({**tool, "cache_control": MARK} for tool in tools[-1:])],
    )


def _marked(message: Wire) -> Wire:
    text = message.get("content")
    if message["role"] in ("tool", "assistant") or not text:
        return {**message, "cache_control": MARK}  # an empty text block would be refused
    return {**message, "content": [{"type": "text", "text": text, "cache_control": MARK}]}
