"""The scripted model and the words to write its script in; it lives in `llm`, behind the door `scripted:FILE`."""

from __future__ import annotations

from swe_agent.llm.scripted import MODEL, USAGE, ScriptedModel, Step, call, calls, say

__all__ = ["MODEL", "USAGE", "ScriptedModel", "Step", "call", "calls", "say"]
