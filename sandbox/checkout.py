"""The user's checkout as it is: where its repository lies and what of its configuration matters. Reads only."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import GitFailed, SandboxError
from sandbox.git import run_git
from sandbox.tree import text

# Keys of the user's repository that are known to be data: how bytes and names are to be taken, never what to run.
COPIED_KEYS = frozenset(
    {
        "core.autocrlf",
        "core.eol",
        "core.filemode",
        "core.symlinks",
        "core.longpaths",
        "core.bigfilethreshold",
        "core.checkroundtripencoding",
        "extensions.objectformat",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A work tree of the user's with its repository; a linked work tree has a `git_dir` beside the `common_dir`."""

    top: Path
    git_dir: Path
    common_dir: Path
    objects: tuple[Path, ...]
    config: tuple[tuple[str, str], ...]
    branch: str | None

    @property
    def object_format(self) -> str:
        return dict(self.config).get("extensions.objectformat", "sha1")

    @property
    def secret_places(self) -> tuple[Path, ...]:
        """What must not be seen by a command: this repository, and those around the checkout."""
        around = [parent / ".git" for parent in self.top.parents]
        within = [place for place in self.common_dir.parents if place.name == ".git"]
        return tuple(dict.fromkeys([self.common_dir, self.git_dir, *within, *(p for p in around if p.exists())]))


def find(place: Path) -> Checkout:
    """The checkout around `place`."""
    place = place.resolve()
    asked = ["rev-parse", "--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"]
    try:
        out = run_git([*asked, "--git-path", "objects"], git_dir=None, cwd=place)
    except (GitFailed, NotADirectoryError, PermissionError) as error:
        raise _no_checkout(place, error.stderr if isinstance(error, GitFailed) else b"") from error
    top, git_dir, common, objects = _four_lines(out)
    if not place.is_relative_to(top):
        # Git believes `core.worktree`, and would call the files of any directory those of this repository.
        hint = "start in that directory, or take the setting away with `git config --unset core.worktree`"
        raise SandboxError(f"the repository at `{place}` says that its files lie in `{top}`", hint)
    head = run_git(["symbolic-ref", "-q", "HEAD"], git_dir=git_dir, check=False).rstrip(b"\n")
    return Checkout(
        top=top,
        git_dir=git_dir,
        common_dir=common,
        objects=object_stores(objects),
        config=_config(common),
        branch=text(head) or None,
    )


def _no_checkout(place: Path, said: bytes) -> SandboxError:
    if b"unknown repository extension" in said or b"repo version" in said or b"repository format" in said:
        told = text(said).strip().removeprefix("fatal: ").replace("\n", " ")
        return SandboxError(f"the git of this machine cannot read the repository at `{place}`: {told}", "update git")
    if b"must be run in a work tree" in said:
        return SandboxError(f"`{place}` is a bare repository", "start in a work tree; `git worktree add` makes one")
    return SandboxError(
        f"`{place}` is not a git work tree", "start inside a git work tree, or make one with `git init`"
    )


def _four_lines(out: bytes) -> tuple[Path, Path, Path, Path]:
    lines = text(out).removesuffix("\n").split("\n")
    if len(lines) != 4:
        raise SandboxError("the path of this repository has a line break in it, which is not supported")
    top, git_dir, common, objects = (Path(line) for line in lines)
    return top, git_dir, common, objects


def _config(common: Path) -> tuple[tuple[str, str], ...]:
    """Allow-listed keys of the repository's own file. Files it includes are not followed."""
    out = run_git(["config", "--file", str(common / "config"), "--no-includes", "-z", "--list"], git_dir=common)
    pairs = (item.partition("\n")[::2] for item in text(out).split("\0") if item)
    kept = {name.lower(): value for name, value in pairs if name.lower() in COPIED_KEYS and "\n" not in value}
    return tuple(sorted(kept.items()))


def object_stores(first: Path) -> tuple[Path, ...]:
    """The object directory and all it borrows from.

    All are listed, for git follows a relative alternate only from the first repository, which ours would no longer be.
    """
    found: list[Path] = []
    pending = [first.resolve()]
    while pending:
        here = pending.pop(0)
        if here in found or not here.is_dir():
            continue
        found.append(here)
        listed = here / "info" / "alternates"
        if listed.is_file():
            for line in listed.read_bytes().splitlines():
                if line and not line.startswith((b"#", b'"')):
                    pending.append((here / text(line)).resolve())
    return tuple(found)


def is_partial(common: Path) -> bool:
    """Whether objects may be missing because the repository expects to fetch them when they are wanted."""
    return any(common.glob("objects/pack/*.promisor"))


def quote_alternate(store: Path) -> str:
    """A line of `info/alternates`, where a leading quotation mark or `#` would be misread."""
    path = str(store)
    if not path.startswith(("#", '"')) and "\n" not in path:
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
