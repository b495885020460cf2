"""Who wrote which line: questions to the walk through history, which is brought up to date first."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields
from hashlib import blake2s
from typing import Any

from swe_agent.core.diff import is_binary
from swe_agent.core.errors import UsageError
from swe_agent.core.evidence import LineOrigin, Lives
from swe_agent.jobs.git_ai import PREFIX as GIT_AI
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.known import Known, known
from swe_agent.jobs.line_walk import VERSION, LineWalk, Told, told_of
from swe_agent.metrics.attribution.book import Book
from swe_agent.metrics.attribution.census import Flow, Kin, People, lives
from swe_agent.metrics.attribution.change import rows, text
from swe_agent.metrics.attribution.labels import AI, EDITED, NUMBER, Origin, bare, evidence_line
from swe_agent.metrics.attribution.state import State
from swe_agent.metrics.attribution.times import SLACK_S, seconds
from swe_agent.metrics.excluded import excluded
from swe_agent.repo import history
from swe_agent.repo.attributes import said_to_be_made
from swe_agent.repo.blobs import blobs
from swe_agent.repo.commits import commit_of
from swe_agent.store.database import transaction
from swe_agent.store.line_labels import LineLabels, SavedOrigin, opened
from swe_agent.store.lines import locked
from swe_agent.syntax.language import language_of

CONFIDENCE = {"content": 0.999, "content elsewhere": 0.99, "edited": 0.95, "git-ai": 0.86}
"""The share of lines that were right, of those that were found so: `benchmarks/attribution.py`, random histories. What
git-ai's notes say was right in 86 % of the lines of such histories, in a model of that tool (docs/attribution.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineBook:
    """`lives` are those of the default branch, of which `commit` is the newest. `adopted_at` is where the records
    begin: UTC, ISO 8601; empty where nothing is recorded. `notes` are things that a reader has to know."""

    lives: tuple[Lives, ...]
    commit: str
    measured_at: str
    adopted_at: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blamed:
    """A file at a commit, line by line; the text is as in the file, without line ends."""

    path: str
    lines: tuple[str, ...]
    origins: tuple[LineOrigin, ...]


def line_book(kit: Kit) -> LineBook:
    """What became of all lines of the default branch. Nothing where there is no commit yet."""
    tip = default_tip(kit)
    at = kit.time.clock().isoformat(timespec="seconds")
    if tip is None:
        return LineBook(lives=(), commit="", measured_at=at, adopted_at="", notes=("there is no commit yet",))
    with _files(kit) as files:
        files.bring_up_lives(tip)
        return _book(kit, files.saved, tip, at)


def remembered(kit: Kit, question: str, make: Callable[[LineBook], str]) -> tuple[str, LineBook]:
    """What `make` says of the book: asked again only where the question or the lines are others than at the last time.
    The book that is given back comes without its lives, which take longest to read."""
    tip = default_tip(kit)
    if tip is None:
        book = line_book(kit)
        return make(book), book
    at = kit.time.clock().isoformat(timespec="seconds")
    with _files(kit) as files:
        asked = f"{files.bring_up_lives(tip)} {question}\n"
        book = _book(kit, files.saved, tip, at, lives=False)
        answer = files.saved.meta("answer")
        if not answer.startswith(asked):
            answer = asked + make(_book(kit, files.saved, tip, at))
            with transaction(files.saved.db):
                files.saved.set_meta("answer", answer)
        return answer.removeprefix(asked), book


def _book(kit: Kit, saved: LineLabels, tip: str, at: str, *, lives: bool = True) -> LineBook:
    return LineBook(
        lives=tuple(map(_life, saved.lives())) if lives else (),
        commit=tip,
        measured_at=at,
        adopted_at=saved.meta("adopted at"),
        notes=_notes(kit, saved),
    )


_LIFE = tuple(field.name for field in fields(Lives))


def _life(row: Sequence[Any]) -> Lives:
    return Lives(**dict(zip(_LIFE, row, strict=True)))


def _lives(saved: LineLabels, told: Told) -> tuple[Lives, ...]:
    origins = [Origin(one.id, one.language, one.kind) for one in saved.origins()]  # type: ignore[arg-type]  # as written
    people = People(told.book, origins, saved.times(), language_of)
    kins = ((f, Kin(bool(f.is_ai), f.number, bool(f.edited))) for f in saved.flows())
    return lives((Flow(f.seq, kin, f.cause, f.lines) for f, kin in kins), people)  # type: ignore[arg-type]  # as written


