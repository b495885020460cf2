"""A model that says what it was told to say, and complains when it is asked for more.

model = ScriptedModel([call("read", path="cart.py"), say("done")])
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from swe_agent.core.codec import decode
from swe_agent.core.encode import encode
from swe_agent.core.errors import ConfigError, ModelBadAnswer
from swe_agent.core.message import Finish, ModelRef, ModelReply, ModelRequest, ToolCall
from swe_agent.core.usage import Price, Usage

Step = ModelReply | Exception | Callable[[ModelRequest], ModelReply]

USAGE = Usage(input_tokens=100, output_tokens=20)
"""Of a scripted reply that names no usage of its own."""
MODEL = "scripted"


def say(text: str, *, finish: Finish = "stop", usage: Usage = USAGE) -> ModelReply:
    return ModelReply(content=text, tool_calls=(), finish=finish, usage=usage, model=MODEL)


def call(name: str, /, **arguments: Any) -> ModelReply:
    """One tool call. For arguments called `name`, and for text beside calls, use `calls`."""
    return calls((name, arguments))


def calls(*wanted: tuple[str, Mapping[str, Any]], text: str = "", usage: Usage = USAGE) -> ModelReply:
    """Several tool calls in one answer, as (name, arguments)."""
    return ModelReply(
        content=text,
        tool_calls=tuple(
            ToolCall(id=f"call_{number}", name=name, arguments=json.dumps(arguments))
            for number, (name, arguments) in enumerate(wanted, start=1)
        ),
        finish="tool_calls",
        usage=usage,
        model=MODEL,
    )


class ScriptedModel:
    """Implements core.ports.Model. `requests` are what it was asked; `left` is what it has not said yet."""

    def __init__(self, steps: Iterable[Step], *, price: Price | None = None, name: str = MODEL) -> None:
        self.requests: list[ModelRequest] = []
        self._steps = list(steps)
        self._played = 0
        self._price = price
        self._ref = ModelRef(name=name, door="scripted")

    @classmethod
    def load(cls, path: Path, *, price: Price | None = None) -> ScriptedModel:
        """From JSON: a list of {"content", "tool_calls": [{"name", "arguments"}], "usage": {...}, "finish"}."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            steps = [_step(item) for item in data]
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"{path} is no script of a model: {error}", hint='write a list such as `[{"content": "done"}]`'
            ) from error
        return cls(steps, price=price, name=f"scripted:{path.name}")

    @property
    def ref(self) -> ModelRef:
        return self._ref

    @property
    def price(self) -> Price | None:
        return self._price

    @property
    def left(self) -> int:
        return len(self._steps) - self._played

    def ask(self, request: ModelRequest, on_token: Callable[[str], None]) -> ModelReply:
        self.requests.append(request)
        if not self.left:
            last = request.messages[-1].content[:300] if request.messages else ""
            raise ModelBadAnswer(
                f"the script of the model ran out after {self._played} answers; the last message was {last!r}",
                hint="add a step to the script, or find out why the conversation went on",
            )
        step = self._steps[self._played]
        self._played += 1
        if isinstance(step, Exception):
            raise step
        reply = step if isinstance(step, ModelReply) else step(request)
        reply = _unique_ids(reply, request)
        if reply.content:
            on_token(reply.content)
        return reply


def _unique_ids(reply: ModelReply, request: ModelRequest) -> ModelReply:
    """Within a conversation every call has an id of its own, as with real servers."""
    taken = {call.id for message in request.messages for call in message.tool_calls}
    numbered = []
    for call in reply.tool_calls:
        if call.id in taken:
            call = replace(call, id=next(f"call_{n}" for n in count(len(taken) + 1) if f"call_{n}" not in taken))
        taken.add(call.id)
        numbered.append(call)
    return replace(reply, tool_calls=tuple(numbered))


def _step(item: Mapping[str, Any]) -> ModelReply:
    unknown = item.keys() - {"content", "tool_calls", "usage", "finish"}
    if unknown:
        raise ValueError(f"a step has no {', '.join(sorted(unknown))}")
    wanted = [(one["name"], one.get("arguments", {})) for one in item.get("tool_calls", ())]
    usage = Usage(**item["usage"]) if "usage" in item else USAGE
    text = item.get("content", "")
    reply = (
        calls(*wanted, text=text, usage=usage) if wanted else say(text, finish=item.get("finish", "stop"), usage=usage)
    )
    return decode(ModelReply, encode(reply))  # a script is typed by hand: what has the wrong type is found here
