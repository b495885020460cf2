"""Random histories with a known truth: people and agents write, git and formatters rewrite.

Written against the attribution harness's `Repo` (markers in the code tell who wrote a line; see its repo.py). A history
is made of a seed alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

STEPS = 14
_NAME = re.compile(r"\s*(def|class) ([a-zA-Z]+_)")
_DEF = re.compile(r"^(\s*)(def|class) ")
_AGENT = re.compile(r"(?<![a-z0-9])(?:[a-z]+_)?(a\d\d\d)(?!\d)")


def simple(t: str) -> list[str]:
    return [f"def f_{t}(x):", f"    y_{t} = x + 1", f"    if y_{t} > 10:", f"        return y_{t}", "    return None"]


def loading(t: str) -> list[str]:
    return [
        f"def load_{t}(path):", "    with open(path) as handle:", f"        data_{t} = json.load(handle)",
        f"    if not data_{t}:", '        raise ValueError("empty")', f"    return data_{t}",
    ]  # fmt: skip


def summing(t: str) -> list[str]:
    return [
        f"def sum_{t}(rows, start=0):", "    total = start", "    for row in rows:",
        f"        if row.get('price_{t}'):",
        f"            total += row['price_{t}'] * row.get('count', 1)", "        else:", "            continue",
        "    return total",
    ]  # fmt: skip


def classy(t: str) -> list[str]:
    return [
        f"class C_{t}:", "    def __init__(self, name):", "        self.name = name",
        f"        self.items_{t} = []", "",
        f"    def add_{t}(self, item):", f"        self.items_{t}.append(item)", "        return self",
    ]  # fmt: skip


def longish(t: str) -> list[str]:
    return [
        f"def g_{t}(x, p_{t}='one', q_{t}=['a','b'], r_{t}={{'k':1,'kk':2}}, s_{t}=None, t_{t}=(1,2,3)):",
        f"  z_{t}=g_{t}(x,p_{t},q_{t}, r_{t} ,s_{t}, t_{t}, u_{t}=lambda v_{t}:v_{t}+1, w_{t}='long text {t}')",
        f"  if z_{t}>3 :", f"      return {{'a':z_{t},'b':f_{t}(z_{t}) , 'c_{t}':[w_{t} for w_{t} in z_{t}]}}",
        f"  return h_{t}( z_{t} )",
    ]  # fmt: skip


TEMPLATES = (simple, loading, summing, classy, longish)


class History:
    def __init__(self, repo: Any, seed: int, black: Callable[[Any, str], None] | None) -> None:
        self.r, self.dice, self.black = repo, random.Random(seed), black
        self.counts = {"h0": 0, "h1": 0, **{f"a{i}": 0 for i in range(1, 7)}}
        self.edits = self.branches = 0

    def run(self, steps: int = STEPS) -> None:
        for name in ("app.py", "lib/core.py"):
            self.write(name, [line for _ in range(4) for line in self.function("h0")])
        self.r.commit("base")
        for _ in range(steps):
            self.dice.choice(self.steps())()

    def steps(self) -> list[Callable[[], None]]:
        return [
            self.plain, self.plain, self.mixed, self.amend, self.rebased, self.squashed, self.merged, self.picked,
            self.renamed, self.moved, self.extracted, self.formatted, self.indented, self.reverted, self.reset,
            self.crlf,
        ]  # fmt: skip

    # ---- text

    def tag(self, who: str) -> str:
        self.counts[who] += 1
        if who == "h0" and self.counts[who] > 99:
            return self.tag("h1")
        return f"{who}{self.counts[who] % 100:02d}"

    def function(self, who: str, unlike: Sequence[str] = ()) -> list[str]:
        """Of another form than any in `unlike`: what both have in common would stay the other's."""
        made = [*self.dice.choice(TEMPLATES)(self.tag(who)), "", ""]
        forms = {found[2] for line in unlike if (found := _NAME.match(line))}
        found = _NAME.match(made[0])
        assert found is not None
        return self.function(who, unlike) if found[2] in forms and len(forms) < len(TEMPLATES) else made

    def lines(self, name: str) -> list[str]:
        return self.r.read(name).replace("\r\n", "\n").splitlines()

    def write(self, name: str, lines: Sequence[str]) -> None:
        ending = "\r\n" if "\r\n" in self.r.read(name) else "\n"
        self.r.human(name, "".join(line + ending for line in lines))

    def files(self) -> list[str]:
        return [path for path in self.r.git("ls-files").split() if path.endswith(".py")]

    def file(self) -> str:
        return self.dice.choice(self.files())

    def blocks(self, lines: Sequence[str]) -> list[tuple[int, int]]:
        """Functions and classes at the left edge, with the blank lines after them."""
        starts = [i for i, line in enumerate(lines) if (m := _DEF.match(line)) and not m[1]]
        return list(zip(starts, [*starts[1:], len(lines)], strict=False))

    # ---- edits

    def edit(self) -> None:
        self.dice.choice((self.agent_adds, self.agent_adds, self.agent_changes, self.human_adds, self.human_tweaks))()

    def insert(self, lines: list[str], new: Sequence[str]) -> list[str]:
        places = [start for start, _ in self.blocks(lines)] + [len(lines)]
        at = self.dice.choice(places)
        return [*lines[:at], *new, *lines[at:]]

    def agent_adds(self, name: str = "") -> None:
        session = self.dice.randint(1, 6)
        name = name or (f"made{session}{self.dice.randint(0, 3)}.py" if self.dice.random() < 0.2 else self.file())
        new = [line for _ in range(self.dice.randint(1, 3)) for line in self.function(f"a{session}")]
        self.propose(f"s{session}", name, self.insert(self.lines(name), new))

    def propose(self, session: str, name: str, lines: Sequence[str]) -> None:
        ending = "\r\n" if "\r\n" in self.r.read(name) else "\n"
        text = "".join(line + ending for line in lines)
        if self.dice.random() < 0.1:
            self.r.rejected(session, name, text)
        else:
            self.r.ai(session, name, text)

    def agent_changes(self) -> None:
        """Another function in the place of one of a person's."""
        name, session = self.file(), self.dice.randint(1, 6)
        lines = self.lines(name)
        blocks = [(a, b) for a, b in self.blocks(lines) if "h0" in lines[a] or "h1" in lines[a]]
        if not blocks:
            return self.agent_adds(name)
        start, end = self.dice.choice(blocks)
        self.propose(
            f"s{session}", name, [*lines[:start], *self.function(f"a{session}", lines[start:end]), *lines[end:]]
        )
        return None

    def human_adds(self) -> None:
        name = self.file()
        new = [line for _ in range(self.dice.randint(1, 2)) for line in self.function("h0")]
        self.write(name, self.insert(self.lines(name), new))

    def human_tweaks(self) -> None:
        """Some of an agent's lines, so that they are no longer its own; none that a formatter would split, for then its
        pieces would tell of the agent again."""
        name = self.file()
        lines = self.lines(name)
        marked = [i for i, line in enumerate(lines) if _AGENT.search(line) and not _DEF.match(line) and len(line) < 60]
        for i in self.dice.sample(marked, min(len(marked), self.dice.randint(1, 3))):
            self.edits += 1
            lines[i] = f"{_AGENT.sub(lambda m: m[0][: -len(m[1])] + 'm' + m[1][1:], lines[i])} + m{self.edits:03d}"
        self.write(name, lines)

    # ---- steps

    def commit(self) -> None:
        self.r.commit("work")

    def plain(self) -> None:
        self.edit()
        self.commit()

    def mixed(self) -> None:
        for _ in range(self.dice.randint(2, 4)):
            self.edit()
        self.commit()

    def amend(self) -> None:
        self.plain()
        self.edit()
        self.r.commit("amended", amend=True)

    def branch(self) -> str:
        self.branches += 1
        name = f"b{self.branches}"
        self.r.git("checkout", "-qb", name)
        for _ in range(self.dice.randint(1, 3)):
            self.dice.choice((self.plain, self.plain, self.mixed, self.formatted, self.moved))()
        return name

    def advance(self) -> None:
        """Work on main in a file of its own, and above all in one that others work on."""
        self.r.git("checkout", "-q", "main")
        name = self.file()
        self.write(name, [f"import z{self.tag('h0')}", *self.lines(name)])
        self.commit()

    def rebased(self) -> None:
        name = self.branch()
        self.advance()
        self.r.git("checkout", "-q", name)
        try:
            self.r.rebase("main")
        except RuntimeError:
            self.r.git("rebase", "--abort", check=False)
            return self.abandon(name)
        self.r.git("checkout", "-q", "main")
        self.r.git("merge", "-q", "--ff-only", name)
        return None

    def abandon(self, name: str) -> None:
        self.r.git("checkout", "-qf", "main")
        self.r.git("branch", "-D", name)

    def squashed(self) -> None:
        name = self.branch()
        self.advance()
        if self.dice.random() < 0.5 and self.clean("merge", "-q", "--squash", name):
            self.r.git("commit", "-q", "--allow-empty", "-m", "squashed")
        elif self.clean("merge", "-q", "--squash", name):
            self.r.git("commit", "-q", "--allow-empty", "-m", "squashed on the host (#1)")
        self.r.git("branch", "-D", name)

    def clean(self, *argv: str) -> bool:
        try:
            self.r.git(*argv)
        except RuntimeError:
            self.r.git("reset", "-q", "--hard")
            self.r.git("clean", "-fdq")
            return False
        return True

    def merged(self) -> None:
        name = self.branch()
        self.advance()
        if self.dice.random() < 0.5:
            self.advance()
        if not self.clean("merge", "-q", "--no-ff", "-m", "merge", name):
            self.r.git("merge", "--abort", check=False)
        self.r.git("branch", "-D", name)

    def picked(self) -> None:
        name = self.branch()
        picks = self.r.git("rev-list", "--reverse", f"main..{name}").split()
        self.advance()
        for pick in picks:
            if not self.clean("cherry-pick", "--allow-empty", "--keep-redundant-commits", pick):
                self.r.git("cherry-pick", "--abort", check=False)
                break
        self.r.git("branch", "-D", name)

    def renamed(self) -> None:
        name = self.file()
        new = f"dir{self.dice.randint(1, 3)}/{name.rsplit('/', 1)[-1]}"
        if name == new or self.r.path(new).exists():
            return self.plain()
        self.r.path(new).parent.mkdir(exist_ok=True)
        self.r.git("mv", name, new)
        if self.dice.random() < 0.5:
            self.write(new, [f"import z{self.tag('h0')}", *self.lines(new)])
        self.commit()
        return None

    def moved(self) -> None:
        name = self.file()
        lines = self.lines(name)
        blocks = self.blocks(lines)
        if len(blocks) < 3:
            return self.plain()
        start, end = self.dice.choice(blocks)
        rest = [*lines[:start], *lines[end:]]
        self.write(name, self.insert(rest, lines[start:end]))
        self.commit()
        return None

    def extracted(self) -> None:
        name = self.file()
        lines = self.lines(name)
        blocks = self.blocks(lines)
        if len(blocks) < 3:
            return self.plain()
        start, end = self.dice.choice(blocks)
        new = f"part{self.dice.randint(1, 40)}.py"
        self.write(new, [*self.lines(new), *lines[start:end]])
        self.write(name, [*lines[:start], *lines[end:]])
        self.commit()
        return None

    def formatted(self) -> None:
        name = self.file()
        if self.black is None or "\r\n" in self.r.read(name):
            return self.plain()
        try:
            self.black(self.r, name)
        except RuntimeError:  # the code does not parse any more: a tweak in the wrong place
            return self.plain()
        self.commit()
        return None

    def indented(self) -> None:
        """A function becomes a method of somebody's class."""
        name = self.file()
        lines = self.lines(name)
        blocks = self.blocks(lines)
        start, end = self.dice.choice(blocks or [(0, 0)])
        if start == end:
            return self.plain()
        inside = ["    " + line if line else line for line in lines[start:end]]
        self.write(name, [*lines[:start], f"class K_{self.tag('h0')}:", *inside, *lines[end:]])
        self.commit()
        return None

    def reverted(self) -> None:
        self.plain()
        last = self.r.head()
        if not self.clean("revert", "--no-edit", last):
            return
        if self.dice.random() < 0.7:
            self.advance()
            if not self.clean("revert", "--no-edit", "HEAD~1"):
                self.r.git("revert", "--abort", check=False)

    def reset(self) -> None:
        start = self.r.head()
        self.plain()
        self.mixed()
        self.r.git("reset", "-q", "--soft", start)
        self.r.commit("all in one")

    def crlf(self) -> None:
        if self.dice.random() < 0.6:
            return self.plain()
        name = self.file()
        text = self.r.read(name)
        self.r.human(name, text.replace("\r\n", "\n") if "\r\n" in text else text.replace("\n", "\r\n"))
        self.commit()
        return None
