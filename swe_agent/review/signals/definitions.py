"""Which definitions a change takes away, changes or brings, and where their names still stand at the head.

The names of all of them are asked for at once: the rest of the project is gone through a single time for a change.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from swe_agent.core.source import Symbol
from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.diff_index import SIDES, FileDiff, Side
from swe_agent.review.signals.grammar import ALSO, rows_of
from swe_agent.review.signals.near import Near
from swe_agent.syntax.language import is_test_file, language_of, languages
from swe_agent.syntax.parse import Parsed, outline

KINDS = frozenset(
    (
        *("function", "method", "class", "struct", "interface", "enum", "trait", "type", "constant", "macro"),
        *("constructor", "object"),
    )
)
CALLED = frozenset(("function", "method", "constructor"))
MOST = 300
"""Names that are looked for; a change that touches more is looked at less closely."""
SHORTEST = 3
_FOR_TESTS = re.compile(r"(?:^|[/_.-])(?:tests?|spec|fixtures?|testdata|snapshots?|goldens?)(?:[/_.-]|$)|test$")
WORD = re.compile(r"[A-Za-z_]\w*")
_PRIVATE = re.compile(r"\bdef\s+(_\w+)")


@dataclass(frozen=True, slots=True)
class Changed:
    """A definition at both ends; one of them is None where it is not there."""

    file: FileDiff
    old: Symbol | None
    new: Symbol | None

    @property
    def symbol(self) -> Symbol:
        one = self.old or self.new
        assert one is not None
        return one


@dataclass(frozen=True)
class Definitions:
    """Of one change; made once (`Reviewed.once`)."""

    change: Reviewed

    @cached_property
    def gone(self) -> tuple[Changed, ...]:
        """That no changed file defines any more by that name; of nested ones the outermost."""
        return tuple(self._gone())

    def _gone(self) -> Iterator[Changed]:
        for file in self._code:
            now = {symbol.qualified for symbol in self._symbols(file, "right")}
            lost = [one for one in self._of(file, "left") if one.qualified not in now]
            names = {symbol.qualified for symbol in lost}
            for symbol in lost:
                is_outermost = not symbol.depth_among(names) and not self._is_local(file, "left", symbol)
                if is_outermost and symbol.name not in self._defined and len(symbol.name) >= SHORTEST:
                    yield Changed(file, symbol, None)

    @cached_property
    def resigned(self) -> tuple[Changed, ...]:
        """Functions with another signature than before, each the only one of its name in its file at both ends."""
        found = []
        for file in self._code:
            before, after = (_single(self._of(file, side)) for side in SIDES)
            for name, old in before.items():
                new = after.get(name)
                if new is not None and old.kind in CALLED and old.signature != new.signature:
                    found.append(Changed(file, old, new))
        return tuple(found)

    @cached_property
    def come(self) -> tuple[Changed, ...]:
        """That their file did not have."""
        found = []
        for file in self._code:
            before = {symbol.qualified for symbol in self._symbols(file, "left")}
            fresh = [one for one in self._of(file, "right") if one.qualified not in before]
            found += [Changed(file, None, one) for one in fresh if not self._is_local(file, "right", one)]
        return tuple(found)

    @cached_property
    def left(self) -> tuple[tuple[Changed, int], ...]:
        """Functions at the head that may be private, and that a line of their file that went mentions, and no line of
        the change that came; with the number of the last such line at the base."""
        came = _words(row.text for file in self.change.index.files for row in file.changed("right"))
        found = []
        for file in self._code:
            went = {word: row.old for row in file.changed("left") for word in _words([row.text]) if word not in came}
            if went and self._may_define(file, went):
                rows = [one for one in self.change.symbols("right", file.new) if may_be_private(one)]
                found += [(Changed(file, None, one), went[one.name]) for one in rows if one.name in went]
        return tuple(found)

    def _may_define(self, file: FileDiff, names: Collection[str]) -> bool:
        """Whether the file at the head may have a private function of such a name, told by its text."""
        if not self.change.is_cut or language_of(file.path) != "python":
            return True
        text = self.change.text("right", file.new)
        return any(name in names for name in _PRIVATE.findall(text))

    @cached_property
    def touched(self) -> tuple[Changed, ...]:
        """Functions at the head with a line that came."""
        found = []
        for file in self._code:
            lines = [row.new for row in file.changed("right")]
            for one in self._of(file, "right"):
                if one.kind in CALLED and bisect_left(lines, one.span.start) < bisect_right(lines, one.span.end):
                    found.append(Changed(file, None, one))
        return tuple(found)

    @cached_property
    def has_tests(self) -> bool:
        """Whether a test comes or changes: a file of tests, what tests read, or a test beside the code."""
        paths = [file.new for file in self.change.index.files if file.new is not None]
        return (
            any(is_test_file(path) or _FOR_TESTS.search(path) for path in paths)
            or any(_is_test(one.symbol) for one in self.touched)
        )  # fmt: skip

    @cached_property
    def mentions(self) -> Mapping[str, Sequence[Mention]]:
        """At the head, of all the names above."""
        rows = [*self.gone, *self.resigned, *(one for one, _ in self.left)]
        rows += [one for one in self.come if may_be_private(one.symbol)]
        rows += () if self.has_tests else self.touched
        names = dict.fromkeys(called(one.symbol) for one in rows)
        names |= dict.fromkeys(one.symbol.name for one in rows)
        return self.change.around.mentions([name for name in names if _is_word(name)][:MOST])

    @cached_property
    def went(self) -> frozenset[str]:
        """Words on lines that went."""
        return frozenset(_words(row.text for file in self.change.index.files for row in file.changed("left")))

    def tree_of(self, path: str) -> Parsed | None:
        """Of a changed file at the head, as far as lines mention the names above."""
        if path not in self._trees:
            lines = {one.line for rows in self.mentions.values() for one in rows if one.path == path}
            self._trees[path] = self.change.once(Near).parsed_at(path, lines)
        return self._trees[path]

    def around(self, path: str) -> Sequence[Symbol]:
        """The definitions in that tree."""
        if path not in self._around:
            tree = self.tree_of(path)
            self._around[path] = outline(path, tree.data) if tree is not None else ()
        return self._around[path]

    @cached_property
    def _around(self) -> dict[str, Sequence[Symbol]]:
        return {}

    @cached_property
    def _trees(self) -> dict[str, Parsed | None]:
        return {}

    @cached_property
    def _code(self) -> tuple[FileDiff, ...]:
        return tuple(
            file for file in self.change.written if rows_of(language_of(file.path)) and not is_test_file(file.path)
        )

    @cached_property
    def _defined(self) -> frozenset[str]:
        """Names that lines define that came, wherever."""
        found: set[str] = set()
        for file in self.change.written:
            language = languages().get(language_of(file.path))
            pattern = language.scan.definition if language is not None else None
            for row in file.changed("right") if pattern is not None else ():
                match = pattern.search(f"\n{row.text}".encode("utf-8", "replace")) if pattern is not None else None
                found |= {group.decode("utf-8", "replace") for group in match.groups() if group} if match else set()
        return frozenset(found)

    def _of(self, file: FileDiff, side: Side) -> list[Symbol]:
        return [one for one in self._symbols(file, side) if one.kind in KINDS]

    def _symbols(self, file: FileDiff, side: Side) -> Sequence[Symbol]:
        """Where the change keeps all heads, those of the head are the base's too, but for their lines."""
        near = self.change.once(Near)
        return near.symbols("right" if side == "left" and near.keeps_heads(file) else side, file)

    def _is_local(self, file: FileDiff, side: Side, symbol: Symbol) -> bool:
        """Whether it stands in a function."""
        if "." not in symbol.qualified:
            return False
        around = self._symbols(file, side)
        return bool(symbol.depth_among({one.qualified for one in around if one.kind in CALLED}))


