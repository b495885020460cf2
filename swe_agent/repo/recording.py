"""What has landed, in git's own terms: staged, committed, or as a branch. Nothing else of the user's goes with it.

What landed is a change of files in the work tree. The index, or HEAD, may hold other contents of these files (the user
works on them too), so the same change is made to those contents, by a three-way merge; where that cannot be, TreeMoved
is raised before anything is written. Contents go through the repository's own filters (line ends, LFS) on their way in.
What git keeps of an entry beside its content (`skip-worktree`, `assume-unchanged`) stays.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from swe_agent.core.diff import Spliced
from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.core.merge import merge
from swe_agent.repo.git import Git, GitFailed

LINK = "120000"
Where = Literal["index", "HEAD"]

_OPERATIONS = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or `git am`",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "sequencer": "a cherry-pick or a revert of several commits",
}
"""What lies in the git directory while an operation waits to be gone on with, which takes the next commit for its own:
a merge's would lack the other side, a cherry-pick's bear the picked one's message. A bisection does not mind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A file of the work tree before and after; None for "no file"."""

    path: str
    before: Spliced | None
    after: Spliced | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    mode: str
    id: str


Entries = Mapping[str, Entry | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Of a commit. `author` is `NAME <MAIL>` where it is not who commits."""

    text: str = ""
    author: str = ""


def entries(git: Git, files: Sequence[Changed], where: Where) -> Entries:
    """What the index or HEAD shall hold of these files. TreeMoved where it holds something else in the same place."""
    return {file.path: _entry(git, file, where) for file in files}


def _entry(git: Git, file: Changed, where: Where) -> Entry | None:
    before, after = _cleaned(git, file.path, file.before), _cleaned(git, file.path, file.after)
    there = _there(git, file.path, where)
    if there == before:
        return after
    if there == after:
        return there
    if before is None or after is None or there is None or LINK in (before.mode, after.mode, there.mode):
        raise _differs(file.path, where)
    merged = merge(*(git.run("cat-file", "blob", one.id) for one in (before, there, after)))
    if merged is None:
        raise _differs(file.path, where)
    id_ = git.run("hash-object", "-w", "--no-filters", "--stdin", data=merged).decode().strip()
    return Entry(mode=after.mode if there.mode == before.mode else there.mode, id=id_)


def _differs(path: str, where: Where) -> TreeMoved:
    held = "what you have staged" if where == "index" else "the last commit"
    return TreeMoved(
        f"{path}: {held} differs from your file where this change is; nothing was written",
        hint="commit or put aside your own change of this file first, or land it as plain changes",
    )


def _cleaned(git: Git, path: str, image: Spliced | None) -> Entry | None:
    """As git would store it."""
    if image is None:
        return None
    how = ["--no-filters"] if image.mode == LINK else [f"--path={path}"]
    id_ = git.run("hash-object", "-w", *how, "--stdin", data=image.data).decode().strip()
    return Entry(mode=image.mode, id=id_)


def _there(git: Git, path: str, where: Where) -> Entry | None:
    spec = f":(top,literal){path}"
    if where == "index":
        row = git.text("ls-files", "-s", "-z", "--", spec)
        mode, id_, stage = row.partition("\t")[0].split(" ") if row else ("", "", "0")
        if stage != "0":
            raise TreeMoved(
                f"{path}: git holds it as unmerged; nothing was written",
                hint="resolve it first and `git add` it, or land it as plain changes",
            )
    else:
        row = git.text("ls-tree", "-z", "--full-tree", "HEAD", "--", f":(literal){path}", check=False)
        mode, id_ = (row.split(" ")[0], row.split("\t")[0].split(" ")[2]) if row else ("", "")
    return Entry(mode=mode, id=id_) if mode else None


def holds(git: Git, wanted: Entries) -> bool:
    """Whether HEAD has these files so."""
    return all(_there(git, path, "HEAD") == entry for path, entry in wanted.items())


def stage(git: Git, wanted: Entries) -> None:
    """Into the user's index, where entries keep their bits. EnvironmentLacks where git does not take them."""
    try:
        kept = {bit: [path for path in paths if wanted[path]] for bit, paths in _bits(git, wanted).items()}
        _update(git, wanted)
        for bit, paths in kept.items():
            if paths:
                git.run("update-index", "-z", f"--{bit}", "--stdin", data=_rows(paths), apart=True)
    except GitFailed as error:
        raise EnvironmentLacks(
            f"the change has landed, but could not be staged: {error.stderr.strip()}",
            hint=f"stage it yourself: `git add -- {shlex.join(wanted)}`",
        ) from error


def _bits(git: Git, paths: Iterable[str]) -> dict[str, list[str]]:
    """The paths whose entries bear each bit; `--index-info` writes entries anew, without them."""
    specs = [f":(top,literal){path}" for path in paths]
    rows = git.text("ls-files", "-v", "-z", "--", *specs).split("\0")
    found = [(row[0], row[2:]) for row in rows if row]
    return {
        "skip-worktree": [path for tag, path in found if tag in "Ss"],
        "assume-unchanged": [path for tag, path in found if tag.islower()],
    }


def _update(git: Git, wanted: Entries, index: Path | None = None) -> None:
    rows = [f"{e.mode} {e.id} 0\t{path}" if e else f"0 {'0' * 40}\t{path}" for path, e in wanted.items()]
    git.run("update-index", "-z", "--index-info", data=_rows(rows), index=index, apart=True)


def _rows(rows: Iterable[str]) -> bytes:
    return "".join(f"{row}\0" for row in rows).encode("utf-8", "surrogateescape")


def commit(git: Git, wanted: Entries, message: Message) -> str:
    """The id of a commit of these files alone on HEAD, by the user's own git, name and hooks; they are as committed in
    the index then. EnvironmentLacks where git or a hook refuses."""
    by = _by(git, message.author)
    with tempfile.TemporaryDirectory(prefix="swe-agent-") as folder:
        index = _index_of_head(git, Path(folder))
        try:
            _update(git, wanted, index)
            by.run("commit", "--quiet", "--file=-", data=_encoded(message), index=index)
        except GitFailed as error:
            raise EnvironmentLacks(
                f"the change has landed in your files, but git did not commit it: {error.stderr.strip()[-2000:]}",
                hint="it is there as plain changes; commit it yourself, or take it back with `swe-agent undo`",
            ) from error
    return git.text("rev-parse", "HEAD")


def _encoded(message: Message) -> bytes:
    return message.text.encode("utf-8", "surrogateescape")


_PERSON = re.compile(r"(?P<name>[^<>\n]*\w[^<>\n]*) <(?P<mail>[^<>\s]+)>")


def is_person(author: str) -> bool:
    """Whether git would take it for `NAME <MAIL>`."""
    return _PERSON.fullmatch(author) is not None


def is_user(git: Git, author: str) -> bool:
    """Whether a `NAME <MAIL>` is who commits here."""
    person, me = _PERSON.fullmatch(author), git.text("var", "GIT_AUTHOR_IDENT", check=False)
    return person is not None and f"<{person['mail']}>".lower() in me.lower()


def _by(git: Git, author: str) -> Git:
    """Git in the name of an author, as `git commit --author` has it."""
    person = _PERSON.fullmatch(author)
    if person is None:
        return git
    named = {"GIT_AUTHOR_NAME": person["name"], "GIT_AUTHOR_EMAIL": person["mail"]}
    return replace(git, environment={**git.environment, **named})


def written(git: Git, base: str, head: str, *, at_most: int) -> tuple[Message, ...]:
    """What the commits between two say, the oldest first, merges left out; nothing where they are not there."""
    form = "--format=%an <%ae>%x00%B%x00"
    which = ("--no-merges", "--reverse", f"-n{at_most}")
    told = git.text("log", "--no-show-signature", *which, form, f"{base}..{head}", "--", check=False)
    cells = told.split("\0")
    return tuple(
        Message(text=text.strip(), author=author.strip()) for author, text in zip(cells[::2], cells[1::2], strict=False)
    )


def branch(git: Git, name: str, wanted: Entries, message: Message) -> str:
    """The id of a commit of these files on HEAD that a new branch names. The work tree and the index stay."""
    require_free(git, name)
    with tempfile.TemporaryDirectory(prefix="swe-agent-") as folder:
        index = _index_of_head(git, Path(folder))
        _update(git, wanted, index)
        tree = git.run("write-tree", index=index).decode().strip()
    parents = ["-p", "HEAD"] if _head(git) else []
    by = _by(git, message.author)
    made = by.run("commit-tree", tree, *parents, "-F", "-", data=_encoded(message)).decode().strip()
    git.run("update-ref", "-m", _LANDED, f"refs/heads/{name}", made, "0" * 40)
    return made


_LANDED = "swe-agent: land"
"""In the log of a branch that was made."""


def untouched(git: Git, name: str) -> str:
    """The id of the commit of a branch that a landing made and nobody has moved since, by its log; else empty."""
    moves = git.text("reflog", "show", "--format=%H %gs", f"refs/heads/{name}", check=False).splitlines()
    commit, _, said = moves[0].partition(" ") if len(moves) == 1 else ("", "", "")
    return commit if said == _LANDED else ""


def require_removable(git: Git, name: str, commit: str) -> None:
    """TreeMoved where a branch has moved on from this commit, or is checked out. One that is gone is gone."""
    if not taken(git, name):
        return
    ref = f"refs/heads/{name}"
    hint = f"if nobody needs it, remove it yourself: `git branch -D {name}`"
    if f"branch {ref}" in git.text("worktree", "list", "--porcelain").splitlines():
        raise TreeMoved(f"branch {name} is checked out; nothing was removed", hint=hint)
    if not commit or git.text("rev-parse", ref) != commit:
        raise TreeMoved(f"branch {name} has moved on since it was made; nothing was removed", hint=hint)


def remove(git: Git, name: str, commit: str) -> None:
    """Remove a branch that is at this commit."""
    if taken(git, name):
        git.run("update-ref", "-m", "swe-agent: undo", "-d", f"refs/heads/{name}", commit)


def require_name(git: Git) -> None:
    """EnvironmentLacks where git does not know who commits."""
    if not git.text("var", "GIT_COMMITTER_IDENT", check=False):
        raise EnvironmentLacks(
            "git does not know who you are, so nothing can be committed; nothing was written",
            hint='tell it once: `git config --global user.name "Your Name"`, and the same with `user.email`',
        )


def require_no_operation(git: Git) -> None:
    """TreeMoved where a merge or the like is going on, in which git itself commits no single files."""
    for path, what in zip(_in_git_directory(git, *_OPERATIONS), _OPERATIONS.values(), strict=True):
        if path.exists():
            raise TreeMoved(
                f"{what} is going on here, and a commit now would become a part of it; nothing was written",
                hint="finish or abort it first (`git status` says how), or land as plain changes: `swe-agent land`",
            )


def lock_of(git: Git) -> Path:
    """What is there while a git has the index in its hands."""
    return _in_git_directory(git, "index.lock")[0]


def _in_git_directory(git: Git, *names: str) -> list[Path]:
    asked = [word for name in names for word in ("--git-path", name)]
    return [Path(line) for line in git.text("rev-parse", "--path-format=absolute", *asked).split("\n")]


def require_free(git: Git, name: str) -> None:
    """UsageError for what can be no branch, or is one."""
    if name.startswith("-") or not git.text("check-ref-format", "--branch", name, check=False):
        raise UsageError(f"`{name}` is no name for a branch", hint="see `git help check-ref-format`")
    if taken(git, name):
        raise UsageError(f"there is a branch {name} already", hint="choose another name")


def taken(git: Git, name: str) -> bool:
    """Whether there is a branch of this name."""
    return bool(git.text("rev-parse", "--verify", "--quiet", f"refs/heads/{name}", check=False))


def _head(git: Git) -> str:
    return git.text("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False)


def _index_of_head(git: Git, folder: Path) -> Path:
    index = folder / "index"
    git.run("read-tree", *(["HEAD"] if _head(git) else ["--empty"]), index=index)
    return index