def _notes(kit: Kit, saved: LineLabels) -> tuple[str, ...]:
    notes = []
    if not saved.meta("adopted at"):
        notes.append("no accepted work is recorded here, so every line is unknown")
    if (damaged := saved.meta("damaged")) not in ("", "0"):
        notes.append(f"{damaged} recordings are damaged and were passed over")
    if kit.place.checkout.shallow:
        notes.append("this clone is shallow: lines that are older than what it holds are unknown")
    return tuple(notes)


def blame(kit: Kit, revision: str = "HEAD", paths: Sequence[str] = ()) -> Iterator[Blamed]:
    """The files of a commit, all of them where no path is named; those that have no lines are left out. UsageError for
    a revision or a path that is not there."""
    git = kit.place.git
    commit = commit_of(git, revision)
    if commit is None:
        raise UsageError(f"there is no commit {revision}", hint="`git log` shows what there is")
    tree = history.tree(git, commit) or {}
    wanted = _wanted(tree, paths, revision)
    with _files(kit) as files:
        tip = default_tip(kit) or commit
        walk = files.bring_up(tip)
        if commit != tip:
            walk = files.walk()
            state = walk.state_at(commit, keep=False)
        else:
            state = files.state_of_tip()
        book, new = files.told().book, walk.walker.found if walk else {}
        for first in range(0, len(wanted), 256):
            some = wanted[first : first + 256]
            texts = blobs(git, [tree[path] for path in some])
            for path in some:
                lines = _lines(texts.get(tree[path], b""))
                if lines is None:
                    continue
                file = state.get(path)
                labels = list(file.labels) if file is not None and file.labels is not None else []
                labels = (labels + [0] * len(lines))[: len(lines)]
                found = files.saved.found({bare(label) for label in labels if label & AI}) | new
                numbers = {label & NUMBER for label in labels if label and not label & AI}
                origins = files.saved.origin_ids(numbers) | (walk.new_origins(numbers) if walk else {})
                yield Blamed(path, tuple(lines), tuple(_origin(label, book, found, origins) for label in labels))


def labels_of(kit: Kit, commits: Iterable[str]) -> dict[str, dict[str, list[tuple[str, int, int]]]]:
    """Of commits that the default branch is made of, the lines that are an agent's: by path the block's id, and the
    first and the last line, from 1. Commits without any are left out."""
    tip = default_tip(kit)
    if tip is None:
        return {}
    found: dict[str, dict[str, list[tuple[str, int, int]]]] = {}
    with _files(kit) as files:
        files.bring_up(tip)
        ids = [id_ for id_, _ in files.saved.blocks()]
        for commit in commits:
            for note in files.saved.notes(commit):
                if not note.edited:
                    rows = found.setdefault(commit, {}).setdefault(note.path, [])
                    rows.append((ids[note.block], note.first, note.last))
    return found


def default_tip(kit: Kit) -> str | None:
    """The newest commit of the default branch: of the local one that is called as the remote's, else of where HEAD is;
    None where there is no commit."""
    git = kit.place.git
    name = git.text("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD", check=False)
    branch = name.removeprefix("origin/")
    for one in (f"refs/heads/{branch}", f"refs/remotes/{name}") if branch else ():
        if (found := commit_of(git, one)) is not None:
            return found
    return commit_of(git, "HEAD")


# ---- the files of the walk


