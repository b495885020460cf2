"""Host-side git on trees that were made to trap it: nothing of them runs, and what comes out is what lies there."""

import contextlib
import hashlib
import os
import random
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandbox_support import FILES, Maker, fingerprint, git, make_repo

from sandbox import Extraction, Workspace, paths
from sandbox.ignores import cache_above

TIME_LIMIT_S = 30.0
BASE: dict[str, str | bytes] = FILES | {
    "deep/er/x.py": "x\n",
    ".gitattributes": "*.py text\n",
    ".gitmodules": "",
    "pkg/.gitattributes": "*.py diff=python\n",
}


class Hostile:
    """Acts on one tree, each drawn by a seeded generator. `evil` leaves a mark when anybody runs it."""

    def __init__(self, space: Workspace, scratch: Path, dice: random.Random) -> None:
        self.tree, self.agent, self.dice, self.mark = space.tree, space.box.root / "agent.git", dice, scratch / "ran"
        self.outside = scratch / "outside"
        self.outside.mkdir()
        (self.outside / "precious.txt").write_text("precious\n")
        self.evil = scratch / "evil"
        self.evil.write_text(f"#!/bin/sh\ntouch '{self.mark}'\ncat\n")
        self.evil.chmod(0o755)

    def config(self) -> str:
        evil = self.evil
        return (
            f"[core]\n\tfsmonitor = {evil}\n\thooksPath = {evil.parent}\n\tpager = {evil}\n\teditor = {evil}\n"
            f"\tsshCommand = {evil}\n\tworktree = {self.outside}\n\tattributesFile = {self.outside}/a\n"
            f'[filter "e"]\n\tclean = {evil}\n\tsmudge = {evil}\n\tprocess = {evil}\n\trequired = true\n'
            f'[diff "e"]\n\tcommand = {evil}\n\ttextconv = {evil}\n[diff]\n\texternal = {evil}\n'
            f'[merge "e"]\n\tdriver = {evil}\n[include]\n\tpath = {evil.parent}/more\n[alias]\n\tstatus = !{evil}\n'
            f"[credential]\n\thelper = {evil}\n[gpg]\n\tprogram = {evil}\n[extensions]\n\tworktreeConfig = true\n"
        )

    def folder(self) -> Path:
        """A directory of the tree, the top included."""
        return self.dice.choice([self.tree, *(path for path, is_directory in self.walk() if is_directory)])

    def walk(self) -> Iterator[tuple[Path, bool]]:
        """What lies in the tree, as far down as paths lead with some room left, and whether it is a directory."""
        pending = [self.tree]
        while pending:
            try:
                entries = sorted(os.scandir(pending.pop()), key=lambda entry: entry.name)
            except PermissionError:  # one that it has closed itself
                continue
            for entry in entries:
                is_directory = entry.is_dir(follow_symlinks=False)
                if len(os.fsencode(entry.path)) < 3000:
                    yield Path(entry.path), is_directory
                    pending += [Path(entry.path)] if is_directory else []

    def free(self, name: str) -> Path:
        """A place of this name that nothing takes."""
        place = self.folder() / name
        with contextlib.suppress(OSError):
            if place.is_dir() and not place.is_symlink():
                place.rename(place.with_name(f"aside{self.dice.random()}"))
            else:
                place.unlink(missing_ok=True)
        return place

    # --- acts ---

    def git_file(self) -> None:
        place = self.free(self.dice.choice([".git", ".GIT", ".Git ", "git~1", ".g\u200cit", ".git.", ".git:x"]))
        target = self.dice.choice([str(self.outside), "../..", "/run/swe/git", f"{self.agent}", "x" * 5000, "\0\xff"])
        place.write_bytes(b"gitdir: " + target.encode("utf-8", "surrogateescape") + b"\n")

    def git_directory(self) -> None:
        place = self.free(self.dice.choice([".git", ".GIT"]))
        (place / "hooks").mkdir(parents=True)
        (place / "objects/info").mkdir(parents=True)
        (place / "refs").mkdir()
        (place / "HEAD").write_text(self.dice.choice(["ref: refs/heads/main\n", "0" * 40, "garbage"]))
        (place / "config").write_text(self.config())
        (place / "commondir").write_text(self.dice.choice([f"{self.outside}\n", "../../..\n", "."]))
        (place / "objects/info/alternates").write_text(f"{self.outside}\n")
        for hook in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
            (place / "hooks" / hook).write_bytes(self.evil.read_bytes())
            (place / "hooks" / hook).chmod(0o755)

    def repository(self) -> None:
        place = self.folder() / f"nested{self.dice.randrange(4)}"
        if not os.path.lexists(place):
            make_repo(place, {"inner.py": "x\n", ".gitattributes": "* filter=e\n"})
            (place / ".git/config").write_text(self.config())

    def bare_repository(self) -> None:
        place = self.folder() / f"bare{self.dice.randrange(4)}"
        if not os.path.lexists(place):
            git(self.tree.parent, "init", "-q", "--bare", str(place))
            (place / "config").write_text(f"{self.config()}\tbare = true\n")

    def attributes(self) -> None:
        lines = [
            "* filter=e diff=e merge=e", "*.py working-tree-encoding=UTF-16", "* text eol=crlf ident", "* export-subst",
            "* -diff binary", "[attr]binary filter=e", "!neg x", "x" * 5000, "* working-tree-encoding=no-such",
        ]  # fmt: skip
        self.free(".gitattributes").write_text("\n".join(self.dice.sample(lines, 4)) + "\n")

    def ignore(self) -> None:
        self.free(".gitignore").write_text(
            self.dice.choice(["*\n", "*\n!*.log\n", "**/**/**/x\n" * 99, "\0\xff\n", "!build/\n"])
        )

    def modules(self) -> None:
        text = self.dice.choice(
            ["[broken", f'[submodule "s"]\n\tpath = pkg\n\turl = ext::{self.evil}\n\tupdate = !{self.evil}\n']
        )
        self.free(".gitmodules").write_text(text)

    def configuration(self) -> None:
        self.free(self.dice.choice([".gitconfig", "config", ".lfsconfig"])).write_text(self.config())

    def link(self) -> None:
        names = [".git", ".gitignore", ".gitattributes", ".gitmodules", "pkg", "l1", "l2"]
        targets = [
            str(self.outside),
            "/",
            ".",
            "..",
            "l2",
            "l1",
            "/etc/passwd",
            str(self.agent),
            "/proc/self/fd/0",
            "a" * 4000,
        ]
        self.free(self.dice.choice(names)).symlink_to(self.dice.choice([*targets, "a" * 4000]))

    def special(self) -> None:
        place = self.free(
            self.dice.choice([".gitattributes", ".gitignore", ".gitmodules", ".git", "pipe", "app.py", "HEAD"])
        )
        if self.dice.random() < 0.7 or len(os.fsencode(place)) > 90:
            os.mkfifo(place)
        else:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(place))

    def names(self) -> None:
        odd = [
            "n" * 255,
            "a\nb",
            " ",
            "-x",
            "\udcff",
            "a\\.git\\x",
            ".git\u200c",
            "*",
            "con",
            ":(top)",
            "HEAD",
            "git~1x",
        ]
        name = self.dice.choice([*odd, "index.lock", "é", "e\u0301"])
        place = self.folder() / name
        if not os.path.lexists(place):
            place.write_text(f"{self.dice.random()}\n")

    def deep(self) -> None:
        place = self.tree / "".join(self.dice.choices("dp", k=3))
        with contextlib.suppress(FileExistsError):
            place.mkdir()
        here = os.open(place, os.O_RDONLY)
        for _ in range(self.dice.choice([3, 60])):
            with contextlib.suppress(FileExistsError):
                os.mkdir("d" * 100, dir_fd=here)
            below = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)

    def modes(self) -> None:
        found = [path for path, _ in self.walk() if not path.is_symlink()]
        if found:
            self.dice.choice(found).chmod(self.dice.choice([0, 0o777, 0o6755, 0o111, 0o400]))

    def swap(self) -> None:
        """A directory for a file, a file for a directory, whatever is there goes elsewhere."""
        found = [(path, is_directory) for path, is_directory in self.walk() if ".git" not in path.name]
        if found:
            place, was = self.dice.choice(found)
            with contextlib.suppress(OSError):
                place.rename(self.folder() / f"moved{self.dice.randrange(9)}")
                place.write_text("was a directory\n") if was else place.mkdir()

    def agents_repository(self) -> None:
        for name in ("config", "objects/info/alternates", "HEAD", "commondir", "info/attributes", "index", "gitdir"):
            place = self.agent / name
            with contextlib.suppress(OSError):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.unlink(missing_ok=True)
                place.write_text(self.config() if name == "config" else f"{self.outside}\n")
        with contextlib.suppress(OSError):
            (self.agent / "index.lock").write_text("")

    def index_of_others(self) -> None:
        git_like = self.folder() / "index.lock"
        if not os.path.lexists(git_like):
            git_like.write_text("")

    def act(self) -> None:
        acts: list[Callable[[], None]] = [
            self.git_file, self.git_directory, self.repository, self.bare_repository, self.attributes, self.ignore,
            self.modules, self.configuration, self.link, self.special, self.names, self.deep, self.modes, self.swap,
            self.agents_repository, self.index_of_others,
        ]  # fmt: skip
        self.dice.choice(acts)()


