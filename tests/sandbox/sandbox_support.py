"""Repositories to try things on, made by real git and sealed off from the machine."""

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox import Workspace

GIT_ENV = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "user",
    "GIT_AUTHOR_EMAIL": "user@example.org",
    "GIT_COMMITTER_NAME": "user",
    "GIT_COMMITTER_EMAIL": "user@example.org",
    "GIT_AUTHOR_DATE": "@1700000000 +0000",
    "GIT_COMMITTER_DATE": "@1700000000 +0000",
}


def interpreter_is_closed() -> bool:
    """Whether root gets at this Python by its powers alone, as below somebody's home of mode 0700. Where nothing can be
    mounted, commands without these powers do not."""
    places = [Path(sys.executable), *Path(sys.executable).parents]
    there = [place.stat() for place in places]
    return os.geteuid() == 0 and any(one.st_uid != 0 and not one.st_mode & stat.S_IXOTH for one in there)


def git(repo: Path, *args: str, input: bytes = b"") -> str:
    done = subprocess.run(["git", *args], cwd=repo, env=GIT_ENV, input=input, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def fingerprint(root: Path) -> dict[str, tuple[int, str]]:
    """Every file below `root` with its mode and content; directories by mode, links by target."""
    found = {}
    for directory, names, files in os.walk(root):
        for name in [*names, *files]:
            path = Path(directory, name)
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                content = str(path.readlink())
            else:
                content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else ""
            found[str(path.relative_to(root))] = (mode, content)
    return found


def make_repo(at: Path, files: dict[str, str | bytes], *init: str) -> Path:
    at.mkdir(parents=True)
    git(at, "init", "-q", "-b", "main", *init)
    for name, content in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(at, "add", "-A")
    git(at, "commit", "-q", "-m", "first")
    return at


FILES: dict[str, str | bytes] = {
    "app.py": "value = 1\n",
    "pkg/__init__.py": "",
    "pkg/mod.py": "def f():\n    return 1\n",
    ".gitignore": "*.log\n/build/\n.venv/\n",
    "data.bin": bytes(range(256)),
}

Maker = Callable[..., Workspace]
