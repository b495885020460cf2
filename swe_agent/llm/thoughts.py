"""The signed thinking that some providers want back with the tool calls that it led to. No protocol but litellm's.

It is remembered in the process, by the first call's id: it is the provider's, opaque, and worth nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from swe_agent.core.message import ModelReply

Block = dict[str, Any]


def blocks_of(chunks: Iterable[Mapping[str, Any]]) -> list[Block]:
    """The thinking blocks that the fragments of a stream add up to; a signature ends one."""
    blocks: list[Block] = []
    for fragment in _fragments(chunks):
        if fragment.get("type") == "redacted_thinking":
            blocks.append({"type": "redacted_thinking", "data": fragment.get("data", "")})
            continue
        last = blocks[-1] if blocks and "thinking" in blocks[-1] and not blocks[-1]["signature"] else None
        if last is None:
            last = {"type": "thinking", "thinking": "", "signature": ""}
            blocks.append(last)
        last["thinking"] += fragment.get("thinking") or ""
        last["signature"] += fragment.get("signature") or ""
    return blocks


def _fragments(chunks: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            yield from delta.get("thinking_blocks") or ()


class Thoughts:
    """What was thought before which call."""

    def __init__(self) -> None:
        self._by_call: dict[str, list[Block]] = {}

    def keep(self, reply: ModelReply, blocks: list[Block]) -> None:
        if reply.tool_calls:
            self._by_call[reply.tool_calls[0].id] = blocks

    def given_back(self, messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [self._with_blocks(message) for message in messages]

    def _with_blocks(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        calls = message.get("tool_calls")
        blocks = self._by_call.get(calls[0]["id"]) if calls else None
        return {**message, "thinking_blocks": blocks} if blocks else message

    def knows(self, messages: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the last calls were made in this process; if not (after a resume), thinking must stay off."""
        calling = [message for message in messages if message.get("tool_calls")]
        return not calling or calling[-1]["tool_calls"][0]["id"] in self._by_call