def found_in(tree: Path) -> dict[str, tuple[str, str]]:
    """Every file and link of a tree by our own walk: git's mode, and the id that its bytes have."""
    found, pending = {}, [""]
    while pending:
        prefix = pending.pop()
        for entry in os.scandir(tree / prefix):
            rel = prefix + entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                pending.append(rel + "/")
            elif stat.S_ISLNK(mode):
                found[rel] = ("120000", _id(os.fsencode(Path(entry.path).readlink())))
            elif stat.S_ISREG(mode) and rel != ".git":
                found[rel] = ("100755" if mode & 0o100 else "100644", _id(Path(entry.path).read_bytes()))
    return found


def _id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def is_ignored(path: str) -> bool:
    """What the base's `.gitignore` says, in the test's own words."""
    parts = path.split("/")
    return any(part.endswith(".log") for part in parts) or parts[0] == "build" or ".venv" in parts


def judged(space: Workspace, out: Extraction) -> None:
    """Each file of the tree came out with its bytes and mode, or is named and there is a reason for it."""
    here = found_in(space.tree)
    came = {name: (entry.mode, entry.id) for name, entry in space.box.list_tree(out.tree).items()}
    stayed = {n for n in here if any(n == left or (left.endswith("/") and n.startswith(left)) for left in out.left_out)}
    flagged = {hazard.path for hazard in out.hazards}
    refused = set(out.left_out) & flagged  # such as a pipe in a file's place: the file stays as it was, and is named
    assert {name: f for name, f in came.items() if name not in refused} == {
        name: found for name, found in here.items() if name not in stayed
    }
    for name in stayed:
        assert is_ignored(name) or cache_above(name) or name in flagged, name
    assert not any(paths.is_git_name(part) for name in came for part in name.split("/"))


