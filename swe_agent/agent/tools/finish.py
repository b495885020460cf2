"""Say that the task is done. `agent.finishing` looks before it believes."""

from __future__ import annotations

from swe_agent.agent.tools.tool import spec

NAME = "finish"
SPEC = spec(
    NAME,
    "The task is done (or cannot be done): say in two or three sentences what the cause was and what you changed. "
    "May stand in the same answer as the last edits.",
    {"summary": "string: for the person who reviews the change"},
)
