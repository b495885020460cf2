"""`prepare-commit-msg`: a first line made of what is staged, where nothing else has brought one."""

from __future__ import annotations

import os
import re

from swe_agent.core import added
from swe_agent.hooks import world

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCISSORS = "------------------------ >8 ------------------------"
WIDTH = 72
MODEL_SECONDS = 8
"""Somebody waits for the editor to open."""
SHOWN = 3
"""Names of each kind that are told."""
_DEFINES = re.compile(
    r"\s*(?:(?:export|default|pub(?:\([^)]*\))?|public|private|protected|static|final|abstract|async|unsafe)\s+)*"
    r"(?:def|class|fn|func|function|struct|enum|interface|trait|type|module|macro_rules!)\s+"
    r"(?:\([^)]*\)\s*)?([A-Za-z_]\w*)"
)


def run(arguments: Sequence[str]) -> int:
    """0 always. Only where the message is a person's to write: git has named no source of it, and opens an editor."""
    if len(arguments) > 1 and arguments[1]:
        return 0
    if os.environ.get("GIT_EDITOR") == ":" or world.is_under_way("."):
        return 0
    asked = world.ask_settings()
    patch = world.start_git("diff", "--cached", *added.EVERY, "--")
    settings = world.settings(asked, ".", world.home_of("."))
    said = patch.read()
    if not settings.is_on or settings.draft == "off" or not said:
        return 0
    with open(arguments[0], encoding="utf-8", errors="surrogateescape") as file:
        text = file.read()
    written, *_ = text.split(f"{settings.comment} {SCISSORS}", 1)  # below it `commit -v` shows the patch
    if any(line.strip() and not line.startswith(settings.comment) for line in written.split("\n")):
        return 0
    message = (_by_model() if settings.draft == "model" else "") or drafted(added.read(said))
    if message:
        with open(arguments[0], "w", encoding="utf-8", errors="surrogateescape") as file:
            note = f"{settings.comment} Drafted by swe-agent. To make no commit, empty the message.\n"
            file.write(f"{message}\n{note}{text}" if text.startswith("\n") else f"{message}\n\n{note}{text}")
    return 0


def _by_model() -> str:
    """Of the same index with the lines around each change; empty where none is had in time."""
    patch = world.git("diff", "--cached", *added.EVERY, "-U3", "--") or b""
    return world.answer(["hooks", "draft", "--diff", "-"], patch, seconds=MODEL_SECONDS).strip()


def drafted(files: Sequence[added.Added]) -> str:
    """As `shop: add read, remove load`; empty where nothing can be said. What is defined by a line that comes is added,
    by one that goes removed, by both changed, as is what encloses any other line. Where nothing is defined, files are
    told."""
    come = _defined(text for file in files for _, text in file.rows)
    gone = _defined(text for file in files for text in file.gone)
    above = _defined(heading for file in files for heading in file.headings)
    changed = [name for name in (*come, *above) if name in gone or name not in come]
    words = [
        _said("add", [name for name in come if name not in gone]),
        _said("remove", [name for name in gone if name not in come]),
        _said("change", list(dict.fromkeys(changed))),
    ]
    told = [word for word in words if word]
    scope = _scope([file.path for file in files]) if told or len(files) > 1 else ""
    told = told or _of_files(files)
    text = ", ".join(told)
    while len(told) > 1 and len(f"{scope}: {text}") > WIDTH:
        told.pop()
        text = ", ".join(told)
    return f"{scope}: {text}"[:WIDTH] if text and scope else text[:WIDTH]


def _of_files(files: Sequence[added.Added]) -> list[str]:
    names: dict[str, list[str]] = {}
    for file in files:
        name = file.path.rpartition("/")[2]
        if file.way == "R":
            old = file.before.rpartition("/")[2]
            name = f"{old} to {name if old != name else file.path.rpartition('/')[0] or '.'}"
        names.setdefault(file.way, []).append(name)
    words = {"A": "add", "D": "remove", "R": "move", "M": "change"}
    return [_said(word, names[way]) for way, word in words.items() if way in names]


def _defined(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found[1] for line in lines if (found := _DEFINES.match(line))))


def _said(verb: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{verb} {', '.join(names[:SHOWN])}{more}"


def _scope(paths: Sequence[str]) -> str:
    """What all files have in common: one file's name, or the folder that they lie in."""
    if len(paths) == 1:
        return paths[0].rpartition("/")[2].partition(".")[0]
    common = os.path.commonpath(paths) if paths else ""
    return common.rpartition("/")[2]
