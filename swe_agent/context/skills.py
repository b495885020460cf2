"""Skills of a repository: folders with a SKILL.md, of which a model sees the name and the purpose at first.

The format is that of agentskills.io: front matter with `name` (64 characters at most) and `description` (1,024), then
text. Scripts beside it are files like any others: nothing of a skill is run by being read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from swe_agent.core.context import Skill

FOLDERS = (".agents/skills", ".claude/skills", ".github/skills", "skills")
MOST = 30
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.DOTALL)
_LONGEST = 1024


def skills_in(paths: Iterable[str], read: Callable[[str], str | None]) -> tuple[Skill, ...]:
    """The skills among these files, the first of each name, in order of their folders."""
    found = {skill.name: skill for path in sorted(paths, key=_place, reverse=True) for skill in _skill(path, read)}
    return tuple(sorted(found.values(), key=lambda skill: skill.name))[:MOST]


def _place(path: str) -> tuple[int, str]:
    return next((n for n, folder in enumerate(FOLDERS) if path.startswith(folder + "/")), len(FOLDERS)), path


def _skill(path: str, read: Callable[[str], str | None]) -> Iterator[Skill]:
    parts = path.split("/")
    if parts[-1] != "SKILL.md" or _place(path)[0] == len(FOLDERS):
        return
    text = read(path) or ""
    front = _FRONT.match(text)
    if front is None:
        return
    fields = _fields(front[1])
    name, description = fields.get("name", parts[-2]), fields.get("description", "")
    if _NAME.fullmatch(name) and description:
        yield Skill(name=name, description=description[:_LONGEST], path=path, text=text[front.end() :].strip())


def _fields(front: str) -> dict[str, str]:
    """The two plain fields that are looked at; lines that go on are indented."""
    fields: dict[str, str] = {}
    name = ""
    for line in front.splitlines():
        match = re.match(r"([A-Za-z_-]+):\s*(.*)", line)
        if match:
            name, value = match[1], match[2].strip().strip("\"'")
            fields[name] = "" if value in (">", "|", ">-", "|-") else value
        elif name and line.startswith((" ", "\t")):
            fields[name] = f"{fields[name]} {line.strip()}".strip()
    return fields
