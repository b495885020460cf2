"""The tools that a model may call: one file each, all of one shape, put together here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from swe_agent.agent.tools import create, edit, finish, measure, plan, read, run, search, tests
from swe_agent.agent.tools.edit import REPLACEMENT, in_format
from swe_agent.agent.tools.tool import Tool
from swe_agent.core.message import ToolSpec


@dataclass(frozen=True, kw_only=True)
class Toolbox:
    """Always in the same order: the tools stand at the start of what a provider caches. `finish` is the loop's."""

    tools: tuple[Tool, ...]
    may_finish: bool = True

    @cached_property
    def by_name(self) -> dict[str, Tool]:
        return {tool.spec.name: tool for tool in self.tools}

    @cached_property
    def specs(self) -> tuple[ToolSpec, ...]:
        return (*(tool.spec for tool in self.tools), *([finish.SPEC] if self.may_finish else []))


def for_editing(format: str = REPLACEMENT, more: Sequence[Tool] = (), *, measured: bool = False) -> Toolbox:
    """What an editor has, with edits in a format: `replace`, or one of `edits.formats`; and where a benchmark is named,
    what runs it."""
    more = (*([measure.TOOL] if measured else []), *more)
    editing = (edit.TOOL, create.TOOL) if format == REPLACEMENT else (in_format(format),)
    return Toolbox(tools=(read.TOOL, search.TOOL, *editing, run.TOOL, tests.TOOL, plan.TOOL, *more))


def for_reading(more: Sequence[Tool] = ()) -> Toolbox:
    """What a planner has: nothing that could change a file."""
    return Toolbox(tools=(read.TOOL, search.TOOL, *(tool for tool in more if tool.reads)), may_finish=False)
