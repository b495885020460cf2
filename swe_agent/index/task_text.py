"""What a task's text says about code: its words with their weights, names, paths, modules, frames of tracebacks, error
messages."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from swe_agent.index.words import NAME, STOP, terms_in

MAX_TEXT = 60_000
"""More of a task's text is a log, and is not read."""
MAX_PATH, MAX_NAME, MAX_ERRORS = 300, 80, 12
MAX_WEIGHT = 3.0
TITLE_WEIGHT = 2.0
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_CALLED = re.compile(r"\b([A-Za-z_]\w{2,})\s*\(")
_DOTTED = re.compile(r"(?<![\w/])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)")
_SCOPED = re.compile(r"(?<![\w/])([A-Za-z_]\w*(?:(?:::|#|->|\\)[A-Za-z_]\w*)+)")
_CAPITAL = re.compile(r"\b([A-Z][a-z]+)\b")
_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z][a-z]+[A-Z]")
_WORD = re.compile(r"[\w.@~+/\\-]{3,}")
_FILE_NAME = re.compile(r"(?:^|/)[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,9}$|(?:^|/)\.\w[\w.-]*$")
_FRAMES = (
    re.compile(r'File "([^"\n]+)", line (\d+)(?:, in (\S+))?'),  # Python
    re.compile(
        r"(?m)^[ \t]*(?:-->[ \t]*)?([\w./\\<>@:+~-]+\.[A-Za-z]\w{0,4}):(\d+)(?::\d+)?(?::? in (\w+))?"
    ),  # pytest, compilers
    re.compile(r"(?m)^[ \t]*at (?:[^\n(]*\()?([^()\s:]+\.[A-Za-z]\w{0,4}):(\d+)"),  # V8, JVM, .NET
    re.compile(r"(?m)^[ \t]*(?:from |#\d+ )?([\w./-]+\.(?:rb|php|go|rs|c|cc|cpp|h))[:(](\d+)"),  # Ruby, PHP, Go, Rust
)
_VERSIONS = re.compile(
    r"(?ims)^[#*\s]*(?:versions?|system info(?:rmation)?|environment|output of .{0,40}|configuration|platform.{0,12})\b"
    r"[^\n]{0,40}\n(?:(?![#*]{2}).*?)(?=^#{1,4} |^\*\*|\Z)"
)
_FORM = re.compile(
    r"(?i)^\s*(?:Description|\(last modified by .*\)|#+ *(?:description|bug report|steps.*|expected.*|actual.*))\s*$"
)
_ERROR = re.compile(
    r"(?m)^[ \t>E]{0,8}(?:[\w.$]{1,80}[.$])?[A-Z]\w{0,60}(?:Error|Exception|Warning|Failure)\b"
    r"(?: ?\[[^\]\n]{0,40}\])?: (.{8,300})"
)
_VALUES = re.compile(r"""'[^'\n]*'|"[^"\n]*"|`[^`\n]*`|<[^>\n]*>|\[[^\]\n]*\]|\S*\d\S*""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Of a traceback. `depth` is 0 for the innermost one."""

    path: str
    line: int
    function: str
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskText:
    text: str
    title: str
    weights: dict[str, float]
    """Of each term: min(3, 1 + ln tf), and 2 more for each time the title says it."""
    names: dict[str, float]
    """Identifiers, with how sure it is that they are some: quoted in code most, capitalised words least."""
    paths: tuple[str, ...]
    dotted: tuple[str, ...]
    """Names with parts, the parts divided by dots whatever the language writes."""
    frames: tuple[Frame, ...]
    errors: tuple[str, ...]
    """Parts of error messages, as some program spells them."""
    title_weights: dict[str, float] = field(default_factory=dict)
    title_names: dict[str, float] = field(default_factory=dict)


def read_task(text: str) -> TaskText:
    text = _without_noise(text)[:MAX_TEXT]
    title = text.split("\n", 1)[0]
    names = _names(text, title)
    said = set(NAME.findall(title))
    weights = {term: min(MAX_WEIGHT, 1 + math.log(times)) for term, times in terms_in(text).items()}
    for term, times in terms_in(title).items():
        weights[term] += TITLE_WEIGHT * times
    return TaskText(
        text=text,
        title=title,
        weights=weights,
        names=names,
        title_weights=dict.fromkeys(terms_in(title), 1.0),
        title_names={name: weight for name, weight in names.items() if name in said and weight >= 1.5},
        paths=tuple(dict.fromkeys(_paths(text))),
        dotted=tuple(dict.fromkeys(_dotted(text))),
        frames=_frames(text),
        errors=_errors(text),
    )


def code_names(text: str) -> set[str]:
    """Words that are written as code: quoted, called, in snake or camel case, with dots."""
    return {name for name, weight in _names(text, "").items() if weight >= 1.0}


def _without_noise(text: str) -> str:
    """Without what issue forms bring along: comments to the reporter, and tables of versions."""
    text = _without_comments(text)
    return "\n".join(line for line in _VERSIONS.sub("", text).split("\n") if not _FORM.match(line)).strip() or text


def _without_comments(text: str) -> str:
    """Without `<!-- … -->`; by hand, for a pattern would look for an end after each beginning."""
    parts = []
    at = 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin)) >= 0:
        parts.append(text[at:begin])
        at = end + 3
    return "".join([*parts, text[at:]])


