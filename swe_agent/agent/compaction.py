"""A conversation that no longer fits, made shorter: what must not be lost is pinned, the rest becomes notes.

Pinned are the system prompt and the opening (task, instructions, map), byte for byte, so that what a provider has
cached of them still counts; the model's own plan, the change so far and the failing tests, as they are now and not as
they were talked about; and the last messages. What lies between is told in notes by a summariser, and in a list of what
was done with which result, which is made here and needs no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swe_agent.agent.tools.tool import cut
from swe_agent.core.message import Message
from swe_agent.prompts.render import prompt

SHARE = 0.75
"""Of the model's window: a conversation that is longer is shortened before it is refused."""
TAIL_SHARE = 0.25
"""Of the characters of a conversation, for the last messages that stay as they are."""
_RESULT = 1_500
"""Characters of a tool's result that the summariser sees."""
_DIFF = 12_000
_LINE = 160


def opening_of(messages: Sequence[Message]) -> tuple[Message, ...]:
    """What stands before the first answer."""
    first = next((at for at, message in enumerate(messages) if message.role == "assistant"), len(messages))
    return tuple(messages[: min(first, 2)])


def tail_of(messages: Sequence[Message], characters: int) -> tuple[Message, ...]:
    """The last messages, from an answer on, so that no result stands without its call. At least the last answer."""
    answers = [at for at, message in enumerate(messages) if message.role == "assistant"]
    if not answers:
        return ()
    start = answers[-1]
    for at in reversed(answers[:-1]):
        if sum(_size(message) for message in messages[at:]) > characters:
            break
        start = at
    return tuple(messages[start:])


def compacted(
    messages: Sequence[Message], tail: Sequence[Message], *, notes: str, plan: str, tests: str, diff: str
) -> tuple[Message, ...]:
    """The conversation anew: the opening, what is left of the middle, and the tail."""
    text = prompt("compacted").render(
        notes=notes.strip() or "(none)",
        plan=f"\n<plan>\n{plan.strip()}\n</plan>\n" if plan.strip() else "",
        tests=tests or "none that is known",
        diff=cut(diff, _DIFF) if diff else "nothing yet",
    )
    return (*opening_of(messages), Message(role="user", content=text), *tail)


def middle_of(messages: Sequence[Message], tail: Sequence[Message]) -> tuple[Message, ...]:
    """What will be gone."""
    return tuple(messages[len(opening_of(messages)) : len(messages) - len(tail)])


def shorter(tail: Sequence[Message], characters: int) -> tuple[Message, ...]:
    """The same messages with their results cut: for who has no room even for them."""
    return tuple(
        Message(role="tool", content=cut(one.content, characters), tool_call_id=one.tool_call_id)
        if one.role == "tool"
        else one
        for one in tail
    )


def transcript(messages: Sequence[Message], most: int) -> str:
    """A part of a conversation as text, for the summariser."""
    return cut("\n\n".join(_told(message) for message in messages), most)


def _told(message: Message) -> str:
    calls = "".join(f"\ncalls {call.name}({cut(call.arguments, _RESULT)})" for call in message.tool_calls)
    return f"[{message.role}]\n{cut(message.content, _RESULT)}{calls}"


def deeds(messages: Sequence[Message]) -> str:
    """What was done with which result, a line each."""
    return "\n".join(_deeds(messages))


def _deeds(messages: Sequence[Message]) -> Iterator[str]:
    calls = {call.id: call for message in messages for call in message.tool_calls}
    for message in messages:
        if message.role == "tool" and message.tool_call_id in calls:
            call = calls[message.tool_call_id]
            arguments = " ".join(call.arguments.split())
            first = message.content.strip().partition("\n")[0]
            yield f"- {call.name} {arguments[:_LINE]} → {first[:_LINE]}"


def _size(message: Message) -> int:
    return len(message.content) + sum(len(call.arguments) for call in message.tool_calls)
