"""A repository in which people and agents write, for tests of who is told to have written what.

The truth stands in the code: a line with `agent` in a word of its own making (`agent_total`) is the agent's, one with
`edited` is an agent's that a person has changed, any other is not the agent's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from noting import kit_of

from swe_agent.jobs.ingest import ingest
from swe_agent.jobs.lines import blame
from swe_agent.jobs.notes import write
from swe_agent.testing.repository import RepoBuilder

AGENT = re.compile(r"(?<![a-z])agent")


def function(name: str) -> str:
    """As somebody would write it; every line but the blank ones bears the name."""
    return (
        f"def {name}_total(prices_{name}):\n"
        f"    kept_{name} = [price for price in prices_{name} if price]\n"
        f"    return sum(kept_{name}) / len(kept_{name})  # {name}\n\n\n"
    )


class Written:
    def __init__(self, path: Path) -> None:
        self.repo = RepoBuilder(path)
        self.decided = 0

    @property
    def path(self) -> Path:
        return self.repo.path

    def read(self, name: str) -> str:
        place = self.path / name
        return place.read_bytes().decode("utf-8", "surrogateescape") if place.exists() else ""

    def commit(self, files: dict[str, str | bytes | None] | None = None, message: str = "change") -> str:
        return self.repo.commit(message, files)

    def agent(self, name: str, after: str, *, accepted: bool = True, at: str = "2023-11-14T00:00:00Z") -> None:
        """The agent proposes a text for the file; what is accepted is written."""
        base = (
            self.repo.git("rev-parse", "--verify", "--quiet", "HEAD") if (self.path / ".git/index").exists() else None
        )
        self.decided += 1
        decision = {
            "id": f"d{self.decided}", "session": "s1", "path": name, "base": base, "before": self.read(name),
            "after": after, "accepted": accepted, "author": "ada@example.org", "model": "m", "time": at,
        }  # fmt: skip
        ingest(kit_of(self.path), [json.dumps(decision).encode()])
        if accepted:
            self.repo.write({name: after.encode("utf-8", "surrogateescape")})

    def notes(self) -> None:
        write(kit_of(self.path))

    def clone(self, name: str, *options: str) -> Path:
        """Another clone, which knows no more than the notes."""
        there = self.path.parent / name
        self.repo.git("clone", "--quiet", "--no-local", *options, self.path.as_uri(), str(there))
        Written(there).repo.git("fetch", "--quiet", "origin", "+refs/notes/*:refs/notes/*")
        return there


def wrong(path: Path, revision: str = "HEAD") -> list[str]:
    """Lines whose label is not what stands in them."""
    return list(_wrong(path, revision))


def _wrong(path: Path, revision: str) -> Iterator[str]:
    for file in blame(kit_of(path), revision):
        for number, (text, origin) in enumerate(zip(file.lines, file.origins, strict=True), 1):
            true = "ai" if AGENT.search(text) and "edited" not in text else "not ai"
            told = "ai" if origin.kind == "ai" else "not ai"
            if re.search(r"\w", text) and true != told:
                yield f"{file.path}:{number}: {text!r} is told to be {origin.kind} ({origin.via})"


def told(path: Path, revision: str = "HEAD") -> dict[str, list[str]]:
    """Of each file the kinds of its lines."""
    return {file.path: [origin.kind for origin in file.origins] for file in blame(kit_of(path), revision)}
