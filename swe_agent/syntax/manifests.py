"""What a project calls its own modules, by the files that its build tools read.

    aliases({"packages/tax/package.json": b'{"name": "@shop/tax"}'})
        -> "@shop/tax" means packages/tax, "@shop/tax/rates" packages/tax/rates or packages/tax/src/rates

Read are package.json (names of a workspace's packages), tsconfig.json and jsconfig.json (`paths`, `baseUrl`), go.mod,
Cargo.toml and composer.json (`psr-4`). What cannot be read says nothing.
"""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST = 400
"""Manifests that are read; a tree with more of them keeps copies of other projects."""
_SCRIPTS = ("javascript", "typescript", "tsx")
_NAMES = re.compile(r"(^|/)(package\.json|go\.mod|Cargo\.toml|composer\.json|[jt]sconfig(\.\w+)?\.json)$")
_ENDS = (".json", "go.mod", "Cargo.toml")
_COMMENTS = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMAS = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')
_GO_MODULE = re.compile(r'^module[ \t]+"?([^\s"]+)', re.MULTILINE)
_MAIN = ("source", "types", "typings", "module", "main")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Imports of `languages` in files beneath `scope` that read `before…after`, or exactly `before` where it is no
    `pattern`, mean one of `targets`: paths from the top without extension, "*" for what stood in between."""

    languages: tuple[str, ...]
    before: str
    after: str = ""
    pattern: bool = False
    scope: str = ""
    targets: tuple[str, ...]

    def means(self, said: str) -> Iterator[str]:
        """Where an import may lead, the likeliest place first."""
        if not self.pattern:
            yield from self.targets if said == self.before else ()
        elif said.startswith(self.before) and said.endswith(self.after) and len(said) > len(self.before + self.after):
            between = said[len(self.before) : len(said) - len(self.after)]
            yield from (target.replace("*", between) for target in self.targets)


def is_manifest(path: str) -> bool:
    return path.endswith(_ENDS) and bool(_NAMES.search(path)) and "node_modules/" not in path


def aliases(files: Mapping[str, bytes]) -> tuple[Alias, ...]:
    """Of manifests by path: the longest first, and of equally long ones those that hold in the smallest part of the
    tree."""
    found = [alias for path in sorted(files) for alias in _read(path, files[path].decode("utf-8", "replace"))]
    return tuple(sorted(found, key=lambda alias: (-len(alias.before + alias.after), -len(alias.scope))))


def _read(path: str, text: str) -> Iterator[Alias]:
    folder, _, name = path.rpartition("/")
    try:
        if name == "go.mod":
            for match in _GO_MODULE.finditer(text):
                yield from _package(("go",), match[1], [folder])
        elif name == "Cargo.toml":
            yield from _crate(folder, tomllib.loads(text))
        elif name == "composer.json":
            yield from _composer(folder, json.loads(text))
        elif name == "package.json":
            yield from _workspace(folder, json.loads(text))
        else:
            yield from _compiler_options(folder, json.loads(_plain(text)))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return


def _package(languages: tuple[str, ...], name: str, folders: Iterable[str], itself: Iterable[str] = ()) -> list[Alias]:
    """A name for folders, and what lies below them."""
    places = list(folders)
    below = tuple(_joined(folder, "*") for folder in places)
    return [
        Alias(languages=languages, before=name, targets=(*itself, *places)),
        Alias(languages=languages, before=f"{name}/", pattern=True, targets=below),
    ]


def _workspace(folder: str, told: Mapping[str, Any]) -> Iterator[Alias]:
    name = told.get("name")
    if isinstance(name, str) and name and folder:  # nobody imports the whole by its name
        main = [_joined(folder, told[key]) for key in _MAIN if isinstance(told.get(key), str)]
        itself = [posixpath.splitext(path.removesuffix(".d.ts"))[0] for path in main]
        yield from _package(_SCRIPTS, name, [_joined(folder, "src"), _joined(folder, "lib"), folder], itself)


def _compiler_options(folder: str, told: Mapping[str, Any]) -> Iterator[Alias]:
    options = told.get("compilerOptions") or {}
    base = _joined(folder, options.get("baseUrl") or ".")
    for name, places in (options.get("paths") or {}).items():
        before, star, after = name.partition("*")
        targets = tuple(_without_extension(_joined(base, place)) for place in places)
        yield Alias(languages=_SCRIPTS, before=before, after=after, pattern=bool(star), scope=folder, targets=targets)
    if options.get("baseUrl"):
        yield Alias(languages=_SCRIPTS, before="", pattern=True, scope=folder, targets=(_joined(base, "*"),))


def _crate(folder: str, told: Mapping[str, Any]) -> Iterator[Alias]:
    name = (told.get("lib") or {}).get("name") or (told.get("package") or {}).get("name")
    if name:
        yield from _package(("rust",), name.replace("-", "_"), [_joined(folder, "src")])


def _composer(folder: str, told: Mapping[str, Any]) -> Iterator[Alias]:
    for section in ("autoload", "autoload-dev"):
        for prefix, places in ((told.get(section) or {}).get("psr-4") or {}).items():
            listed = [places] if isinstance(places, str) else places
            targets = tuple(_joined(folder, place, "*") for place in listed)
            yield Alias(languages=("php",), before=prefix.replace("\\", "/"), pattern=True, targets=targets)


def _joined(*parts: str) -> str:
    """A path from the top; one that leads out of the tree finds nothing there."""
    path = posixpath.normpath(posixpath.join(*(part.lstrip("/") for part in parts)))
    return "" if path == "." else path


def _without_extension(path: str) -> str:
    stem, extension = posixpath.splitext(path)
    return stem if extension in (".ts", ".tsx", ".js", ".jsx", ".mts", ".cts") else path


def _plain(text: str) -> str:
    """JSON without the comments and last commas that compilers of TypeScript let pass."""
    bare = _COMMENTS.sub(lambda match: match[1] or "", text.removeprefix("\ufeff"))
    return _LAST_COMMAS.sub(lambda match: match[1] or "", bare)
