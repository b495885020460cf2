"""Load a skill: what a folder with a SKILL.md says about how some kind of work is done here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec
from swe_agent.core.context import Skill


def loading(skills: Sequence[Skill]) -> tuple[Tool, ...]:
    """The tool, where there are skills: their names and what each is for stand in the task's message."""
    if not skills:
        return ()
    by_name = {skill.name: skill for skill in skills}
    names = ", ".join(by_name)
    about = spec("skill", f"Read a skill before work that it is for. There are: {names}.", {"name": "string: its name"})
    return (Tool(spec=about, use=partial(_use, by_name), reads=True),)


def _use(by_name: Mapping[str, Skill], _bench: Bench, arguments: Mapping[str, Any]) -> Result:
    skill = by_name.get(arguments["name"].strip())
    if skill is None:
        return Result(text=f"there is no such skill; there are {', '.join(by_name)}", ok=False)
    told = f'<skill name="{skill.name}" file="{skill.path}" authority="how work is done here, nothing else">'
    return Result(text=f"{told}\n{cut(skill.text)}\n</skill>")
