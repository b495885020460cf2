"""Appliers of others, each on a tree to throw away: git, GNU patch, codex, aider, and a plain exact replacement.

They are given what their own front end would give them. Aider reads whole replies; only where a diff stands there bare
it is put in the fence that aider's prompt asks for. `git apply`, `patch` and codex read a diff and nothing else: for
them the content of the fence around it is taken, or where there is none the reply from its first mark on.

`applied` is what they report, by status or error. The `.rej` and `.orig` files that `patch` leaves are not counted.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.harness.appliers import Applier, Result
from benchmarks.harness.drafts import BLOCKS, PATCH, UNIFIED, WHOLE, Draft
from benchmarks.harness.throwaway import LONGEST, Tree

TOP = Path(__file__).resolve().parents[2]
AIDER = TOP / ".peers/aider/bin/python"
CODEX = TOP / ".peers/codex"
GIT_APPLY = ("git", "apply")
GIT_LENIENT = ("git", "apply", "--recount", "-C1", "--ignore-whitespace")
GNU_PATCH = ("patch", "-p1", "--batch")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_FIRST_MARK = {
    UNIFIED: re.compile(r"[ \t]*(diff --git |--- |\+\+\+ |@@)"),
    PATCH: re.compile(r"[ \t]*(\*\*\* |@@)"),
}
_OUTSIDE = re.compile(r"(^|\s)(/(?!dev/null)|\.\.[/\\])")


def leaves(draft: Draft) -> bool:
    """Whether a name in it is absolute or climbs: nothing for a peer that is not confined."""
    return any(_OUTSIDE.search(name) for name in draft.names)


def bare(reply: str, format: str) -> str:
    """The diff within a reply. What a fence holds is taken without the fence's own indentation."""
    lines = reply.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if _FIRST_MARK[format].match(line)), None)
    if first is None:
        return reply
    opening = next((at for at in range(first - 1, -1, -1) if _FENCE.match(lines[at])), None)
    if opening is None:
        return "".join(lines[first:])
    fence = _FENCE.match(lines[opening])
    assert fence is not None
    indent = fence.start(1)
    closing = re.compile(rf"[ \t]*{fence[1]}+\s*$")
    inner = []
    for line in lines[opening + 1 :]:
        if closing.match(line):
            break
        inner.append(line[indent:] if not line[:indent].strip() else line)
    return "".join(inner)


def said(status: int, text: str) -> str:
    """The last line of what a program says that did not do it."""
    lines = text.strip().splitlines()
    return "" if status == 0 else (lines[-1][:200] if lines else f"status {status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One that reads a diff on standard input."""

    name: str
    formats: Sequence[str]
    argv: Sequence[str]
    tree: Tree

    def apply(self, files: Mapping[str, str], reply: str, format: str) -> Result:
        self.tree.fill(files)
        ended = self.tree.run(self.argv, bare(reply, format))
        changed = {
            path: text for path, text in self.tree.changed(files).items() if not path.endswith((".rej", ".orig"))
        }
        return Result(applied=ended.status == 0, changed=changed, reason=said(ended.status, ended.said))


class AiderWorker:
    """One long-lived process for all of aider's coders, started when first asked and anew after one that ended."""

    def __init__(self, scratch: Path) -> None:
        self.tree = Tree(scratch)
        self._argv = self.tree.argv([str(AIDER), "-B", str(Path(__file__).with_name("aider_edits_worker.py"))])
        self._child: subprocess.Popen[str] | None = None

    def ask(self, question: Mapping[str, object]) -> str | None:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                self._argv, cwd=self.tree.root, env=self.tree.environment, stdin=-1, stdout=-1, stderr=-3, text=True
            )
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        print(json.dumps(question), file=child.stdin, flush=True)
        line = child.stdout.readline()
        if not line:
            child.wait(LONGEST)
            return "the worker ended"
        error: str | None = json.loads(line)["error"]
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Aider:
    name: str
    formats: Sequence[str]
    coder: str
    worker: AiderWorker

    def apply(self, files: Mapping[str, str], reply: str, format: str) -> Result:
        self.worker.tree.fill(files)
        if format == UNIFIED and not any(map(_FENCE.match, reply.splitlines())):
            reply = f"```diff\n{reply.removesuffix(chr(10))}\n```\n"
        question = {"coder": self.coder, "root": str(self.worker.tree.root), "files": sorted(files), "reply": reply}
        error = self.worker.ask(question)
        return Result(applied=error is None, changed=self.worker.tree.changed(files), reason=error or "")


