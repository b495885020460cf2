"""Language tables: one TOML file a language under `languages/`, and which of them a path belongs to.

Knows names of node types, never what they hold: parsing is `tree.py`, and this module loads no grammar. A new language
is a new table and a fixture; nothing here changes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

DocStyle = Literal["string", "before"]
"""A string that is the body's first statement, or comments right above the definition."""
Relative = Literal["", "dots", "path", "words"]
"""How an import says "from here": never, leading dots (Python), `./` and `../`, words (Rust's self and super)."""

HEAD = 20_000
"""So much of a file is looked at for its language: a licence and a page of comments may come before anything else."""
_LINE = 200
EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """How one node type defines a symbol.

    `name`, `body`, `head`, `value` and `owner` are paths of fields: "a.b" goes down fields, "#type" to the first child
    of that type ("#type|other" of either, "#type=word" of one whose text begins with the word), and "a*" follows field
    a for as long as there is one. `name` may be "@", the node itself. The table's key is the node's type, or
    "parent/type" where the type alone says too little.
    """

    node: str
    kind: str
    name: str
    body: str = ""
    head: str = ""
    """What is shown as the signature, where it does not simply end at the body."""
    wrapped: bool = False
    """The signature begins where the wrapper does (Go's `type`, C++'s `template`)."""
    every: bool = False
    """Every way along `name` leads to a symbol (Java's `int a, b`); such a path has no "a*"."""
    rest: bool = False
    """Lends its name to all that follows it (a namespace of C# without braces)."""
    fits: str = ""
    """A pattern, as of file names, that the name must fit."""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    """Path → what must stand there (Ruby's attr_reader is only a call)."""
    name_types: tuple[str, ...] = ()
    """Node types that may stand at the end of `name`; empty: any."""
    name_leaf: tuple[str, ...] = ()
    """The name is the first descendant of one of these types below the end of `name` (generic types, pointers)."""
    inside: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Kind of the nearest enclosing definition → kind of this one."""
    outside: tuple[str, ...] = ()
    """Not a definition where the nearest enclosing one is of these kinds, unless its value gives it a kind."""
    valued: bool = False
    """Only a definition where its value gives it a kind (JavaScript's `exports.total = function () {}`)."""
    depth: int = 0
    """Only a definition within less than so many others, and only the first of its name; for data. 0: anywhere."""
    whole: bool = False
    """Dots in the name do not divide it (headings, keys)."""
    most: int = 0
    """So many of a file at most; 0: all."""
    needs: str = ""
    """A field that must be there, or a node type that must lie on the way to the name."""
    bars: tuple[str, ...] = ()
    """Node types that must not lie on the way to the name."""
    lifted: bool = False
    """Belongs to what encloses the enclosing definition (a constructor's parameter that is also an attribute)."""
    nested: tuple[str, ...] = ()
    """Where `within` says where definitions stand: one of these must be read in the body for any to stand there."""
    value: str = ""
    by_value: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Node type of `value` → kind."""
    owner: str = ""
    owner_types: tuple[str, ...] = ()
    """Where a method names its type itself (Go's receiver): the field, and the type of the name within it."""
    hidden: bool = False
    """Only lends its name to what lies inside (Rust's impl)."""
    plain: bool = field(init=False, default=False)
    """The name is a field of the node, and nothing else has to hold."""
    nested_words: tuple[bytes, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        more = self.every or self.when or self.fits or self.needs or self.bars or self.name_leaf or "/" in self.node
        object.__setattr__(self, "plain", self.name.isidentifier() and not more)
        object.__setattr__(self, "nested_words", tuple(word.encode() for word in self.nested))


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Regular expressions that find in one pass what the grammar finds with care; `scan.py` uses them.

    Each begins with `^`, which stands for the start of a line, and is compiled when first asked for. It is compiled
    with a newline in that place, because a search for a literal byte is some eight times as fast as one for `^`.
    """

    definitions: tuple[str, ...] = ()
    """One group: the name."""
    imports: tuple[str, ...] = ()
    """One group, the module or path as written, or two: the module, and the text of the imported names; where the names
    come first, the groups are called `names` and `module`."""
    near: tuple[str, ...] = ()
    """As `imports`, for statements that look beside the file without saying `./` (Ruby's require_relative)."""

    @cached_property
    def definition(self) -> re.Pattern[bytes] | None:
        """All definitions in one: whichever group matched holds the name. None where there are none."""
        return _compiled("|".join(pattern[1:] for pattern in self.definitions)) if self.definitions else None

    @cached_property
    def statements(self) -> tuple[tuple[re.Pattern[bytes], bool], ...]:
        """The patterns of `imports` and `near`, and whether each is of `near`."""
        far = [(_compiled(pattern[1:]), False) for pattern in self.imports]
        return (*far, *((_compiled(pattern[1:]), True) for pattern in self.near))


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How names of modules lead to files; `modules.py` follows it. "/" and "\\" always divide a name into parts."""

    separators: tuple[str, ...] = ()
    index: tuple[str, ...] = ()
    """Stems of files that stand for their folder."""
    folder: bool = False
    """A module may be a folder with everything in it."""
    roots: tuple[str, ...] = ()
    """Folders that a module's name leaves out, together with what is above them."""
    relative: Relative = ""
    beside: bool = False
    """A name without `./` is looked for beside the file as well, or above the package that the file is in."""
    drop: tuple[str, ...] = ()
    """First parts that only mean "this project"."""
    lead: int = 0
    """How many first parts may stand for no folder (PHP's vendor, C#'s company)."""
    hosts: tuple[str, ...] = ()
    """Names begin with a host and a project (Go); at these hosts with host, owner and project."""
    tail: int = 0
    """How many last parts may name something inside of a file."""
    also: tuple[str, ...] = ()
    """Other languages whose files can be imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRows:
    """Where names stand, for `bindings.py`: node types with fields. What definitions name is known already."""

    binds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Makes a variable of what stands in one of these fields; no field: in any place."""
    patterns: frozenset[str] = frozenset()
    """May stand between such a field and the names."""
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """A name that is looked up in something else."""
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The field of what is called, and the field of the arguments."""
    signatures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The field of the name, and the field of the parameters."""
    names: tuple[str, ...] = ()
    """Node types that are names too, besides the table's references."""
    by_path: bool = False
    """The last part of an imported path is the name by which it is used (Go)."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """One table. Its `digest` changes with any change of the table, so caches can be keyed by it.

    Not slotted: what stands below the first header of the table is read when first asked for, because most questions
    are about few languages and which of them a file belongs to stands above.
    """

    name: str
    extensions: tuple[str, ...]
    files: tuple[str, ...]
    shebangs: tuple[str, ...]
    claims: tuple[str, ...]
    """Extensions of another language that are of this one where the text says so (C++'s `.h`)."""
    claimed_by: str
    """A regular expression, searched with `^` at every line, that decides it."""
    module: str
    function: str
    comments: tuple[str, ...]
    comment_start: str
    doc: DocStyle
    doc_skips: tuple[str, ...]
    imports: tuple[str, ...]
    references: tuple[str, ...]
    wrappers: tuple[str, ...]
    within: frozenset[str]
    """Node types that, besides definitions, definitions may stand in. Empty: all of them; to be told where, as in
    Python, is a third of the time."""
    holders: frozenset[str]
    """Node types whose first child alone may be a definition."""
    tests: tuple[str, ...]
    macros: bool
    """A bare word may stand anywhere, by which the grammar stumbles though the compiler does not."""
    trusted: bool
    """Whether what the grammar calls an error is one. Not where files hold templates or dialects, or grammars lag."""
    table: str = field(repr=False)

    @cached_property
    def digest(self) -> str:
        return sha256(self.table.encode()).hexdigest()[:16]

    @cached_property
    def _whole(self) -> dict[str, Any]:
        return tomllib.loads(self.table)

    @cached_property
    def definitions(self) -> Mapping[str, tuple[Definition, ...]]:
        """Rows by node type; of several the first that finds a name counts."""
        return _definitions(self._whole["definitions"])

    @cached_property
    def scan(self) -> Scan:
        return Scan(**_tuples(self._whole.get("scan", {})))

    @cached_property
    def bindings(self) -> BindingRows:
        rows = self._whole.get("bindings", {})
        fields = {
            key: {node: tuple(named) for node, named in rows.get(key, {}).items()}
            for key in ("binds", "members", "calls", "signatures")
        }
        return BindingRows(
            **fields,
            patterns=frozenset(rows.get("patterns", ())),
            names=tuple(rows.get("names", ())),
            by_path=rows.get("by_path", False),
        )

    @cached_property
    def modules(self) -> Naming:
        return Naming(**_tuples(self._whole.get("modules", {})))


@cache
def languages() -> Mapping[str, Language]:
    """All tables by name, read once."""
    # By path: importlib.resources imports what unpacks archives, which takes as long as reading the tables does.
    tables = sorted(Path(__file__).with_name("languages").glob("*.toml"))
    read = [_language(entry.read_bytes()) for entry in tables]
    return MappingProxyType({language.name: language for language in read})


def language_of(path: str) -> str:
    """The language's name by file name or extension; "" where none is known.

    >>> language_of("a/b.py"), language_of("notes.txt")
    ('python', '')
    """
    return _by_name(path.rsplit("/", 1)[-1])


def language_in(path: str, text: str | bytes) -> str:
    """The same of a file that has been read: what it begins with may tell more than its path.

    >>> language_in("bin/tool", "#!/usr/bin/env -S python3 -u"), language_in("cart.h", "class Cart {};")
    ('python', 'cpp')
    """
    found = language_of(path)
    if found and found not in _claims():
        return found
    some = text[: HEAD if found else _LINE]
    head = some if isinstance(some, str) else some.decode("utf-8", "replace")
    if not found:
        line = head.split("\n", 1)[0]
        return _lookups()[2].get(_interpreter(line), "") if line.startswith("#!") else ""
    extension = path[path.rfind(".") :].lower()
    return next((name for name, ends, says in _claims()[found] if extension in ends and says.search(head)), found)


def may_be(language: str) -> tuple[str, ...]:
    """The languages that files may turn out to be in, by their text, whose paths say this one."""
    return (language, *(name for name, _, _ in _claims().get(language, ())))


@cache
def _claims() -> Mapping[str, tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]]:
    """By language those that claim some of its files: name, extensions, and what the text has to say."""
    found: dict[str, tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]] = {}
    for language in languages().values():
        for other in {_lookups()[1][extension] for extension in language.claims}:
            says = re.compile(language.claimed_by, re.MULTILINE)
            found[other] = (*found.get(other, ()), (language.name, language.claims, says))
    return MappingProxyType(found)


@lru_cache(maxsize=1 << 15)
def _by_name(name: str) -> str:
    by_file, by_extension, _ = _lookups()
    if name in by_file:
        return by_file[name]
    dot = name.rfind(".")
    return by_extension.get(name[dot:].lower(), "") if dot >= 0 else ""


@cache
def has_grammar(name: str) -> bool:
    """Whether the language's grammar is installed; without it files are text that has no outline. Loads nothing."""
    return find_spec(languages()[name].module) is not None


def without_grammar() -> tuple[str, ...]:
    """Languages that are known by name only."""
    return tuple(name for name in languages() if not has_grammar(name))


def is_test_file(path: str) -> bool:
    """Whether the path fits a test pattern of its language (of any language, where its own is unknown)."""
    folder, _, name = path.rpartition("/")
    language = language_of(path)
    return _is_test_folder(language, folder) or bool(_test_name(language).match(name))


@lru_cache(maxsize=1 << 14)
def _is_test_folder(language: str, folder: str) -> bool:
    """A pattern that ends in "/" names a folder anywhere above the file."""
    above = f"/{folder}/"
    patterns = [pattern for pattern in _test_patterns(language) if pattern.endswith("/")]
    plain = any(f"/{pattern}" in above for pattern in patterns if "*" not in pattern)
    return plain or any(
        fnmatchcase(part, pattern[:-1]) for pattern in patterns if "*" in pattern for part in folder.split("/")
    )


@cache
def _test_name(language: str) -> re.Pattern[str]:
    """Any other is about the file's own name."""
    names = [translate(pattern) for pattern in _test_patterns(language) if not pattern.endswith("/")]
    return re.compile("|".join(names) or r"(?!)")


def _test_patterns(language: str) -> tuple[str, ...]:
    return languages()[language].tests if language else _TEST_FOLDERS


_TEST_FOLDERS = ("tests/", "test/", "__tests__/", "spec/", "testdata/")


def _interpreter(line: str) -> str:
    words = line[2:].split()
    names = [word.rsplit("/", 1)[-1] for word in words if not word.startswith("-") and "=" not in word]
    if names and names[0] == "env":
        del names[0]
    return names[0].rstrip("0123456789.") or names[0] if names else ""


@cache
def _lookups() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    by_file: dict[str, str] = {}
    by_extension: dict[str, str] = {}
    by_shebang: dict[str, str] = {}
    for language in languages().values():
        by_file |= dict.fromkeys(language.files, language.name)
        by_extension |= dict.fromkeys(language.extensions, language.name)
        by_shebang |= dict.fromkeys(language.shebangs, language.name)
    return by_file, by_extension, by_shebang


def _language(data: bytes) -> Language:
    table = data.decode()
    # What comes before the first header are the table's own keys, by TOML's grammar.
    head: dict[str, Any] = tomllib.loads(table.partition("\n[")[0])
    return Language(
        name=head["name"],
        extensions=tuple(head["extensions"]),
        files=tuple(head["files"]),
        shebangs=tuple(head["shebangs"]),
        claims=tuple(head.get("claims", ())),
        claimed_by=head.get("claimed_by", ""),
        module=head["grammar"]["module"],
        function=head["grammar"]["function"],
        comments=tuple(head["comments"]),
        comment_start=head["comment_start"],
        doc=head["doc"],
        doc_skips=tuple(head.get("doc_skips", ())),
        imports=tuple(head["imports"]),
        references=tuple(head["references"]),
        wrappers=tuple(head["wrappers"]),
        within=frozenset(head.get("within", ())),
        holders=frozenset(head.get("holders", ())),
        tests=tuple(head["tests"]),
        macros=head.get("macros", False),
        trusted=head.get("trusted", True),
        table=table,
    )


def _definitions(table: dict[str, Any]) -> Mapping[str, tuple[Definition, ...]]:
    rows: dict[str, tuple[Definition, ...]] = {}
    for key, values in table.items():
        made = (Definition(node=key, **_tuples(row)) for row in (values if isinstance(values, list) else [values]))
        kind = key.rpartition("/")[2]
        rows[kind] = (*rows.get(kind, ()), *made)
    return MappingProxyType(rows)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(rb"\n(?:" + pattern.encode("ascii") + rb")", re.MULTILINE)