@pytest.mark.parametrize("seed", range(20))
def test_nothing_of_a_hostile_tree_runs_and_all_of_it_comes_out(seed: int, make: Maker, tmp_path: Path) -> None:
    dice = random.Random(seed)
    repo = make_repo(tmp_path / "user" / "repo", BASE)
    before = fingerprint(repo)
    space = make(repo)
    hostile = Hostile(space, tmp_path, dice)
    outside = fingerprint(hostile.outside)
    for _ in range(4):
        for _ in range(dice.randint(1, 5)):
            hostile.act()
        begun = time.monotonic()
        out = space.extract()
        assert time.monotonic() - begun < TIME_LIMIT_S
        judged(space, out)
        assert space.box.patch(space.commit, out.tree) or out.tree == space.box.tree_of(space.commit)
        if dice.random() < 0.3:
            space.reset(dice.choice([space.commit, out.tree]))
    space.list()
    space.reset(space.commit)
    assert space.extract().tree == space.box.tree_of(space.commit)
    space.destroy()
    assert not space.tree.exists()
    assert not hostile.mark.exists()
    assert fingerprint(repo) == before
    assert fingerprint(hostile.outside) == outside


def test_a_pipe_for_attributes_keeps_nobody_waiting(make: Maker, repo: Path) -> None:
    space = make(repo)
    space.write("pkg/mod.py", b"new\n")
    os.mkfifo(space.tree / "pkg/.gitattributes")
    (space.tree / "fresh").mkdir()
    os.mkfifo(space.tree / "fresh/.gitattributes")
    (space.tree / "fresh/x.py").write_text("x\n")
    begun = time.monotonic()
    out = space.extract()
    assert [change.path for change in space.box.diff(space.commit, out.tree)] == ["fresh/x.py", "pkg/mod.py"]
    os.mkfifo(space.tree / "pkg/.gitattributes")
    space.reset(space.commit)
    assert time.monotonic() - begun < TIME_LIMIT_S


def test_a_tree_deeper_than_any_path_is_named_and_removed(make: Maker, repo: Path) -> None:
    space = make(repo)
    here = os.open(space.tree, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    space.write("app.py", b"2\n")
    out = space.extract()
    assert [change.path for change in space.box.diff(space.commit, out.tree)] == ["app.py"]
    assert [(hazard.kind, hazard.path == left) for hazard, left in zip(out.hazards, out.left_out, strict=True)] == [
        ("nested-repository", True)
    ]
    space.destroy()
    assert sorted(path.name for path in space.box.root.iterdir()) == ["box.json", "host.git", "lock"]
