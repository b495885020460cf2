"""The ignore rules of a tree as one list of patterns, so that an agent's edits of `.gitignore` cannot hide files.

Git reads `.gitignore` from the work tree, which here belongs to the agent. The rules that count are those of the base
commit, and the user's own `info/exclude`; written as one file they can be given to `git ls-files --exclude-from`.
"""

from collections.abc import Iterator, Mapping

from sandbox import tree as trees

# Made by tools, wanted by no one: left out of a result even where a repository forgot to ignore them.
CACHES = frozenset(
    {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".coverage"}
)


def combined(rules: Mapping[str, bytes], exclude: bytes = b"") -> bytes:
    """One pattern file for `rules` (content of each `.gitignore` by its path). The last match wins, as in git:
    deeper files come later, `exclude` first.

    >>> combined({"a/.gitignore": b"*.o\\n!/keep.o\\n"})
    b'/a/**/*.o\\n!/a/keep.o\\n'
    """
    parts = [exclude if exclude.endswith(b"\n") or not exclude else exclude + b"\n"]
    for path in sorted(rules, key=lambda path: (path.count("/"), path)):
        directory = path.rpartition("/")[0]
        if "\n" not in directory:
            parts += [line + b"\n" for line in _lines(rules[path], directory)]
    return b"".join(parts)


def _lines(content: bytes, directory: str) -> Iterator[bytes]:
    base = b"".join(b"\\" + bytes([c]) if c in b"\\*?[" else bytes([c]) for c in trees.raw(directory))
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        line = line.removesuffix(b"\r")
        pattern = line.removeprefix(b"!")
        if not pattern.strip() or line.startswith(b"#"):
            continue
        if not directory:
            yield line
            continue
        anchored = b"/" in pattern.rstrip(b" ").removesuffix(b"/")
        place = b"/" + base + b"/" + (b"" if anchored else b"**/") + pattern.removeprefix(b"/")
        yield (b"!" if line.startswith(b"!") else b"") + place


def cache_above(path: str) -> str | None:
    """The cache directory (or file) that `path` lies in, if any.

    >>> cache_above("a/__pycache__/b.pyc")
    'a/__pycache__/'
    """
    parts = path.split("/")
    for depth, part in enumerate(parts):
        if part in CACHES:
            return "/".join(parts[: depth + 1]) + ("/" if depth + 1 < len(parts) else "")
    return None
