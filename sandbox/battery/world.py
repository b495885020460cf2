"""The world of one attempt: a user with a home full of secrets, a checkout with dependencies, and files beside them.

Everything lies in one directory, belongs to the user who runs the battery, and is made anew for each attempt.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.git import run_git

STATE = ".local/state/swe-agent"
JOBS = f"{STATE}/jobs"
DEPENDENCIES = (".venv", "node_modules", "packages/app/node_modules")
INCLUDED = (".env", "notes.local")

_COMMITTED = {
    "app.py": 'print("app")\n',
    "lib.py": "def f():\n    return 1\n",
    "pkg/mod.py": "x = 1\n",
    "packages/app/index.js": "1\n",
    ".gitignore": ".env\n*.local\n.venv/\nnode_modules/\n*.sock\n",
    ".worktreeinclude": "".join(f"{name}\n" for name in INCLUDED),
}
_BESIDE = {
    "checkout/.env": "SECRET={canary}\n",
    "checkout/notes.local": "nothing secret\n",
    "checkout/.venv/pyvenv.cfg": "home = /usr/bin\n",
    "checkout/.venv/lib/mod.py": "x = 1\n",
    "checkout/node_modules/dep/index.js": "1\n",
    "checkout/packages/app/node_modules/dep/index.js": "1\n",
    "home/.ssh/id_ed25519": "{canary}\n",
    "home/.bashrc": "# {canary}\n",
    f"home/{JOBS}/other/tree/secret.txt": "{canary}\n",
    f"home/{JOBS}/other/host.git/config": "[core]\n",
    "outside/canary.txt": "keep {canary}\n",
    "outside/mod.py": "keep\n",
    "outside/empty/keep": "",
    "shown/read.txt": "keep\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Paths on the host. `shown` is a directory that the policy lets be read."""

    root: Path
    canary: str

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def checkout(self) -> Path:
        return self.root / "checkout"

    @property
    def outside(self) -> Path:
        return self.root / "outside"

    @property
    def shown(self) -> Path:
        return self.root / "shown"

    @property
    def pwned(self) -> Path:
        """A file that exists once the host has run an attempt's program."""
        return self.root / "pwned"

    @property
    def jobs(self) -> Path:
        return self.home / JOBS

    def variables(self) -> dict[str, str]:
        """What scripts are told of where things lie."""
        return {
            "OUT": str(self.outside),
            "SHOWN": str(self.shown),
            "CHECKOUT": str(self.checkout),
            "USERHOME": str(self.home),
            "OTHERJOB": str(self.jobs / "other"),
            "PWNED": str(self.pwned),
        }

    def digest(self, own: str) -> dict[str, tuple[object, ...]]:
        """Mode, owner, content, times and attributes of all that is the user's. `own` matches what the product may
        write; new objects of git are no change."""
        skip = re.compile(rf"checkout/\.git/objects/([0-9a-f]{{2}}(/|$)|pack/)|{own}")
        found: dict[str, tuple[object, ...]] = {}
        start = len(str(self.root)) + 1
        for top in (self.outside, self.shown, self.home, self.checkout):
            for path in walk(top, lambda path: bool(skip.match(path[start:]))):
                found[path[start:]] = _print_of(Path(path))
        return found


def walk(top: Path, skip: Callable[[str], bool] = lambda _: False) -> Iterator[str]:
    """Every path below `top`, links not followed, but those that `skip` names and what lies below them.

    Neither depth nor a directory that may not be read ends it: trees of attempts are made to be walked into.
    """
    pending = [str(top)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if skip(entry.path):
                    continue
                yield entry.path
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)


def remove(top: Path) -> None:
    """Remove a directory that an attempt has written: deeper than a path can say, or closed to its owner."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    here = os.open(top, flags)
    above: list[str] = []
    while True:
        os.fchmod(here, 0o700)
        below = next((name for name in os.listdir(here) if not _unlinked(here, name)), None)  # noqa: PTH208  a descriptor
        if below is not None:
            with contextlib.suppress(PermissionError):
                os.chmod(below, 0o700, dir_fd=here)
            here = _moved(here, below, flags)
            above.append(below)
        elif above:
            here = _moved(here, "..", flags)
            os.rmdir(above.pop(), dir_fd=here)
        else:
            break
    os.close(here)
    top.rmdir()


def _unlinked(directory: int, name: str) -> bool:
    try:
        os.unlink(name, dir_fd=directory)
    except IsADirectoryError:
        return False
    return True


def _moved(here: int, name: str, flags: int) -> int:
    there = os.open(name, flags, dir_fd=here)
    os.close(here)
    return there


def _print_of(path: Path) -> tuple[object, ...]:
    info = path.lstat()
    content, when = "", 0
    attributes: tuple[str, ...] = ()
    if stat.S_ISREG(info.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        # Git rewrites its own files without changing them.
        when = 0 if "/.git/" in str(path) else info.st_mtime_ns
        attributes = tuple(sorted(os.listxattr(path)))
    elif stat.S_ISLNK(info.st_mode):
        content = str(path.readlink())
    return (info.st_mode, info.st_uid, info.st_gid, content, when, attributes, info.st_nlink if when else 0)


def make_template(root: Path, canary: str) -> None:
    """Write a world to copy from."""
    checkout = root / "checkout"
    for name, text in _COMMITTED.items():
        _put(checkout / name, text)
    run_git(["init", "-q", "-b", "main", str(checkout)], git_dir=None, cwd=root)
    git_dir = checkout / ".git"
    run_git(["add", "-A"], git_dir=git_dir, work_tree=checkout)
    run_git(["commit", "-q", "-m", "first"], git_dir=git_dir, work_tree=checkout)
    for name, text in _BESIDE.items():
        _put(root / name, text.format(canary=canary))
    (root / "home/.ssh").chmod(0o700)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def make(template: Path, root: Path, canary: str) -> World:
    """A fresh world at `root`."""
    shutil.copytree(template, root, symlinks=True)
    return World(root=root, canary=canary)


@contextlib.contextmanager
def environment(world: World, extra: Mapping[str, str]) -> Iterator[None]:
    """The user's environment: a home, keys, and no settings of git or Python of whoever runs the battery."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("GIT_", "XDG_", "PYTHON")):
            del os.environ[name]
    keys = {"OPENAI_API_KEY": world.canary, "GITHUB_TOKEN": world.canary, "DATABASE_URL": f"db://u:{world.canary}@h/"}
    os.environ |= keys | {"HOME": str(world.home), "PWNED": str(world.pwned), **extra}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
