"""Random changes of random trees, as real git tells them: files edited in several places, moved, made, gone, binary,
turned into links, with Windows line ends or without a last one, and with names that need no quotes."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness.trees import ENVIRONMENT, git

WORDS = (
    "x = 1",
    "    return x",
    "def total(rows):",
    "",
    "}",
    "same",
    "same",
    "# a note",
    "\tindented",
    "caf\u00e9",
    "--x",
    "++y",
)
NAMES = ("a.py", "b.py", "lib/a.py", "lib/with space.py", "doc/\u00e9.md", "c", "d.bin", "e/f/g.txt")
Tree = dict[str, tuple[str, bytes]]
"""Mode and contents by path."""


def diffs(folder: Path, count: int, seed: str) -> Iterator[bytes]:
    repository = folder / "random.git"
    subprocess.run(["git", "init", "-q", "--bare", str(repository)], env=ENVIRONMENT, check=True)
    stream = bytearray()
    for number in range(count):
        dice = random.Random(f"{seed}:{number}")
        base = {name: _file(dice) for name in dice.sample(NAMES, dice.randint(1, 5))}
        for side, tree in (("base", base), ("head", _changed(base, dice))):
            stream += _commit(f"refs/heads/{side}{number}", tree)
    argv = ["git", "--git-dir", str(repository), "fast-import", "--quiet"]
    subprocess.run(argv, env=ENVIRONMENT, input=bytes(stream), check=True)
    for number in range(count):
        patch = git(repository, "-c", "core.quotePath=false", "diff", "-M", f"base{number}", f"head{number}")
        if patch:
            yield patch


def _commit(ref: str, tree: Tree) -> bytes:
    rows = [f"commit {ref}\ncommitter nobody <nobody@localhost> 1700000000 +0000\ndata 0\n".encode()]
    for path, (mode, data) in tree.items():
        rows.append(f'M {mode} inline "{path}"\ndata {len(data)}\n'.encode() + data + b"\n")
    return b"".join(rows)


def _file(dice: random.Random) -> tuple[str, bytes]:
    kind = dice.random()
    if kind < 0.06:
        return "100644", bytes(dice.randrange(256) for _ in range(40)) + b"\0"
    if kind < 0.1:
        return "120000", b"a.py"
    rows = [f"{dice.choice(WORDS)} {number}" if dice.random() < 0.6 else dice.choice(WORDS)
            for number in range(dice.randint(0, 150))]  # fmt: skip
    return dice.choice(("100644", "100644", "100755")), _text(rows, dice)


def _text(rows: list[str], dice: random.Random) -> bytes:
    end = "\r\n" if dice.random() < 0.1 else "\n"
    return (end.join(rows) + (end if rows and dice.random() < 0.9 else "")).encode()


def _edited(data: bytes, dice: random.Random) -> bytes:
    rows = data.decode("utf-8", "replace").split("\n")
    for _ in range(dice.randint(1, 5)):
        at = dice.randint(0, len(rows))
        rows[at : at + dice.choice((0, 0, 1, 2, 8))] = [dice.choice(WORDS) for _ in range(dice.choice((0, 1, 2, 6)))]
    return "\n".join(rows).encode()


def _changed(base: Tree, dice: random.Random) -> Tree:
    head = dict(base)
    for path, (mode, data) in base.items():
        what = dice.choice(("keep", "edit", "edit", "edit", "move", "gone", "mode", "link"))
        is_text = b"\0" not in data and mode != "120000"
        if what == "gone" or what == "move":
            del head[path]
        if what == "move":
            head[f"moved/{path}"] = (mode, _edited(data, dice) if is_text and dice.random() < 0.7 else data)
        elif what == "edit":
            head[path] = (mode, _edited(data, dice) if is_text else data + b"\0more")
        elif what == "mode" and mode != "120000":
            head[path] = ("100755" if mode == "100644" else "100644", data)
        elif what == "link":
            head[path] = ("120000", b"nowhere") if is_text else ("100644", b"now a text\n")
    for name in dice.sample(NAMES, dice.randint(0, 2)):
        head.setdefault(name, _file(dice))
    return head
