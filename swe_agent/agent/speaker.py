"""Asks a model and records both sides. The only place of the agent where a request leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from swe_agent.core.event import ModelAnswered, ModelAsked
from swe_agent.core.message import Message, ModelReply, ModelRequest, ModelRole
from swe_agent.core.ports import Emit, Model, Monotonic, OnToken
from swe_agent.core.secrets import redact
from swe_agent.core.task import Effort
from swe_agent.core.usage import Cost

RequestHash = Callable[[ModelRequest], str]
Redact = Callable[[str], str]
ModelOf = Callable[[ModelRole], Model]


@dataclass(slots=True, kw_only=True)
class Speaker:
    """`model_of` has the model of each role. `calls` counts the questions of the job so far, those of earlier processes
    included. `redact` takes secrets out of a text."""

    model_of: ModelOf
    emit: Emit
    on_token: OnToken
    monotonic: Monotonic
    request_hash: RequestHash
    redact: Redact = redact
    calls: int = field(default=0)

    def ask(self, request: ModelRequest, *, new: tuple[Message, ...], fresh: bool = False) -> ModelReply:
        """`new` is what the model has not been sent before; it is what the trajectory keeps."""
        self.calls += 1
        model = self.model_of(request.role)
        call, name = self.calls, model.ref.name
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
        reply = model.ask(request, self.on_token)
        price = model.price
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

    def question(
        self, role: ModelRole, system: str, text: str, *, effort: Effort | None = None, most: int
    ) -> ModelReply:
        """A conversation of one question, without tools; `most` bounds the answer, in tokens. Secrets are taken out."""
        messages = (Message(role="system", content=system), self.clean(Message(role="user", content=text)))
        request = ModelRequest(messages=messages, role=role, effort=effort, max_output_tokens=most)
        return self.ask(request, new=messages)

    def clean(self, message: Message) -> Message:
        """What goes to a model, with secrets taken out."""
        return replace(message, content=self.redact(message.content))
