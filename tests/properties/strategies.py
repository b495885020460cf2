"""What Hypothesis draws from: files of every awkward kind, and events made from the dataclasses' own type hints."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from swe_agent.core.diff import FileEntry

PIECES = ("a", "b", "c", "x = 1", "", " ", "\t", "\x0c", "\r", "\x85", "\u2028", "é", "\udce9", "}", "same", "same")
"""Line contents: form feeds, a lone CR, Unicode line ends, Latin-1 bytes, and enough repeats to make matching hard."""

words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.integers(0xDC80, 0xDCFF).map(chr), max_size=8
)
"""Text as our programs hold it: UTF-8 with surrogate escapes."""

lines = st.builds(str.__add__, st.sampled_from(PIECES), st.sampled_from(["\n", "\n", "\n", "\r\n"]))


@st.composite
def texts(draw: st.DrawFn, max_lines: int = 8) -> bytes:
    """A text file: perhaps empty, with a BOM, with CRLF, or without a final newline."""
    text = "".join(draw(st.lists(lines, max_size=max_lines)))
    text += draw(st.sampled_from(["", "", "tail", "tail\r"]))
    bom = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))
    return bom + text.encode("utf-8", "surrogateescape")


@st.composite
def edited(draw: st.DrawFn, data: bytes) -> bytes:
    """A later state of the same file: a few lines taken out, put in or changed."""
    parts = data.split(b"\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(parts)))
        until = min(len(parts), at + draw(st.integers(0, 2)))
        new = draw(st.lists(st.sampled_from([b"a", b"b", b"new", b"same", b"new\r", b"\xff"]), max_size=2))
        parts[at:until] = new
    return b"\n".join(parts)


binaries = st.binary(max_size=12).map(lambda data: b"\0" + data)
MODES = ("100644", "100755")


@st.composite
def images(draw: st.DrawFn, earlier: tuple[str, bytes] | None = None) -> tuple[str, bytes] | None:
    """A file as (mode, bytes), or None for no file; with `earlier`, often a small change of it."""
    kind = draw(st.sampled_from(["text", "text", "text", "text", "none", "binary", "link"]))
    if kind == "none":
        return None
    if kind == "link":
        return "120000", draw(st.sampled_from([b"a", b"../b", b"nowhere"]))
    mode = draw(st.sampled_from(MODES))
    if kind == "binary":
        return mode, draw(binaries)
    if earlier is not None and earlier[0] in MODES and b"\0" not in earlier[1]:
        return mode, draw(edited(earlier[1]))
    return mode, draw(texts())


@st.composite
def file_pairs(draw: st.DrawFn) -> tuple[tuple[str, bytes] | None, tuple[str, bytes] | None]:
    """A file before and after, not missing on both sides."""
    old = draw(images())
    new = draw(images(old))
    if old is None and new is None:
        new = ("100644", draw(texts()))
    return old, new


@st.composite
def text_pairs(draw: st.DrawFn) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """A text file before and after."""
    old = draw(texts())
    return (draw(st.sampled_from(MODES)), old), (draw(st.sampled_from(MODES)), draw(edited(old)))


Image = tuple[str, bytes]
Tree = Mapping[str, Image]
PATHS = (
    "a.py",
    "b",
    "b/below",
    "d/x.py",
    "d/y z",
    "d/e/f",
    "é",
    'q"uote',
    "tab\tname",
    "\udce9",
    "-",
    ".gitattributes",
)
"""Names that git quotes, and `b/below`, for which `b` has to be a folder."""
LONG = tuple(b"line %d\n" % n for n in range(9))
SUBMODULES = tuple(("160000", digit * 40) for digit in (b"1", b"2"))
"""Pointers, with the id of a commit that is nowhere."""


@st.composite
def long_texts(draw: st.DrawFn) -> bytes:
    """Of enough lines for git to know the file again after it was moved and edited."""
    first = draw(st.sampled_from([b"one\n", b"two\n", b"* text=auto eol=crlf\n", b"\xff\xfe\n"]))
    end = draw(st.sampled_from([b"", b"", b"end", b"end\n"]))
    text = first + b"".join(draw(st.permutations(LONG))) + end
    return text.replace(b"\n", b"\r\n") if draw(st.integers(0, 4)) == 0 else text


@st.composite
def tree_pairs(draw: st.DrawFn, *, submodules: bool = False) -> tuple[dict[str, Image], dict[str, Image]]:
    """Two trees with several files: edited, moved, copied, made, gone, of another mode or kind."""
    plain = st.tuples(st.sampled_from(MODES), long_texts() | texts() | binaries)
    links = st.sampled_from([("120000", b"a.py"), ("120000", b"../out")])
    any_image = st.one_of(plain, plain, plain, links, *([st.sampled_from(SUBMODULES)] if submodules else []))
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=5, unique=True))
    base = _one_kind({path: draw(any_image) for path in paths})
    head = dict(base)
    for path, (mode, data) in base.items():
        what = draw(st.sampled_from(["keep", "edit", "edit", "mode", "move", "move", "copy", "gone", "other"]))
        to = draw(st.sampled_from(PATHS)) if what in ("move", "copy") else path
        if what in ("move", "gone"):
            head.pop(path, None)
        if what in ("edit", "mode", "move", "copy"):
            changed = draw(edited(data)) if mode in MODES and draw(st.booleans()) else data
            head[to] = (draw(st.sampled_from(MODES)) if mode in MODES and what != "edit" else mode, changed)
        elif what == "other":
            head[path] = draw(any_image)
    for path in draw(st.lists(st.sampled_from(PATHS), max_size=2)):
        head.setdefault(path, draw(any_image))
    return base, _one_kind(head)


def _one_kind(tree: dict[str, Image]) -> dict[str, Image]:
    """No path is both a file and a folder."""
    return {path: image for path, image in tree.items() if not any(other.startswith(f"{path}/") for other in tree)}


def entry_of(image: tuple[str, bytes] | None, id_: str) -> FileEntry | None:
    return FileEntry(mode=image[0], id=id_) if image else None


@cache
def of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type hint, dataclasses and unions included: a new field or event is drawn without a change here."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return st.one_of([of(member) for member in get_args(hint)])
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{f.name: of(hints[f.name]) for f in fields(hint)})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if origin is Literal:
        return st.sampled_from(get_args(hint))
    if origin is tuple:
        args = get_args(hint)
        if len(args) == 2 and args[1] is Ellipsis:
            return st.lists(of(args[0]), max_size=2).map(tuple)
        return st.tuples(*(of(arg) for arg in args))
    if origin is not None and issubclass(origin, Mapping):
        key, value = get_args(hint)
        return st.dictionaries(of(key), of(value), max_size=2)
    return _SIMPLE[hint]


_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: words,
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
}
