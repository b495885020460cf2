"""The names that files and folders of a tree go by in imports: from the top, from each root, and by their ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from swe_agent.syntax.language import Naming

Parts = tuple[str, ...]


class Names:
    """The names that files (or folders) go by. Most imports ask for a few of them, so that the names of a file are made
    when its last part is first asked for."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[Parts, str, Naming]]] = {}
        self._added: set[str] = set()
        self._exact: dict[str, list[str]] = defaultdict(list)
        """Path without extension → paths."""
        self._rooted: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """As seen from the top or from a root → the folder above that root, and the path."""
        self._tails: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """Last part, and last two parts → whole name and path."""

    def add(self, parts: Parts, target: str, rules: Naming) -> None:
        # What stands for its folder may end in any of the folders above: `shop/src/index.ts` is `shop`.
        ends = {"", *parts} if parts[-1:] and parts[-1] in rules.index else parts[-1:] or ("",)
        for end in ends:
            self._waiting.setdefault(end, []).append((parts, target, rules))

    def any_ends(self, part: str) -> bool:
        return part in self._waiting

    def exact(self, parts: Parts) -> Sequence[str]:
        return self._exact.get("/".join(parts), ()) if self._any(parts) else ()

    def rooted(self, parts: Parts) -> Sequence[tuple[str, str]]:
        return self._rooted.get("/".join(parts), ()) if self._any(parts) else ()

    def tails(self, parts: Parts) -> Sequence[tuple[str, str]]:
        return self._tails.get("/".join(parts[-2:]), ()) if self._any(parts) else ()

    def _any(self, parts: Parts) -> bool:
        """Whether any name may end so; those that do are made."""
        waiting = self._waiting.get(parts[-1] if parts else "")
        if waiting is None:
            return False
        for own, target, rules in waiting:
            if target not in self._added:
                self._added.add(target)
                self._make(own, target, rules)
        waiting.clear()
        return True

    def _make(self, parts: Parts, target: str, rules: Naming) -> None:
        for each in {parts, collapsed(parts, rules)}:
            self._exact["/".join(each)].append(target)
        seen = list(dict.fromkeys(_seen(parts, rules)))
        for above, below in seen:
            self._rooted["/".join(below)].append(("/".join(above), target))
        for whole in {(*above, *below) for above, below in seen}:
            for tail in {whole[-1:], whole[-2:]} - {()}:
                self._tails["/".join(tail)].append(("/".join(whole), target))


def _seen(parts: Parts, rules: Naming) -> Iterator[tuple[Parts, Parts]]:
    """What a file is called from the top and from each root, and the folder above that root."""
    yield (), collapsed(parts, rules)
    for root in _roots(rules.roots):
        for above, below in _cut(parts, root):
            yield above, collapsed(below, rules)
            # `packages/shop/src/cart.ts` is `shop/cart` from `packages`.
            for inner in _roots(rules.roots):
                for higher, lower in _cut(below, inner):
                    yield above, collapsed((*higher, *lower), rules)


def _cut(parts: Parts, root: Parts) -> Iterator[tuple[Parts, Parts]]:
    """What is above and below the first place of a root in a path."""
    if root[0] in parts[:-1]:
        at = parts.index(root[0])
        if parts[at : at + len(root)] == root and len(parts) > at + len(root):
            yield parts[:at], parts[at + len(root) :]


def collapsed(parts: Parts, rules: Naming) -> Parts:
    return parts[:-1] if parts and parts[-1] in rules.index else parts


@lru_cache(maxsize=1 << 14)
def split(text: str, separators: Parts) -> Parts:
    for separator in separators:
        text = text.replace(separator, "/")
    return tuple(part for part in folded(text).split("/") if part)


def folded(text: str) -> str:
    """Rust's and Python's packages are imported with "_" where their folders may be written with "-"."""
    return text.replace("-", "_")


@cache
def _roots(roots: Sequence[str]) -> tuple[Parts, ...]:
    return tuple(tuple(folded(root).split("/")) for root in roots)
