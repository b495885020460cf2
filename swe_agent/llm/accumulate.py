"""Streamed or whole OpenAI chat answers to one ModelReply. Pure: dicts in, a value out.

What servers get wrong, and what is made of it:
- an index that is missing, or the same for all calls: a new id opens a new call, whatever the index says;
- an id that is missing, or used twice: the call is named `call_N`, N counting the calls of the conversation;
- no finish reason, with or without `[DONE]`: the stream was cut, and half an answer is no answer;
- no usage: estimated from characters, and marked so;
- an error object in the place of a chunk: ServerFault, for the door to classify.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from swe_agent.core.errors import ModelBadAnswer, ModelUnavailable
from swe_agent.core.message import Finish, ModelReply, ModelRequest, ToolCall
from swe_agent.core.usage import Usage
from swe_agent.llm.messages import estimated_tokens, request_characters

Chunk = Mapping[str, Any]

_FINISHES: dict[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refusal",
    "refusal": "refusal",
}


class ServerFault(Exception):
    """The server sent an error object where an answer was due."""

    def __init__(self, error: object) -> None:
        super().__init__("error event")
        self.error = error


def reply_of_stream(
    chunks: Iterable[Chunk], request: ModelRequest, *, model: str, on_token: Callable[[str], None]
) -> ModelReply:
    """The answer that the chunks add up to. `model` is the name to give where the server names none."""
    accumulator = Accumulator()
    for chunk in chunks:
        text = accumulator.add(chunk)
        if text:
            on_token(text)
    return accumulator.reply(request, model=model)


def reply_of_body(body: object, request: ModelRequest, *, model: str) -> ModelReply:
    """The answer in a body that was not streamed: the same thing, as one chunk whose delta is the message."""
    if not isinstance(body, Mapping):
        raise ModelBadAnswer("the server's answer is not a JSON object")
    choices = [{**choice, "delta": choice.get("message")} for choice in _objects(body.get("choices"))]
    accumulator = Accumulator(whole=True)
    accumulator.add({**body, "choices": choices})
    return accumulator.reply(request, model=model)


class Accumulator:
    """Feed it chunks in their order with `add`, then ask for the `reply`."""

    def __init__(self, *, whole: bool = False) -> None:
        self.finish = ""
        self._whole = whole
        self._model = ""
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls = _Calls()
        self._usage: Mapping[str, Any] | None = None
        self._seen_choice = False

    def add(self, chunk: Chunk) -> str:
        """Take in one chunk, and return the text that it added to the answer."""
        if chunk.get("error"):
            raise ServerFault(chunk["error"])
        if isinstance(chunk.get("model"), str):
            self._model = chunk["model"] or self._model
        if isinstance(chunk.get("usage"), Mapping):
            self._usage = chunk["usage"]
        return "".join(self._add_choice(choice) for choice in _objects(chunk.get("choices")) if not choice.get("index"))

    def _add_choice(self, choice: Mapping[str, Any]) -> str:
        self._seen_choice = True
        if choice.get("error"):
            raise ServerFault(choice["error"])
        delta = choice.get("delta")
        delta = delta if isinstance(delta, Mapping) else {}
        self._reasoning.append(_text(delta.get("reasoning_content") or delta.get("reasoning")))
        self._refusal.append(_text(delta.get("refusal")))
        for call in _objects(delta.get("tool_calls")):
            self._calls.add(call, separate=self._whole)
        self.finish = choice.get("finish_reason") or self.finish
        text = _text(delta.get("content"))
        self._content.append(text)
        return text

    def reply(self, request: ModelRequest, *, model: str) -> ModelReply:
        if not self._seen_choice and self._whole:
            raise ModelBadAnswer("the server's answer holds no choice")
        if not self.finish:
            raise ModelUnavailable("the stream was cut: it ended without a finish reason")
        if self.finish == "error":
            raise ServerFault({"message": "the server ended its answer with an error", "code": 500})
        refusal = "".join(self._refusal)
        content = "".join(self._content) or refusal
        reasoning = "".join(self._reasoning)
        calls = self._calls.finished(already=sum(len(message.tool_calls) for message in request.messages))
        return ModelReply(
            content=content,
            tool_calls=calls,
            finish=_finish(self.finish, calls, refusal),
            usage=usage_of(self._usage) or _estimated(request, content + reasoning, calls),
            model=self._model or model,
            reasoning=reasoning,
        )


class _OpenCall:
    def __init__(self, sent_id: str, index: int | None) -> None:
        self.sent_id = sent_id
        self.index = index
        self.name = ""
        self.arguments: list[str] = []

    def complete(self) -> bool:
        try:
            json.loads("".join(self.arguments))
        except ValueError:
            return False
        return True


class _Calls:
    """Which call a delta belongs to."""

    def __init__(self) -> None:
        self._calls: list[_OpenCall] = []

    def add(self, delta: Mapping[str, Any], *, separate: bool) -> None:
        function = delta.get("function")
        function = function if isinstance(function, Mapping) else {}
        sent_id = _text(delta.get("id"))
        index = delta.get("index") if isinstance(delta.get("index"), int) else None
        name, arguments = _text(function.get("name")), _arguments(function.get("arguments"))
        call = None if separate else self._continued(sent_id, index, name, adds=bool(arguments))
        if call is None:
            call = _OpenCall(sent_id, index)
            self._calls.append(call)
        call.name = call.name or name
        call.arguments.append(arguments)

    def _continued(self, sent_id: str, index: int | None, name: str, *, adds: bool) -> _OpenCall | None:
        """The call that the delta goes on with; None where it opens one."""
        opens = bool(name)
        if sent_id:
            known = [call for call in self._calls if call.sent_id == sent_id]
            if index is not None and any(call.index is not None for call in known):
                # The same id under another index is another call whose id is a duplicate.
                known = [call for call in known if call.index == index]
            if not known and not opens and self._calls and self._calls[-1].sent_id == sent_id:
                return self._calls[-1]
        else:
            known = [call for call in self._calls if call.index == index] if index is not None else self._calls
            known = known or ([] if opens else self._calls)
        if not known:
            return None
        call = known[-1]
        # Whole calls one after the other, with neither id nor index to tell them apart.
        begins_anew = opens and call.complete() and (adds or name != call.name)
        return None if begins_anew else call

    def finished(self, *, already: int) -> tuple[ToolCall, ...]:
        taken: set[str] = set()
        finished = []
        for number, call in enumerate(self._calls, start=already + 1):
            if not call.name:
                raise ModelBadAnswer("the model called a tool without a name")
            unique = call.sent_id if call.sent_id and call.sent_id not in taken else self._new_id(number, taken)
            taken.add(unique)
            finished.append(ToolCall(id=unique, name=call.name, arguments="".join(call.arguments) or "{}"))
        return tuple(finished)

    def _new_id(self, number: int, taken: set[str]) -> str:
        sent = {call.sent_id for call in self._calls}
        name = f"call_{number}"
        while name in sent or name in taken:
            name += "_"
        return name


def _finish(sent: str, calls: tuple[ToolCall, ...], refusal: str) -> Finish:
    """Unknown words of finished answers (`eos`, `end_turn`) are a stop; calls speak for themselves."""
    known = _FINISHES.get(sent)
    if known:
        return known
    if calls:
        return "tool_calls"
    return "refusal" if refusal else "stop"


def usage_of(sent: Mapping[str, Any] | None) -> Usage | None:
    """The provider's figures; None where it sent none, or only zeros."""
    if not sent:
        return None
    prompt, completion = _count(sent, "prompt_tokens"), _count(sent, "completion_tokens")
    if not prompt and not completion:
        return None
    details = sent.get("prompt_tokens_details")
    cached = (
        _count(details, "cached_tokens")
        or _count(sent, "cache_read_input_tokens")
        or _count(sent, "prompt_cache_hit_tokens")
    )
    written = (
        _count(sent, "cache_creation_input_tokens")
        or _count(details, "cache_creation_tokens")
        or _count(details, "cache_write_tokens")  # OpenAI's word, from gpt-5.6 on, and OpenRouter's
    )
    reasoning = _count(sent.get("completion_tokens_details"), "reasoning_tokens")
    if reasoning and _count(sent, "total_tokens") == prompt + completion + reasoning:
        completion += reasoning  # xAI and Gemini's gateway leave the reasoning out of the completion
    paid_in_full = prompt - cached - written
    return Usage(
        # Where the cached part is larger than the whole, the server had left it out of the prompt already.
        input_tokens=paid_in_full if paid_in_full >= 0 else prompt,
        cached_tokens=cached,
        cache_write_tokens=written,
        output_tokens=completion,
        reasoning_tokens=min(reasoning, completion),
    )


def _estimated(request: ModelRequest, text: str, calls: tuple[ToolCall, ...]) -> Usage:
    said = len(text) + sum(len(call.name) + len(call.arguments) for call in calls)
    return Usage(
        input_tokens=estimated_tokens(request_characters(request)),
        output_tokens=estimated_tokens(said),
        estimated=True,
    )


def _count(data: object, name: str) -> int:
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, int) and value > 0 else 0


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []


def _text(value: object) -> str:
    """A string, or the text parts of a list of parts (Mistral's reasoning models)."""
    if isinstance(value, str):
        return value
    return "".join(_text(part.get("text")) for part in _objects(value))


def _arguments(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)  # some servers send the object itself
