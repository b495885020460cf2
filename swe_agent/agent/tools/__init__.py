"""The tools that a model may call: one file each, all of one shape, listed here and nowhere else."""

from __future__ import annotations

from swe_agent.agent.tools import create, delete, edit, finish, outline, read, run, search, tests
from swe_agent.agent.tools.tool import Tool

ALL: tuple[Tool, ...] = (
    read.TOOL,
    search.TOOL,
    outline.TOOL,
    edit.TOOL,
    create.TOOL,
    delete.TOOL,
    run.TOOL,
    tests.TOOL,
    finish.TOOL,
)
BY_NAME = {tool.spec.name: tool for tool in ALL}
SPECS = tuple(tool.spec for tool in ALL)
EDIT_FORMAT = "search_replace"
