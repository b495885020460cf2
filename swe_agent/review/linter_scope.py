"""Which files a linter looks at by its own settings. Files that are named on its command line it may look at all the
same, so that these are not named there. What cannot be read of the settings leaves nothing out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from configparser import ConfigParser, Error
from fnmatch import fnmatchcase
from typing import Any

Scope = Callable[[str], bool]
"""Of a path: whether it is looked at."""
_FLAKE8 = (".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".nox", ".eggs", "*.egg")


def everything(_: Mapping[str, str]) -> Scope:
    return lambda _path: True


def mypy(files: Mapping[str, str]) -> Scope:
    """`files`, `packages` and `modules` say what is looked at, and `exclude` what of it is not, but for a file that is
    named by itself."""
    settings = _of_mypy(files)
    named = [path.removeprefix("./").rstrip("/") for path in _words(settings.get("files"), ",")]
    globs = [re.compile(_glob(path) + "(?:/.*)?") for path in named]
    modules = [one.replace(".", "/") for key in ("packages", "modules") for one in _words(settings.get(key), ",")]
    exclude = list(_compiled(_lines(settings.get("exclude"))))

    def looks(path: str) -> bool:
        if path in named:
            return True
        if globs or modules:
            stem = "/" + path.rpartition(".")[0]
            is_meant = any(f"/{one}/" in stem or stem.endswith(f"/{one}") for one in modules)
            if not is_meant and not any(one.fullmatch(path) for one in globs) and "." not in named:
                return False
        return not any(one.search(step) for step in _steps(path) for one in exclude)

    return looks


def flake8(files: Mapping[str, str]) -> Scope:
    """By `exclude` and `extend-exclude`: the name of a file or of a folder above it, or a path from the top."""
    texts = [files[name] for name in ("setup.cfg", "tox.ini", ".flake8") if name in files]
    section = next((found for text in texts if (found := _section(text, "flake8"))), {})
    patterns = _words(section.get("exclude"), r"[,\s]") or list(_FLAKE8)
    patterns += _words(section.get("extend-exclude", section.get("extend_exclude")), r"[,\s]")

    def looks(path: str) -> bool:
        return not any(_is_of(step.rstrip("/"), pattern) for step in _steps(path) for pattern in patterns)

    return looks


def _is_of(step: str, pattern: str) -> bool:
    if "/" in pattern:
        return fnmatchcase(step, pattern.removeprefix("./").rstrip("/"))
    return fnmatchcase(step.rpartition("/")[2], pattern)


def _of_mypy(files: Mapping[str, str]) -> Mapping[str, Any]:
    """Of the first file in which mypy would find some."""
    for name in ("mypy.ini", ".mypy.ini"):
        if name in files:
            return _section(files[name], "mypy")
    try:
        tool = tomllib.loads(files.get("pyproject.toml", "")).get("tool", {})
    except tomllib.TOMLDecodeError:
        tool = {}
    own = tool.get("mypy") if isinstance(tool, dict) else None
    return own if isinstance(own, dict) else _section(files.get("setup.cfg", ""), "mypy")


def _section(text: str, name: str) -> Mapping[str, str]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        return {}
    return dict(parser[name]) if parser.has_section(name) else {}


def _words(value: object, apart: str) -> list[str]:
    """Of a list, or of one text."""
    if isinstance(value, str):
        return [word.strip() for word in re.split(apart, value) if word.strip()]
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _lines(value: object) -> Sequence[str]:
    """Expressions: one text is one of them."""
    return [value] if isinstance(value, str) and value else _words(value, "$^")


def _compiled(expressions: Iterable[str]) -> Iterator[re.Pattern[str]]:
    for expression in expressions:
        try:
            yield re.compile(expression)
        except re.error:
            continue


def _steps(path: str) -> Iterator[str]:
    """The folders that one comes through, each with its slash, and the file.

    >>> list(_steps("a/b/c.py"))
    ['a/', 'a/b/', 'a/b/c.py']
    """
    for slash in re.finditer("/", path):
        yield path[: slash.end()]
    yield path


def _glob(pattern: str) -> str:
    """As an expression: `**` stands for any folders, and the other signs stay within a name."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[!?[^\]]+\])", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        known.get(part)
        or (part.replace("[!", "[^", 1) if part.startswith("[") and part.endswith("]") else re.escape(part))
        for part in parts
    )
