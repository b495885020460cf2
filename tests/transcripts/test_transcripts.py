"""Stories in Markdown, run as they are read: see README.md in this folder for how one is written.

The program is run as a user runs it, in a process of its own, with a model that says what the story says.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest
from program import TIER, Program, Ran

from swe_agent.testing.repository import RepoBuilder

HERE = Path(__file__).parent
STORIES = sorted(path for path in HERE.glob("*.md") if path.name != "README.md")
FENCE = re.compile(r"^(`{3,})(\w+)(?: (.+?))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Fence:
    """A fenced block: ```` ```kind title ```` and its text. `line` is where it begins in the story."""

    kind: str
    title: str
    text: str
    line: int


@dataclass
class World:
    """What a story has built so far."""

    repo: RepoBuilder
    folder: Path
    answers: list[object] = field(default_factory=list)
    ran: Ran | None = None
    committed: bool = False

    @property
    def said(self) -> Ran:
        assert self.ran is not None, "a story runs something before it says what came of it"
        return self.ran


def fences(story: str) -> Iterator[Fence]:
    for match in FENCE.finditer(story):
        line = story.count("\n", 0, match.start()) + 1
        yield Fence(kind=match[2], title=(match[3] or "").strip("`"), text=match[4], line=line)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_is_true(path: Path, tmp_path: Path) -> None:
    world = World(repo=RepoBuilder(tmp_path / "the project"), folder=tmp_path)
    steps = list(fences(path.read_text("utf-8")))
    assert {"file", "answer", "console", "events", "patch"} <= {fence.kind for fence in steps}
    for fence in steps:
        try:
            STEPS[fence.kind](world, fence)
        except AssertionError as error:
            shown = f"{world.ran.stdout[-3000:]}\n{world.ran.stderr}" if world.ran else ""
            raise AssertionError(f"{path.name}, line {fence.line}, {fence.kind}: {error}\n{shown}") from error


def file(world: World, fence: Fence) -> None:
    """Before the first command: a file of the project. Afterwards: what must stand there now."""
    if world.ran is None:
        world.repo.write({fence.title: fence.text})
    else:
        assert (world.repo.path / fence.title).read_text() == fence.text


def answer(world: World, fence: Fence) -> None:
    """The model's next answer; the tools' arguments are written as they are sent."""
    world.answers.append(json.loads(fence.text))


def console(world: World, fence: Fence) -> None:
    """`$ command`, what is typed (`< text`), what is printed somewhere (`> text`), and the exit code (`exit 0`)."""
    if not world.committed:
        world.repo.commit("the project as it was")
        world.committed = True
    command, *lines = fence.text.splitlines()
    arguments = shlex.split(command.removeprefix("$ swe-agent "))
    if arguments[0] == "run":
        script = world.folder / "model.json"
        script.write_text(json.dumps(world.answers), encoding="utf-8")
        arguments += ["--model", f"scripted:{script}", "--json"]
    if arguments[0] in ("run", "desk", "accept", "land"):
        arguments += ["--sandbox", TIER]
    typed = "".join(line[2:] + "\n" for line in lines if line.startswith("< "))
    world.ran = Program(world.repo.path).run(*arguments, input=typed)
    for line in lines:
        if line.startswith("> "):
            assert line[2:] in world.ran.stdout + world.ran.stderr
    assert [f"exit {world.ran.code}"] == [line for line in lines if line.startswith("exit ")]


def events(world: World, fence: Fence) -> None:
    """The kinds of events in order, repeated ones once; a tool with its name and whether it went well.

    Without a sandbox each run warns of that first, which is no part of any story."""
    heard = [event for event in world.said.events if not (event["type"] == "Warned" and TIER == "none")]
    assert [name for name, _ in groupby(map(told, heard))] == fence.text.split()


def told(event: dict[str, object]) -> str:
    if event["type"] != "ToolUsed":
        return str(event["type"])
    return f"{event['name']}:{'ok' if event['ok'] else 'refused'}"


def verdict(world: World, fence: Fence) -> None:
    """The verdict, test by test."""
    states = world.said.of("ProposalReady")[0]["proposal"]["verdict"]["states"]
    assert sorted(f"{state}: {test}" for test, state in states.items()) == fence.text.splitlines()


def patch(world: World, fence: Fence) -> None:
    """The proposal as a patch, without the ids of blobs."""
    shown = Program(world.repo.path).run("show", "--patch")
    assert shown.code == 0, shown.stderr
    lines = [line for line in shown.stdout.splitlines() if not line.startswith("index ")]
    assert "\n".join(lines) + "\n" == fence.text


STEPS = {step.__name__: step for step in (file, answer, console, events, verdict, patch)}
