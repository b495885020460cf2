"""What a tree says of itself: the interpreters it is for, and the requirements of its tests, wherever they stand.

Nothing of the tree runs. What only a build can tell (requirements computed in `setup.py`) is read from the metadata of
the wheel that `environment` has built.
"""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.tasks.pythons import Version

TESTING = ("test", "tests", "testing", "pytest", "unittest", "test-requirements", "requirements-test", "tests-strict")
DEVELOPING = ("dev", "develop", "development", "requirements-dev", "dev-requirements", "requirements")
_REQUIREMENT = re.compile(r"^[A-Za-z0-9][\w.-]*\s*(\[[^\]]*\])?\s*([<>=!~(;@].*)?$")
_CLASSIFIER = re.compile(r"Programming Language :: Python :: 3\.(\d+)")
_SOURCES = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "PKG-INFO")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """`groups` are lists of requirements for the tests, the most telling first; `text` is all that was read."""

    classified: tuple[Version, ...]
    requires_python: str
    groups: tuple[tuple[str, ...], ...]
    runtime: tuple[str, ...]
    """What it needs to run, as far as it says so in plain words; a wheel's metadata say it better."""
    text: str


def read(tree: Path) -> Metadata:
    texts = {name: _text(tree / name) for name in _SOURCES}
    whole = "\n".join(texts.values())
    pyproject = _toml(texts["pyproject.toml"])
    cfg = _ini(texts["setup.cfg"])
    files = dict(_requirement_files(tree))
    found = [
        *_groups(pyproject),
        *_extras_of_cfg(cfg),
        *((name, lines) for name, lines in files.items()),
        ("test", _tox(texts["tox.ini"])),
        ("test", _cfg_list(cfg, "options", "tests_require")),
    ]
    named = [lines for name, lines in found if _is_named(name, TESTING)]
    developing = [lines for name, lines in found if _is_named(name, DEVELOPING)]
    chosen = [lines for lines in named if lines] or [lines for lines in developing if lines]
    return Metadata(
        classified=tuple(sorted({(3, int(minor)) for minor in _CLASSIFIER.findall(whole)})),
        requires_python=_requires_python(pyproject, texts["setup.cfg"] + texts["setup.py"]),
        groups=tuple(dict.fromkeys(tuple(lines) for lines in chosen)),
        runtime=tuple(_runtime(pyproject, cfg, texts["setup.py"])),
        text=whole + "\n".join(line for lines in files.values() for line in lines),
    )


def _runtime(pyproject: Mapping[str, Any], cfg: configparser.RawConfigParser, program: str) -> list[str]:
    stated = _project(pyproject).get("dependencies", ())
    return (
        requirements(stated) or _cfg_list(cfg, "options", "install_requires") or _literal(program, "install_requires")
    )


def _literal(program: str, name: str) -> list[str]:
    """A list of texts in a program that is given or passed by this name."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError):
        return []
    for node in ast.walk(tree):
        values = [keyword.value for keyword in getattr(node, "keywords", ()) if keyword.arg == name]
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            values.append(node.value)
        for value in values:
            if isinstance(value, ast.List | ast.Tuple):
                texts = (one.value for one in value.elts if isinstance(one, ast.Constant))
                return requirements(text for text in texts if isinstance(text, str))
    return []


def _is_named(name: str, names: Iterable[str]) -> bool:
    return name.lower().replace("_", "-").removesuffix(".txt").removesuffix(".in") in names


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _ini(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return configparser.RawConfigParser()
    return parser


def _cfg_list(parser: configparser.RawConfigParser, section: str, option: str) -> list[str]:
    return requirements(parser.get(section, option, fallback="").splitlines())


def _extras_of_cfg(parser: configparser.RawConfigParser) -> Iterator[tuple[str, list[str]]]:
    section = "options.extras_require"
    for name in parser.options(section) if parser.has_section(section) else ():
        yield name, _cfg_list(parser, section, name)


def _groups(pyproject: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield from (
        (name, requirements(lines)) for name, lines in _project(pyproject).get("optional-dependencies", {}).items()
    )
    groups = pyproject.get("dependency-groups", {})
    for name in groups:
        yield name, requirements(_included(groups, name, frozenset()))
    poetry = pyproject.get("tool", {}).get("poetry", {})
    for name, group in poetry.get("group", {}).items():
        yield name, _of_poetry(group.get("dependencies", {}))
    yield "dev", _of_poetry(poetry.get("dev-dependencies", {}))


def _project(pyproject: Mapping[str, Any]) -> Mapping[str, Any]:
    found = pyproject.get("project", {})
    return found if isinstance(found, dict) else {}


def _included(groups: Mapping[str, Any], name: str, above: frozenset[str]) -> Iterator[str]:
    for line in groups.get(name, ()):
        if isinstance(line, str):
            yield line
        elif (inner := line.get("include-group", "")) and inner not in above | {name}:
            yield from _included(groups, inner, above | {name})


def _of_poetry(table: Mapping[str, Any]) -> list[str]:
    """Names alone: a date limits them better than a caret does."""
    return [
        name for name, value in table.items() if name != "python" and not (isinstance(value, dict) and "path" in value)
    ]


def _requirement_files(tree: Path) -> Iterator[tuple[str, list[str]]]:
    """`requirements-test.txt`, `requirements/tests.in`, `tests/requirements/py3.txt`: by what they are called, and
    those in a folder of tests by that. What an `.in` was compiled to is passed over: its pins are another machine's."""
    places = [
        path for ending in ("txt", "in") for pattern in _PATTERNS for path in sorted(tree.glob(f"{pattern}.{ending}"))
    ]
    seen: set[Path] = set()
    for path in places:
        if path in seen or (path.with_suffix(".in") in places and path.suffix == ".txt"):
            continue
        seen.add(path)
        in_tests = any(part in ("test", "tests", "testing") for part in path.relative_to(tree).parts[:-1])
        name = "test" if in_tests and "py2" not in path.name and path.stem in _IN_TESTS else path.name
        yield name, requirements(_text(path).splitlines(), path.parent)


_PATTERNS = ("*requirements*", "requirements/*", "*/requirements/*", "*/*requirements*")
_IN_TESTS = ("py3", "requirements", "test", "tests", "base", "test-requirements")


def _tox(text: str) -> list[str]:
    parser = _ini(text)
    lines = parser.get("testenv", "deps", fallback="").splitlines()
    return requirements(line for line in lines if not re.match(r"\s*[\w!,{}.-]+: ?", line))  # those are of a variant


def _requires_python(pyproject: Mapping[str, Any], text: str) -> str:
    if stated := _project(pyproject).get("requires-python", ""):
        return str(stated)
    found = re.search(r"python_requires\s*=\s*[\"']?([^\"'\n]+)", text)
    return found[1].strip().rstrip(",") if found else ""


def requirements(lines: Iterable[str], folder: Path | None = None, depth: int = 0) -> list[str]:
    """The lines that require a package; files that they include are read where `folder` says from where."""
    found: list[str] = []
    for raw in lines:
        line = re.sub(r"(^|\s)#.*", "", raw).strip().rstrip("\\").strip()
        included = re.match(r"(?:-r|--requirement)[ =]?\s*(\S+)", line)
        if included and folder and depth < 3:
            path = folder / included[1]
            found += requirements(_text(path).splitlines(), path.parent, depth + 1)
        elif _REQUIREMENT.match(line) and "{" not in line:
            found.append(line)
    return found
