"""Whether a model answers on this machine, for who wants that none else is asked. Pure: nothing is looked up.

A name that happens to resolve to loopback does not count, since it may resolve to another address the next time; nor
does a model of litellm's, since where that goes is decided in variables that we do not read.
"""

from __future__ import annotations

from collections.abc import Iterable

from swe_agent.core.errors import ConfigError
from swe_agent.core.message import ModelRef
from swe_agent.llm.urls import is_loopback, shown_url

_PASSED_ON = (":cloud", "-cloud")
"""Ends of names by which Ollama passes a question on from this machine to its own servers."""


def stays_here(ref: ModelRef) -> bool:
    if ref.door in ("scripted", "recorded"):
        return True
    return ref.door == "openai_http" and is_loopback(ref.base_url) and not ref.name.lower().endswith(_PASSED_ON)


def require_local(refs: Iterable[ModelRef]) -> None:
    """ConfigError that names the first model which does not stay here."""
    for ref in refs:
        if not stays_here(ref):
            place = shown_url(ref.base_url) if ref.base_url else "its provider"
            raise ConfigError(
                f"only models on this machine may be asked (`local_only`), and {ref.name} is asked at {place}",
                hint=f"name a server here, by number: `{ref.name}@http://127.0.0.1:11434/v1`, or use another model",
            )