def _paths(text: str) -> Iterator[str]:
    """Words that end like a file's name."""
    for word in _WORD.findall(text):
        path = word[:MAX_PATH].replace("\\", "/").rstrip("./").removeprefix("./")
        if _FILE_NAME.search(path[-MAX_NAME:]):
            yield path


def _dotted(text: str) -> list[str]:
    found = [match for match in _DOTTED.findall(text)]
    return found + [re.sub(r"::|#|->|\\", ".", match) for match in _SCOPED.findall(text)]


def _names(text: str, title: str) -> dict[str, float]:
    names: dict[str, float] = {}
    for name, weight in _claims(text):
        if len(name) > 2 and name.lower() not in STOP:
            names[name] = max(names.get(name, 0.0), weight)
    for name in NAME.findall(title):
        if name in names:
            names[name] += 1.5
        elif name[0].isupper() and len(name) > 2 and name.lower() not in STOP:
            names[name] = 0.7
    for name in _CAPITAL.findall(text):
        if len(name) > 2 and name.lower() not in STOP:
            names.setdefault(name, 0.3)
    return names


def _claims(text: str) -> Iterator[tuple[str, float]]:
    """Words that are written as code, with how sure that makes it."""
    for name in NAME.findall(text):
        if "_" in name.strip("_") or _CAMEL.search(name):
            yield name, 1.0
    for name in _CALLED.findall(text):
        yield name, 1.0
    for span in _CODE_SPAN.findall(text):
        for name in NAME.findall(span):
            yield name, 1.5
    for dotted in _dotted(text):
        for name in dotted.split("."):
            yield name, 1.0


def _frames(text: str) -> tuple[Frame, ...]:
    found: dict[tuple[int, int], tuple[int, str, int, str]] = {}
    for pattern in _FRAMES:
        for match in pattern.finditer(text):
            function = (match[3] or "") if pattern.groups > 2 else ""
            found.setdefault(match.span(2), (match.start(), match[1].replace("\\", "/"), int(match[2][:9]), function))
    ordered = sorted(found.values())
    # Python names the innermost call last; what others print is rarely longer than a screen, and named from within.
    inner_last = 'File "' in text
    count = len(ordered)
    return tuple(
        Frame(path=path, line=line, function=function, depth=count - 1 - number if inner_last else number)
        for number, (_, path, line, function) in enumerate(ordered)
    )


def _errors(text: str) -> tuple[str, ...]:
    """What is left of messages without the values that a program puts into them."""
    found: dict[str, None] = {}
    for message in _ERROR.findall(text):
        for part in _VALUES.split(message):
            words = part.strip(" .,:;()\r\t")
            if len(words) >= 10 and " " in words:
                found[words] = None
    return tuple(found)[:MAX_ERRORS]
