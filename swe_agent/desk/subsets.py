"""A subset of a change as files: their texts, which block each line came from, and what is wrong with just this subset.

Each text is parsed once, however many subsets it is part of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from swe_agent.core.companion import SubsetFault
from swe_agent.core.diff import GITLINK, Block, FileChange, place, splice
from swe_agent.desk.desk import Chosen
from swe_agent.desk.texts import Texts
from swe_agent.syntax.language import language_of, languages
from swe_agent.syntax.modules import Modules
from swe_agent.syntax.parse import faults, new_faults
from swe_agent.syntax.scan import scan_imports
from swe_agent.syntax.scopes import Scopes, read_scopes


class Subsets:
    """The subsets of one change."""

    def __init__(self, changes: Sequence[FileChange], texts: Texts) -> None:
        self.changes = tuple(changes)
        self.texts = texts
        self.blocks = {block.id: block for change in changes for block in change.blocks}
        # Of two files of one name, one moved away and one made in its place, the second has it.
        self._by_path = {change.moved_from: change for change in changes if change.moved_from}
        self._by_path |= {change.path: change for change in changes}
        self._scopes: dict[tuple[str, bytes], Scopes] = {}
        self._imports: dict[tuple[str, bytes], tuple[tuple[str, tuple[str, ...]], ...]] = {}
        self._own: dict[tuple[str, bytes], tuple[SubsetFault, ...]] = {}

    def home(self, path: str) -> str:
        """The path of the change that a file is of; a moved one has two names."""
        return self._by_path[path].path

    def is_moved(self, path: str) -> bool:
        return bool(self._by_path[path].moved_from)

    def text(self, path: str, chosen: Chosen) -> bytes | None:
        """The file in this subset; None where it does not exist, and nothing for links and submodules."""
        change = self._by_path[path]
        done = splice(change, self.texts.base.get(change.path, b""), self.texts.head.get(change.path, b""), chosen)
        if done is None:
            return None
        return b"" if done.mode in ("120000", GITLINK) else done.data

    def block_at(self, path: str, line: int, chosen: Chosen) -> Block | None:
        """The block whose lines, taken or not, stand at a line of the subset's text, counted from 1."""
        return next((block for block, start, end in self.places(path, chosen) if start <= line < end), None)

    def places(self, path: str, chosen: Chosen) -> Iterator[tuple[Block, int, int]]:
        """Blocks with their lines in the subset's text: the first, counted from 1, and the one after the last."""
        shift = 0
        for block in self._by_path[path].blocks:
            if block.kind == "lines":
                lines = block.removed
                if block.id in chosen:
                    replaced = chosen[block.id]
                    lines = block.added if replaced is None else tuple(replaced)
                start = block.base_start + shift + 1
                yield block, start, start + len(lines)
                shift += len(lines) - len(block.removed)

    def faults(self, chosen: Chosen) -> tuple[SubsetFault, ...]:
        """What is wrong with this subset and with neither end, in order."""
        texts = {
            path: self.text(path, chosen) if path == place(change, chosen) else None
            for path, change in self._by_path.items()
        }
        found = [fault for path, data in texts.items() for fault in self.faults_in(path, data)]
        return tuple(sorted({*found, *self._import_faults(texts)}))

    def faults_in(self, path: str, data: bytes | None) -> tuple[SubsetFault, ...]:
        """What is wrong with one file by itself."""
        home = self.home(path)
        ends = self.texts.base.get(home, b""), self.texts.head.get(home, b"")
        if not data or data in ends or not language_of(path):
            return ()
        if (path, data) not in self._own:
            self._own[path, data] = tuple(self._judge(path, data, ends))
        return self._own[path, data]

    def _judge(self, path: str, data: bytes, ends: tuple[bytes, bytes]) -> Iterator[SubsetFault]:
        broken = self._broken(path, data, ends)
        if broken is not None:
            yield SubsetFault(path=path, line=broken[0], kind="syntax", what=broken[1])
            return
        now = self.scopes(path, data).faults
        if not now:
            return
        known = [Counter((f.kind, f.name) for f in self.scopes(path, end).faults) for end in ends]
        allowed = known[0] | known[1]
        for fault in now:
            allowed[fault.kind, fault.name] -= 1
            if allowed[fault.kind, fault.name] < 0:
                yield SubsetFault(path=path, line=fault.line, kind=fault.kind, what=fault.name)

    def _broken(self, path: str, data: bytes, ends: tuple[bytes, bytes]) -> tuple[int, str] | None:
        text, *was = (each.decode("utf-8", "surrogateescape") for each in (data, *ends))
        if language_of(path) != "python" and not faults(path, text):
            return None
        found = None
        for end in was:
            found = new_faults(path, end, text)
            if not found:
                return None
        return (found[0].line, found[0].near) if found else None

    def scopes(self, path: str, data: bytes) -> Scopes:
        if (path, data) not in self._scopes:
            self._scopes[path, data] = read_scopes(path, data)
        return self._scopes[path, data]

    # imports between files of the change

    @cached_property
    def _modules(self) -> Modules:
        return Modules(self._by_path)

    def _imported(self, path: str, data: bytes | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not data:
            return ()
        if (path, data) not in self._imports:
            self._imports[path, data] = scan_imports(language_of(path), data)
        return self._imports[path, data]

    def _import_faults(self, texts: Mapping[str, bytes | None]) -> Iterator[SubsetFault]:
        """Imports, in one file of the change, of what another lacks in this subset though not at either end."""
        if len(texts) < 2:
            return
        ends = [
            {
                path: self.texts.base.get(c.path, b"") if c.old and path == (c.moved_from or path) else None
                for path, c in self._by_path.items()
            },
            {
                path: self.texts.head.get(c.path, b"") if c.new and path == c.path else None
                for path, c in self._by_path.items()
            },
        ]
        for path, data in texts.items():
            missing = set(self._missing(path, data, texts))
            for end in ends if missing else ():
                missing -= set(self._missing(path, end[path], end))
            for module, name in sorted(missing):
                word = name or module.rpartition("/")[2].partition(".")[0]
                yield SubsetFault(
                    path=path, line=_line_of(word, data or b""), kind="undefined", what=name, module=module
                )

    def _missing(self, path: str, data: bytes | None, texts: Mapping[str, bytes | None]) -> Iterator[tuple[str, str]]:
        language = language_of(path)
        if not language or languages()[language].modules.folder:
            return
        for module, names in self._imported(path, data):
            files = self._modules.resolve(path, module, names)
            if files and all(texts[file] is None for file in files):
                yield files[0], ""
            elif language == "python" and names:
                targets = [file for file in self._modules.resolve(path, module) if file != path]
                if len(targets) == 1 and (there := texts[targets[0]]) is not None:
                    yield from self._names_missing(path, module, names, targets[0], there)

    def _names_missing(
        self, path: str, module: str, names: Sequence[str], target: str, there: bytes
    ) -> Iterator[tuple[str, str]]:
        has = self.scopes(target, there).names
        if has is None or not target.endswith(".py"):
            return
        dot = "" if module.endswith(".") else "."
        lost = [name for name in names if name not in has]
        ends = (self.texts.base, self.texts.head) if lost else ()
        home = self.home(target)
        known = frozenset().union(*(self.scopes(target, end.get(home, b"")).names or () for end in ends))
        for name in lost:
            if name in known and not self._modules.resolve(path, f"{module}{dot}{name}"):
                yield target, name


def _line_of(name: str, data: bytes) -> int:
    """The first line that has this word, counted from 1."""
    at = data.find(name.encode("utf-8", "surrogateescape"))
    return data.count(b"\n", 0, max(at, 0)) + 1