@dataclass
class _Files:
    kit: Kit
    saved: LineLabels
    known: Known
    _told: Told | None = None
    _times: dict[str, int] = field(default_factory=dict)

    def told(self) -> Told:
        if self._told is None:
            told = told_of(self.known.evidence, self.known.keys, self.saved.blocks())
            if told is None:  # something was forgotten: what was made of it goes, too
                with transaction(self.saved.db):
                    self.saved.clear()
                told = told_of(self.known.evidence, self.known.keys, ())
            assert told is not None, "an empty order is the beginning of any"
            self._told = told
        return self._told

    def bring_up(self, tip: str) -> LineWalk | None:
        """Walk on to the newest commit, with all that is recorded by now. None where there was nothing to do."""
        upto = f"{VERSION} {tip} {self.known.digest}"
        if self.saved.meta("walked") == upto:
            return None
        told = self.told()
        with transaction(self.saved.db):
            counts = _counts(self.kit, tip)
            version = f"{VERSION} {counts.digest} {' '.join(sorted(told.unread))}"
            if self.saved.meta("version") != version:
                self.saved.clear()
                self.saved.set_meta("version", version)
            self._take_up(told)
            walk = LineWalk(self.kit.place.git, self.saved, told, language_of, counts)
            walk.progress = self.kit.voices.progress
            with _nothing_collected():
                walk.state_at(tip, keep=True)
            self.saved.set_meta("walked", upto)
        self.kit.voices.progress("")
        return walk

    def bring_up_lives(self, tip: str) -> str:
        """Have the lives of all lines up to the newest commit; of what they were made."""
        upto = f"{tip} {self.known.digest}"
        if self.saved.meta("lives of") != upto:
            self.bring_up(tip)
            told = self.told()
            found = _lives(self.saved, told)
            with transaction(self.saved.db):
                self.saved.set_lives(astuple(one) for one in found)
                self.saved.set_meta("adopted at", min((block.told.at for block in told.book.blocks), default=""))
                self.saved.set_meta("damaged", str(len(self.known.damaged)))
                self.saved.set_meta("lives of", upto)
        return upto

    def walk(self) -> LineWalk:
        return LineWalk(self.kit.place.git, self.saved, self.told(), language_of, lambda _: False)

    def state_of_tip(self) -> State:
        return self.walk().saved_state(self.saved.tip()[0])

    def _take_up(self, told: Told) -> None:
        """Go back to where evidence that is new may explain something."""
        known = len(self.saved.blocks())
        new = told.book.blocks[known:]
        if not new:
            return
        tip, _ = self.saved.tip()
        if tip >= 0:
            back = min(self._back(block.told.base, block.told.at) for block in new)
            if back < max(0, self.saved.oldest_kept()):
                self.saved.clear()
                known, new = 0, told.book.blocks
            elif back < tip:
                self.saved.forget_after(back)
        self.saved.add_blocks(known, [(block.told.id, block.size) for block in new])

    def _back(self, base: str, at: str) -> int:
        """The place of the last kept commit that work on top of `base` cannot have come in with."""
        if not base:
            return -1
        seq = self.saved.seq_of(base)
        if seq is not None:
            return seq
        if base not in self._times:
            self._times[base] = history.times(self.kit.place.git, [base]).get(base, seconds(at))
        return self.saved.last_before(self._times[base] - SLACK_S)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A walk makes millions of small objects and no circles of them; looking for circles takes a tenth of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _files(kit: Kit) -> Iterator[_Files]:
    """One process at a time: who comes second finds done what the first one did."""
    paths = kit.place.paths
    with locked(paths.lines.with_suffix(".lock")), opened(paths.lines) as saved:
        yield _Files(kit, saved, known(kit))


@dataclass(frozen=True, slots=True)
class _Counts:
    """Whether a file's lines stand in figures. `digest` changes where the answers may."""

    said: Mapping[str, bool]
    digest: str
    _known: dict[str, bool] = field(default_factory=dict)

    def __call__(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = not excluded((path,), self.said)
        return known


def _counts(kit: Kit, tip: str) -> _Counts:
    """By the newest commit's files: what the project says of one today holds for all its past."""
    git, top = kit.place.git, kit.place.checkout.top
    pattern = ("--name-only", "-z", "-e", "linguist-", tip, "--", ":(top,glob)**/.gitattributes")
    if not git.run("grep", *pattern, check=False):
        return _Counts({}, "")
    said = said_to_be_made(git, top, history.tree(git, tip) or {})
    digest = blake2s(repr(sorted(said.items())).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return _Counts(said, digest)


# ---- answers


def _wanted(tree: Mapping[str, str], paths: Sequence[str], revision: str) -> list[str]:
    found: list[str] = []
    for path in paths:
        name = path.removeprefix("./").rstrip("/")
        inside = [one for one in tree if name in ("", ".") or one == name or one.startswith(name + "/")]
        if not inside:
            raise UsageError(
                f"there is no file {path} in {revision}", hint="paths are those from the top of the project"
            )
        found += inside
    return list(dict.fromkeys(found)) if paths else list(tree)


def _lines(data: bytes) -> list[str] | None:
    """None for what git would call binary."""
    return None if is_binary(data) else [text(row) for row in rows(data)]


def _origin(
    label: int, book: Book, found: Mapping[int, tuple[str, str]], origins: Mapping[int, SavedOrigin]
) -> LineOrigin:
    if not label & AI:
        origin = origins.get(label & NUMBER)
        if origin is None or not origin.id:
            return LineOrigin(kind="unknown")
        return LineOrigin(kind="human" if origin.kind == "human" else "unknown", commit=origin.id)
    block, _ = book.block_of(evidence_line(label))
    commit, via = found.get(bare(label), ("", "content elsewhere"))
    if block.told.id.startswith(GIT_AI) and not label & EDITED:
        via = "git-ai"
    return LineOrigin(
        kind="ai_edited" if label & EDITED else "ai",
        via=via,
        confidence=CONFIDENCE[via],
        commit=commit,
        block=block.told.id,
        session=block.told.session,
        model=block.told.model,
    )
