"""A page read back by a parser that is not ours, and proposals to make pages of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from swe_agent.core.diff import FileChange, FileEntry, diff_file, split_lines
from swe_agent.core.plan import Plan
from swe_agent.core.proposal import HazardNote, Proposal, Provenance, Snapshot
from swe_agent.core.task import Task
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import Verdict

VOID = ("meta",)
ENDS: Mapping[str, tuple[str, ...]] = {
    "td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr"), "tbody": ("td", "th", "tr", "tbody"),
}  # fmt: skip
"""Elements whose end tags may be left out before the start of another, and before the end of what they are in."""
OLD, NEW = FileEntry(mode="100644", id="old"), FileEntry(mode="100644", id="new")


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    def all(self, name: str = "", class_: str = "") -> Iterator[Element]:
        """This element and those below it, of a name and a class where they are given."""
        if name in ("", self.name) and (not class_ or class_ in self.attributes.get("class", "").split()):
            yield self
        for one in self.inside:
            if isinstance(one, Element):
                yield from one.all(name, class_)

    def one(self, name: str, class_: str = "") -> Element:
        (found,) = self.all(name, class_)
        return found

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Element("", {})
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        self._end(ENDS.get(tag, ()))
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("table", "thead"):
            self._end(ENDS["tbody"])
        assert self._open.pop().name == tag

    def _end(self, names: Sequence[str]) -> None:
        while self._open[-1].name in names:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    handle_pi = handle_comment

    def end(self) -> Element:
        self.close()
        assert self._open == [self.top]
        return self.top


def read(page: str) -> Element:
    """The page as a tree. Every element is closed, in order, but those that need not be."""
    page.encode("utf-8")
    reader = _Reader()
    reader.feed(page)
    return reader.end()


def changed(path: str, old: str, new: str) -> tuple[FileChange, Sequence[str]]:
    """A change of a file, and the lines before it."""
    before, after = (text.encode("utf-8", "surrogateescape") for text in (old, new))
    return diff_file(path, OLD, NEW, before, after), split_lines(before)


def proposal(*changes: FileChange, text: str = "fix: it", summary: str = "", verdict: Verdict | None = None,
             plan: Plan | None = None, hazards: Sequence[HazardNote] = (), model: str = "m") -> Proposal:  # fmt: skip
    return Proposal(
        id="job-1",
        task=Task(text=text),
        snapshot=Snapshot(commit="c", tree="t", head="h" * 40, branch="main", dirty=False),
        tree="h",
        changes=changes,
        verdict=verdict or Verdict(note="no tests"),
        provenance=Provenance(engine="model", model=model, prompt_version="1", edit_format="e", task_kind="fix"),
        spent=Spent(),
        plan=plan,
        summary=summary,
        hazards=tuple(hazards),
    )