def may_be_private(symbol: Symbol) -> bool:
    """Whether only its file may name it by the rules of its language, as far as it tells by itself."""
    language = ALSO.get(symbol.language, symbol.language)
    is_top, name = "." not in symbol.qualified, symbol.name
    if symbol.kind not in ("function", "method"):
        return False
    match language:
        case "python":
            return is_top and name.startswith("_") and not name.endswith("__")
        case "javascript" | "typescript":
            return is_top and symbol.kind == "function"
        case "go":
            return is_top and symbol.kind == "function" and name[:1].islower()
        case "rust":
            return is_top and symbol.signature.lstrip().startswith(("fn ", "async fn ", "const fn "))
        case "java" | "c-sharp":
            return symbol.kind == "method" and bool(re.search(r"\bprivate\b", symbol.signature))
        case "php":
            return symbol.kind == "method" and "private " in symbol.signature and not name.startswith("__")
        case _:
            return False


def _is_test(symbol: Symbol) -> bool:
    return any(part in ("test", "tests") for part in symbol.qualified.split(".")[:-1])


def called(symbol: Symbol) -> str:
    """The name by which it is called: a constructor by its class's."""
    owner = symbol.qualified.split(".")[-2:-1]
    return owner[0] if owner and (symbol.name == "__init__" or symbol.kind == "constructor") else symbol.name


def _single(symbols: Iterable[Symbol]) -> dict[str, Symbol]:
    """By qualified name, without those that are there twice."""
    found: dict[str, Symbol | None] = {}
    for symbol in symbols:
        found[symbol.qualified] = None if symbol.qualified in found else symbol
    return {name: symbol for name, symbol in found.items() if symbol is not None}


def _is_word(name: str) -> bool:
    """One that stands where it is used: the language itself calls `__enter__` and its like."""
    return name.isidentifier() and len(name) >= SHORTEST and not (name.startswith("__") and name.endswith("__"))


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in WORD.findall(text)}
