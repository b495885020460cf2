"""Asks a model and records both sides. The only place of the agent where a request leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from swe_agent.core.event import ModelAnswered, ModelAsked
from swe_agent.core.message import Message, ModelReply, ModelRequest
from swe_agent.core.ports import Emit, Model, Monotonic, OnToken
from swe_agent.core.secrets import redact
from swe_agent.core.usage import Cost

RequestHash = Callable[[ModelRequest], str]


@dataclass(slots=True, kw_only=True)
class Speaker:
    """`calls` counts the questions of the job so far, those of earlier processes included."""

    model: Model
    emit: Emit
    on_token: OnToken
    monotonic: Monotonic
    request_hash: RequestHash
    calls: int = field(default=0)

    def ask(self, request: ModelRequest, *, new: tuple[Message, ...], fresh: bool = False) -> ModelReply:
        """`new` is what the model has not been sent before; it is what the trajectory keeps."""
        self.calls += 1
        call, name = self.calls, self.model.ref.name
        self.emit(
            ModelAsked(
                call=call,
                role=request.role,
                model=name,
                new=new,
                request_hash=self.request_hash(request),
                fresh=fresh,
            )
        )
        started = self.monotonic()
        reply = self.model.ask(request, self.on_token)
        price = self.model.price
        self.emit(
            ModelAnswered(
                call=call,
                role=request.role,
                model=reply.model or name,
                content=reply.content,
                tool_calls=reply.tool_calls,
                finish=reply.finish,
                usage=reply.usage,
                cost=price.of(reply.usage) if price else Cost(nano_usd=None),
                seconds=round(self.monotonic() - started, 3),
                effective=reply.effective,
            )
        )
        return reply


def without_secrets(message: Message) -> Message:
    """What goes to a model, with secret-shaped text taken out."""
    return replace(message, content=redact(message.content))