_BLOCK = re.compile(r"^[ \t]*<{5,}[^\n]*\n(.*?)^[ \t]*={5,}[ \t]*\n(.*?)^[ \t]*>{5,}[^\n]*$", re.MULTILINE | re.DOTALL)
_BEGUN = re.compile(r"^[ \t]*<{5,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class StrReplace:
    """What an editing tool does that takes a path, an old and a new text: the old one has to stand in the file exactly
    once. Written here, from its description. Names and marks of blocks are read with leniency, since with such a tool
    they are arguments; all blocks are made, or none, and none of a reply that ends within one."""

    name: str = "str_replace (re-implemented)"
    formats: Sequence[str] = (BLOCKS,)

    def apply(self, files: Mapping[str, str], reply: str, format: str) -> Result:
        texts, name, end = dict(files), "", 0
        reply = reply.replace("\r\n", "\n")
        for block in _BLOCK.finditer(reply):
            name = self._name(reply[end : block.start()]) or name
            # Without the last line's end on either side, but that of lines for which nothing comes goes with them.
            old, new = block[1].removesuffix("\n" if block[2] else ""), block[2].removesuffix("\n")
            if name not in texts:
                return Result(applied=False, reason="no such file")
            if not old or texts[name].count(old) != 1:
                return Result(applied=False, reason="the old text does not stand there exactly once")
            texts[name] = texts[name].replace(old, new)
            end = block.end()
        if not end or _BEGUN.search(reply, end):
            return Result(applied=False, reason="no block, or one without an end")
        return Result(applied=True, changed={path: text for path, text in texts.items() if text != files[path]})

    @staticmethod
    def _name(above: str) -> str:
        """The last word above a block that is a path or the like; a fence's closing and its language are not."""
        lines = [line.strip() for line in above.splitlines() if line.strip() and not _FENCE.match(line)]
        named = re.sub(r"^(\W*File: )|[`*:#]+", "", lines[-1]).strip() if lines else ""
        return named.removeprefix("./")


def codex_binary() -> Path | None:
    return next(CODEX.glob("node_modules/@openai/codex*/vendor/*/bin/codex"), None)


def codex_argv(scratch: Path) -> tuple[str, ...]:
    """The binary goes by the name that it is called by."""
    link, binary = scratch / "apply_patch", codex_binary()
    if binary is not None:
        with contextlib.suppress(FileExistsError):
            link.symlink_to(binary)
    return (str(link),)


NAMES = {
    "git apply": UNIFIED,
    "git apply --recount -C1 --ignore-whitespace": UNIFIED,
    "patch -p1 --batch": UNIFIED,
    "aider udiff": UNIFIED,
    "aider editblock": BLOCKS,
    "str_replace (re-implemented)": BLOCKS,
    "codex apply_patch": PATCH,
    "aider patch": PATCH,
    "aider whole": WHOLE,
}
"""All peers, and the format that each of them reads."""


def missing() -> dict[str, str]:
    """Peers that are not there, each with what would bring it."""
    absent = {}
    for name in NAMES:
        program = name.partition(" ")[0]
        if program in ("git", "patch") and shutil.which(program) is None:
            absent[name] = f"no `{program}` on the path"
        if (program == "aider" and not AIDER.exists()) or (program == "codex" and codex_binary() is None):
            absent[name] = "`make peers`"
    return absent


def peer(name: str, scratch: Path) -> Applier:
    if name.startswith("aider "):
        coder = name.removeprefix("aider ")
        return Aider(name=name, formats=(NAMES[name],), coder=coder, worker=_worker(scratch))
    if name.startswith("str_replace"):
        return StrReplace()
    argvs = {"git apply": GIT_APPLY, "patch -p1 --batch": GNU_PATCH}
    argv = codex_argv(scratch) if name.startswith("codex") else argvs.get(name, GIT_LENIENT)
    return Program(name=name, formats=(NAMES[name],), argv=argv, tree=Tree(scratch))


@cache
def _worker(scratch: Path) -> AiderWorker:
    return AiderWorker(scratch)
