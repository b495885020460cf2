"""Who calls a definition: mentions of its name at the head that can mean nothing else.

A line alone does not tell what a name means. So a mention counts where what it says is plain: in the file of the
definition, in what imports it from there by name, in what names its module or class right before it, in the package of
a language whose packages share their names. What may come from elsewhere is no caller here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from swe_agent.core.source import Symbol
from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.diff_index import FileDiff
from swe_agent.review.signals.definitions import Changed, Definitions, called
from swe_agent.review.signals.grammar import ALSO
from swe_agent.syntax import bindings
from swe_agent.syntax.language import language_of, languages
from swe_agent.syntax.made_paths import is_generated, is_vendored
from swe_agent.syntax.scopes import read_scopes

_SCRIPT = ("javascript", "typescript")
_INDEX = ("__init__", "index", "mod", "lib", "main")
_STRINGS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`")
_PROSE = re.compile(r"(?:^|[^\w.])(?:[A-Za-z][a-z]+ ){2}[a-z]+\b")
_KEYWORDS = re.compile(
    r"\b(?:if|else|elif|not|in|is|for|and|or|return|await|async|new|const|let|var|import|from|as|def|class|yield|raise"
    r"|throw|func|fn|pub|use|type|static|final|public|private|protected|export|default|with|while|try|case|match|void"
    r"|mut|impl|where|lambda|del|assert|instanceof|typeof|of|extends|implements|function|go|defer|range|struct)\b"
)
_PYTHON_IMPORT = re.compile(r"^\s*from\s+(\.*[\w.]*)\s+import\s+(.*)")
_SCRIPT_IMPORT = re.compile(
    r"^\s*(?:import|export)\b(.*)\bfrom\s*[\"']([^\"']+)[\"']|\{(.*)\}\s*=\s*require\([\"']([^\"']+)"
)
_OPENS = re.compile(r"\s*from\s+\.*[\w.]+\s+import\s*\(\s*$")
_CLOSES = re.compile(r"\s*\}\s*from\s*[\"']")
_FAR = 60
"""Lines of an import of many names, at most."""
_ALL = re.compile(r"^\s*(?:export\s*\*|pub use .*::\*|import\s+\.\s|\.\s+\")", re.MULTILINE)
"""What gives a file all names of another one."""
_LONE = re.compile(r"^\s*(?:type\s+)?\w+(?:\s+as\s+\w+)?\s*,?\s*(?:#.*|//.*)?$")
"""A name on a line of its own, as in an import of many."""


def callers(change: Reviewed, one: Changed) -> list[Mention]:
    """Empty where another definition may be meant, or where the name is bound in another way."""
    symbol, file = one.symbol, one.file
    name = called(symbol)
    found = change.once(Definitions).mentions.get(name, ())
    kin = [mention for mention in found if _is_kin(file.path, mention.path)]
    if one.new is None and _is_bound(change, file, name):
        return []
    here = (symbol.span.start, symbol.span.end) if one.new is None else (one.new.span.start, one.new.span.end)
    rest = [
        mention
        for mention in kin
        if one.new is None or not (mention.path == file.new and here[0] <= mention.line <= _head(one.new))
    ]
    makers = {mention.path for mention in rest if defines(mention, name)}
    if any(_is_in_the_way(one, name, path) for path in makers):
        return []
    rows = [mention for mention in rest if mention.path not in makers]
    return [
        mention
        for path, group in groupby(rows, key=_path)
        for mention in _meant(change, one, path, name, list(group))
        if is_code(change, mention, name)
    ]


def _is_in_the_way(one: Changed, name: str, path: str) -> bool:
    """Whether another definition there may be meant by files that mean this one: of a method any, of what is imported
    by module one in the same file, in Go and Java one in the same folder."""
    if one.symbol.language not in BY_MODULE or ("." in one.symbol.qualified and name == one.symbol.name):
        return True
    beside = path.rpartition("/")[0] == one.file.path.rpartition("/")[0]
    return path in (one.file.old, one.file.new) or (beside and one.symbol.language in ("go", "java"))


BY_MODULE = ("python", "javascript", "typescript", "tsx", "go", "java", "rust")


def _meant(change: Reviewed, one: Changed, path: str, name: str, rows: Sequence[Mention]) -> Iterator[Mention]:
    symbol, file = one.symbol, one.file
    language = ALSO.get(symbol.language, symbol.language)
    owner = symbol.qualified.split(".")[-2] if "." in symbol.qualified and name == symbol.name else ""
    is_own = path in (file.new, file.old)
    imported = _imports(change, file, language, name, rows) if not is_own and not owner else False
    if imported is None:
        return
    for mention in rows:
        before = _before(mention.text, name)
        if owner:
            if _is_of_class(change, one, owner, before, is_own, mention):
                yield mention
        elif is_own:
            if not before.endswith((".", "->", "::")):
                yield mention
        elif imported or _is_qualified(file, language, path, before, name):
            yield mention


def _is_of_class(change: Reviewed, one: Changed, owner: str, before: str, is_own: bool, mention: Mention) -> bool:
    """A method on its own class, where that inherits from nothing; by the class's name; or, in the same file or by a
    name that says much, where the change has changed other callers."""
    if re.search(rf"\b{re.escape(owner)}(?:\(\))?(?:\.|::|->)$", before):
        return True
    is_bare = not before.endswith((".", "->", "::"))
    if is_bare and one.symbol.language not in BARE:
        return False
    is_updated = _is_updated(change, one)
    if is_own and (is_bare or re.search(r"\b(?:self|cls|this|Self|\w)(?:\.|->|::)$", before)):
        symbols = change.once(Definitions).around(mention.path)
        around = [one for one in symbols if one.kind in CLASSES and mention.line in one.span]
        inner = around[-1] if around else None
        own = inner is not None and inner.name == owner
        return (own and (is_updated or not _inherits(inner))) or (inner is None and is_updated)
    return not is_bare and is_updated and _says_much(one.symbol.name)


BARE = ("java", "c-sharp", "kotlin")
"""Languages in which a method calls another of its class by the name alone."""
CLASSES = ("class", "struct", "interface", "trait", "object")


def _inherits(symbol: Symbol | None) -> bool:
    if symbol is None:
        return True
    said = symbol.signature.partition(symbol.name)[2]
    return bool(re.search(r"\((?!\s*(?:object)?\s*\))|\bextends\b|\bimplements\b|:", said))


def _is_updated(change: Reviewed, one: Changed) -> bool:
    """Whether lines that went call it, besides those of the definition itself."""
    if one.symbol.name not in change.once(Definitions).went:
        return False
    name = re.compile(rf"(?:\.|->|::){re.escape(one.symbol.name)}\b")
    inside = one.old.span if one.old is not None else ()
    return any(
        name.search(row.text)
        for file in change.written
        for row in file.changed("left")
        if not (file.old == one.file.old and row.old in inside)
    )


def _says_much(name: str) -> bool:
    bare = name.strip("_")
    return len(bare) >= 10 and ("_" in bare or re.search(r"[a-z][A-Z]", bare) is not None)


def _imports(change: Reviewed, file: FileDiff, language: str, name: str, rows: Sequence[Mention]) -> bool | None:
    """Whether a file imports the name from this one; None where it imports it from elsewhere."""
    stems = _stems(file)
    is_imported = False
    for mention in rows:
        said = _imported_from(language, mention.text, name)
        if said is None or not is_code(change, mention, name):
            continue
        if _last(said) not in stems:
            return None
        is_imported = True
    if is_imported or language not in ("python", *_SCRIPT):
        return is_imported
    lone = next((one for one in rows if _LONE.match(one.text) and is_code(change, one, name)), None)
    return _imports_below(change, language, stems, lone) if lone is not None else False


def _imports_below(change: Reviewed, language: str, stems: Sequence[str], lone: Mention) -> bool | None:
    """An import over several lines: the module stands some lines above (Python) or below."""
    data = change.lines("right", lone.path) or change.around.lines(lone.path)
    is_python = language == "python"
    near = data[max(0, lone.line - _FAR) : lone.line - 1] if is_python else data[lone.line : lone.line + _FAR - 1]
    opens = _OPENS if is_python else _CLOSES
    if any(opens.match(text) and any(re.search(rf"\b{re.escape(stem)}\b", text) for stem in stems) for text in near):
        return True
    return None


def _imported_from(language: str, text: str, name: str) -> str | None:
    """The module of an import of the name on this line, if it is one."""
    if language == "python":
        match = _PYTHON_IMPORT.match(text)
        if match and re.search(rf"\b{re.escape(name)}\b(?!\s*=)", match[2]):
            return match[1]
    elif language in _SCRIPT:
        match = _SCRIPT_IMPORT.search(text)
        if match and re.search(rf"\b{re.escape(name)}\b", match[1] or match[3] or ""):
            return match[2] or match[4]
    elif language == "java":
        match = re.match(r"^\s*import\s+(?:static\s+)?([\w.]+)\s*;", text)
        if match and match[1].endswith(f".{name}"):
            return match[1].removesuffix(f".{name}")
    elif language == "rust":
        match = re.search(rf"\buse\s+([\w:]+)::(?:\{{[^}}]*\b{name}\b[^}}]*\}}|{name}\b)", text)
        return match[1] if match else None
    return None


def _stems(file: FileDiff) -> tuple[str, ...]:
    """What a module is called by, that lies there: the file, or its folder where the file stands for it."""
    found = []
    for path in dict.fromkeys(path for path in (file.old, file.new) if path):
        *folders, base = path.split("/")
        stem = base.partition(".")[0]
        found += [stem, *(folders[-1:] if stem in _INDEX or path.endswith((".java", ".go")) else ())]
    return tuple(found)


def _last(module: str) -> str:
    parts = [part for part in re.split(r"[./:\\]+", re.sub(r"\.(?:[cm]?[jt]sx?)$", "", module)) if part]
    return parts[-1] if parts else ""


def _is_qualified(file: FileDiff, language: str, path: str, before: str, name: str) -> bool:
    """`module.name`; and in Go and Java, where a package shares its names, the bare name in the same folder."""
    folder = file.path.rpartition("/")[0]
    is_bare = not before.endswith((".", "->", "::"))
    if language == "go":
        package = folder.rpartition("/")[2]
        beside = path.rpartition("/")[0] == folder
        return (beside and is_bare) or bool(package and re.search(rf"\b{re.escape(package)}\.$", before))
    if language == "java":
        return path.rpartition("/")[0] == folder and is_bare and name[:1].isupper()
    if language in ("python", "rust"):
        return any(re.search(rf"(?<![\w.]){re.escape(stem)}(?:\.|::)$", before) for stem in _stems(file) if stem)
    return False


def _before(text: str, name: str) -> str:
    match = re.search(rf"\b{re.escape(name)}\b", text)
    return text[: match.start()].rstrip() if match else ""


def defines(mention: Mention, name: str) -> bool:
    """Whether the line makes the name anew: a definition, an assignment, an alias."""
    language = languages().get(language_of(mention.path))
    if language is not None and (pattern := language.scan.definition) is not None:
        match = pattern.search(f"\n{mention.text}".encode("utf-8", "surrogateescape"))
        if match and name.encode() in [group for group in match.groups() if group]:
            return True
    said = re.escape(name)
    return bool(
        re.search(rf"\bas\s+{said}\b(?!\s*\()|\b(?:def|class|fn|func|function|const|let|var|type|struct)\s+{said}\b"
                  rf"|^\s*(?:(?:self|this)\.)?{said}\s*(?::[^=:]*)?(?:=(?!=)|:=)|^\s*func\s*\([^)]*\)\s*{said}\b",
                  mention.text)
    )  # fmt: skip


def is_code(change: Reviewed, mention: Mention, name: str) -> bool:
    """Whether the name stands in code there, and in neither a comment nor a string."""
    if is_generated(mention.path) or is_vendored(mention.path):
        return False
    parsed = change.once(Definitions).tree_of(mention.path)
    if parsed is not None:
        at = re.search(rf"\b{re.escape(name)}\b", mention.text)
        column = len(mention.text[: at.start()].encode("utf-8", "surrogateescape")) if at else 0
        node = parsed.root.descendant_for_point_range((mention.line - 1, column), (mention.line - 1, column + 1))
        kinds = ("comment", "string", "template", "text", "doc")
        return node is not None and not any(word in node.type for word in kinds)
    language = languages().get(language_of(mention.path))
    if language is None:
        return False
    bare = _STRINGS.sub("''", mention.text)
    for mark in dict.fromkeys((language.comment_start, "/*", "* ")):
        if mark and (mark != "* " or bare.lstrip().startswith("* ")):
            bare = bare.partition(mark)[0]
    is_there = re.search(rf"\b{re.escape(name)}\b", bare) is not None
    return is_there and not _PROSE.search(_KEYWORDS.sub("=", bare)) and not bare.lstrip().startswith(">>>")


def _is_bound(change: Reviewed, file: FileDiff, name: str) -> bool:
    """Whether the file that lost the definition has the name from elsewhere: an import, a parameter, a variable."""
    if file.new is None or ("right", file.new) not in change.contents:
        return False
    if language_of(file.new) == "python":
        names = read_scopes(file.new, change.text("right", file.new)).names
        return names is None or name in names
    text = change.text("right", file.new)
    if _ALL.search(text):
        return True
    if name not in text:
        return False
    found = bindings.mentions(file.new, text, [(1, text.count("\n") + 2)])
    return any(one.name == name for one in found.definitions)


def _is_kin(path: str, other: str) -> bool:
    ours, theirs = (ALSO.get(language_of(one), language_of(one)) for one in (path, other))
    return ours == theirs or (ours in _SCRIPT and theirs in _SCRIPT)


def _head(symbol: Symbol) -> int:
    """The last line of a definition's own head, as far as it is known: its first lines."""
    return min(symbol.span.end, symbol.span.start + 12)


def _path(mention: Mention) -> str:
    return mention.path


def told(mentions: Iterable[Mention], most: int = 5) -> str:
    """Places, in Markdown."""
    rows = list(mentions)
    said = ", ".join(f"`{one.path}:{one.line}`" for one in rows[:most])
    return said + (f" and {len(rows) - most} more" if len(rows) > most else "")
