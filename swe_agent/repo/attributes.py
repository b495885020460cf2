"""What `.gitattributes` says of files, by one process however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from swe_agent.repo.git import Git

_MADE = ("linguist-generated", "linguist-vendored")
_SET = frozenset({"set", "true"})
_UNSET = frozenset({"unset", "false"})


def said_to_be_made(git: Git, top: Path, paths: Iterable[str]) -> dict[str, bool]:
    """Of files, by paths from `top`: True for those that the attributes call generated or vendored, False for those of
    which they say that they are not. What they are silent about is not in it.

    The attributes are those of the work tree, of `.git/info/attributes` and of the user, as git reads them itself."""
    names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    if not names:
        return {}
    out = Git(top, git.environment).run("check-attr", "--stdin", "-z", *_MADE, data=names)
    fields = out.decode("utf-8", "surrogateescape").split("\0")
    said: dict[str, bool] = {}
    for path, value in zip(fields[0::3], fields[2::3], strict=False):
        if value in _SET:
            said[path] = True
        elif value in _UNSET:
            said.setdefault(path, False)
    return said
