"""What we write into our own posts for our next run: hidden at the end of a summary and of each comment.

Of a summary it says which head was reviewed, against which base, what each file's patch was then, and what people have
dismissed; of a comment, which finding it is. A marker counts only in a post of our own account, which the caller sees
to, and only at the very end: what stands above may be a model's words.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from swe_agent.review.diff_index import DiffIndex, FileDiff
from swe_agent.review.findings import fingerprint
from swe_agent.review.identity import Made

VERSION = 1
MOST_LETTERS = 24_000
"""Of a summary's marker: platforms take about 65,000 for all of it. Files beyond that are looked at anew."""
MOST_BYTES = 4_000_000
_SUMMARY = re.compile(r"<!-- swe-agent:v(\d+) ([A-Za-z0-9_=-]*) -->\s*\Z")
_COMMENT = re.compile(r"<!-- swe-agent:f(\d+) ([A-Za-z0-9_=-]*) -->\s*\Z")
_SIGN = re.compile(r"[0-9a-f]{4,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What was reviewed before. `patches` by path, of files that a model has looked at; one whose patch is still the
    same it need not be asked about again."""

    base: str
    head: str
    patches: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    """A sum over what the summary said, by which it is seen that nothing has to be written."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Comments that the platform did not take at their lines, by fingerprint, and why: they are not tried again as long
    as base and head are the same."""


def patch_ids(index: DiffIndex) -> dict[str, str]:
    """By path: what a file's change is, wherever its lines stand. The same after a rebase that did not touch it."""
    return {file.path: _patch_id(file) for file in index.files}


def _patch_id(file: FileDiff) -> str:
    rows = (line for hunk in file.hunks for line in hunk.body.split(b"\n") if line[:1] in (b"+", b"-"))
    text = b"\n".join(rows).decode("utf-8", "surrogateescape")
    return fingerprint(f"{file.old}\0{file.new}", f"{file.status} {file.is_binary}", text)[:12]


def mark_summary(former: Former) -> str:
    patches = dict(former.patches)
    refused = {"refused": dict(former.refused)} if former.refused else {}
    while True:
        body = {"base": former.base, "head": former.head, "patches": patches, "said": former.said, **refused}
        text = _packed(body)
        if len(text) <= MOST_LETTERS or not patches:
            return f"<!-- swe-agent:v{VERSION} {text} -->"
        patches = dict(list(patches.items())[: len(patches) // 2])


def mark_comment(made: Made) -> str:
    body = {"f": made.fingerprint, "r": made.rule, "c": made.category, "s": made.symbol, "m": int(made.is_from_model)}
    body |= {"l": " ".join(made.signs)} if made.signs else {}
    body |= {"n": made.last - made.first} if made.last > made.first else {}
    return f"<!-- swe-agent:f{VERSION} {_packed(body)} -->"


def of_summary(text: str) -> Former | None:
    """None for what bears no marker of ours, or one that is damaged or from a newer version."""
    body = _body(_SUMMARY, text)
    if body is None:
        return None
    base, head, patches, said = (body.get(name) for name in ("base", "head", "patches", "said"))
    if not (isinstance(base, str) and isinstance(head, str) and isinstance(patches, dict) and isinstance(said, str)):
        return None
    refused = body.get("refused", {})
    if not isinstance(refused, dict) or not all(isinstance(one, str) for one in (*patches.values(), *refused.values())):
        return None
    return Former(base=base, head=head, patches=patches, said=said, refused=refused)


def is_summary(text: str) -> bool:
    """Whether it bears a marker of a summary, of whatever version: then it is the one that is kept up to date."""
    return _SUMMARY.search(text) is not None


def of_comment(text: str, path: str, side: str, line: int) -> Made | None:
    """`path`, `side` and the last line as the platform tells them now; 0 for one that is not there any more."""
    body = _body(_COMMENT, text)
    sign = body.get("f") if body is not None else None
    if body is None or not isinstance(sign, str) or not _SIGN.fullmatch(sign):
        return None
    category, symbol, rule, signs, more = (body.get(name) for name in "csrln")
    return Made(
        fingerprint=sign,
        path=path,
        rule=rule if isinstance(rule, str) else "",
        category=category if isinstance(category, str) else "",
        symbol=symbol if isinstance(symbol, str) else "",
        side=side,
        first=max(line - more, 1) if line and isinstance(more, int) else line,
        last=line,
        is_from_model=body.get("m") == 1,
        signs=tuple(signs.split()) if isinstance(signs, str) else (),
    )


def _packed(body: object) -> str:
    data = json.dumps(body, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode()


def _body(pattern: re.Pattern[str], text: str) -> dict[str, object] | None:
    found = pattern.search(text)
    if found is None or found[1] != str(VERSION):
        return None
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.urlsafe_b64decode(found[2]), MOST_BYTES)
        body = json.loads(data)
    except (ValueError, zlib.error, RecursionError):
        return None
    return body if isinstance(body, dict) else None
