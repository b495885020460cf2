"""A patch that somebody has already: git itself puts it onto the snapshot's tree, in an index of the box, so that all
that git writes into a patch arrives: binary files, modes, moves, copies, links, submodules, mails in a row."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.errors import GitFailed
from swe_agent.core.diff import GITLINK, FileChange
from swe_agent.core.errors import AnswerIsNo
from swe_agent.core.event import ReplyTaken, TaskEnded, Warned
from swe_agent.core.naming import named
from swe_agent.core.task import Written
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.jobs.commits import propose_tree
from swe_agent.jobs.job import Job
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.prepare import take_snapshot
from swe_agent.repo import snapshot as snapshots
from swe_agent.repo.patches import Piece, ids_named, is_cut, lacks_context, left_out, message_of, pieces, strip_of
from swe_agent.syntax.faults import new_faults
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.translate import translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a mail or a commit says of its patch; empty for a patch alone."""

    text: str = ""
    author: str = ""
    cover: bool = False
    """Of the letter before several mails."""

    @property
    def subject(self) -> str:
        return self.text.partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What git made of it."""

    tree: str
    messages: tuple[Message, ...]
    merged: bool
    """One of the patches is of other versions of its files, and git has merged it with them."""
    altered: bool
    """A file came out as another one than the patch names: somebody has edited the patch, or cut it between hunks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchFits:
    """What a patch would change."""

    changes: tuple[FileChange, ...]
    messages: tuple[Message, ...]

    @property
    def title(self) -> str:
        """The task, as the mails tell it; the first line names all of it."""
        told = [message for message in self.messages if message.text]
        if not told:
            return f"apply a patch: {named([change.path for change in self.changes], 1)}"
        texts = [f"{one.text}\n\nFrom: {one.author}" if one.author else one.text for one in told]
        if len(told) == 1 or told[0].cover:
            return "\n\n".join(texts)
        return "\n\n".join([f"{len(told)} patches: {'; '.join(one.subject for one in told)}", *texts])


def judge(kit: Kit, data: bytes, *, parsing: bool = False) -> PatchFits | Refused:
    """What git would make of a patch on the user's tree as it is now, in a box that is gone afterwards. With `parsing`,
    a change that brings a syntax error is refused."""
    with _box_for_a_while(kit) as box:
        tree = snapshots.take(kit.place.git, kit.place.checkout, box).tree
        taken = put_onto(box, tree, data)
        if isinstance(taken, Refused):
            return taken
        changes = box.changes(tree, taken.tree)
        refused = _faulty(box, changes) if parsing else None
        return refused or PatchFits(changes=changes, messages=taken.messages)


def propose_patch(job: Job, recorded: ReplyTaken) -> TaskEnded:
    """From the recorded patch to a proposal, as for two commits."""
    box = job.box()
    snapshot = take_snapshot(job, box)
    taken = put_onto(box, snapshot.tree, recorded.text.encode("utf-8", "surrogateescape"))
    if isinstance(taken, Refused):
        raise AnswerIsNo(f"the patch is not applied ({taken.reason}): {taken.summary}", hint=taken.details)
    if taken.merged:
        said = "the patch was made for other versions of these files; git has merged it with yours"
        job.emit(Warned(message=said, hint="read its blocks as they are now"))
    if taken.altered:
        said = "a file comes out as another one than the patch names: it was edited by hand, or ends too early"
        job.emit(Warned(message=said, hint="compare it with where it comes from"))
    told = [message for message in taken.messages if message.text and not message.cover]
    # The proposal says whose words these are: in the text of the task they are mixed with ours.
    job.task = replace(job.task, written=tuple(Written(message=one.text, author=one.author) for one in told))
    return propose_tree(job, box, snapshot, taken.tree)


@contextmanager
def _box_for_a_while(kit: Kit) -> Iterator[JobBox]:
    place = kit.place
    box = JobBox.create(place.checkout.top, place.paths.box(kit.time.new_id()), kit.time.clock, packs=place.paths.packs)
    try:
        yield box
    finally:
        with translated():
            box.box.destroy()


def put_onto(box: JobBox, tree: str, data: bytes) -> Taken | Refused:
    """All the patches of `data` on a tree, one after the other; or none, and why."""
    found = pieces(data)
    with tempfile.TemporaryDirectory(dir=box.box.root, prefix="patch-") as folder, translated():
        application = _Application(box, Path(folder))
        box.box.git("read-tree", tree, index=application.index)
        messages = []
        for number, piece in enumerate(found, 1):
            which = f"patch {number} of {len(found)}" if len(found) > 1 else ""
            message, patch = application.read(piece)
            messages.append(message)
            if piece.cover:
                continue
            which += f" ({message.subject})" if which and message.subject else ""
            if lacking := left_out(patch):
                said = f"it mentions a change and does not hold it: {lacking}"
                do = "make it with `git diff --binary`, between two folders with `--no-index`"
                return Refused(reason=Reason.TRUNCATED, said=said, do=do, operation=which)
            if is_cut(patch, listed=piece.mail):
                said = "the patch ends before it is whole"
                return Refused(reason=Reason.TRUNCATED, said=said, do="send all of it", operation=which)
            try:
                application.apply(patch)
            except GitFailed as error:
                return _refused(error, which)
        after = application.tree()
    if after == tree:
        return Refused(reason=Reason.APPLIED, said="the files are what it makes of them already")
    return Taken(tree=after, messages=tuple(messages), merged=application.merged, altered=application.altered)


class _Application:
    """Patches on their way into an index."""

    def __init__(self, box: JobBox, folder: Path) -> None:
        self._box = box
        self._git = box.box.git
        self._folder = folder
        self.index = folder / "index"
        self.merged = self.altered = False

    def tree(self) -> str:
        return self._git("write-tree", index=self.index).decode("ascii").strip()

    def read(self, piece: Piece) -> tuple[Message, bytes]:
        """What a mail says, and its patch out of the encoding that it was sent in."""
        if not piece.mail:
            text, author = message_of(piece.data)
            return Message(text=text, author=author), piece.data
        words, patch = self._folder / "message", self._folder / "patch"
        try:
            told = self._git("mailinfo", "--encoding=UTF-8", str(words), str(patch), input=piece.data)
        except GitFailed:
            return Message(), piece.data
        lines = told.decode("utf-8", "replace").split("\n")
        heads = {name: value for name, colon, value in (line.partition(": ") for line in lines) if colon}
        said = "\n\n".join(filter(None, (heads.get("Subject", ""), words.read_text("utf-8", "replace").strip())))
        author = f"{heads['Author']} <{heads.get('Email', '')}>" if "Author" in heads else ""
        return Message(text=said, author=author, cover=piece.cover), patch.read_bytes()

    def apply(self, patch: bytes) -> None:
        """As it is, or merged by git with the versions that the patch names, where they are there. Where its last line
        has lost its end, or a hunk has no context, each file must become the one that the patch names. GitFailed says
        why it does not fit."""
        ended = patch.endswith(b"\n")
        patch = patch if ended else patch + b"\n"
        strip = strip_of(patch)
        options = ["apply", "--cached", "--whitespace=nowarn", f"-p{strip}"]
        if strip is None:
            raise GitFailed(options, 1, b"error: it names no file, or some with `a/` and `b/` and some without")
        self._require_readable([*options, "--numstat"], patch)
        before, tree = self.index.read_bytes(), self.tree()
        error = GitFailed(options, 1, _UNPROVEN if ended else _ENDLESS)
        if ended and not lacks_context(patch):
            try:
                self._git(*options, "-", input=patch, index=self.index)
            except GitFailed as failed:
                error = failed
            else:
                self.altered |= self._is_altered(tree, patch)
                return
            twice = b"already exists" in error.stderr  # two files of one name are nothing to merge
            if not twice and self._succeeds([*options, "--3way"], patch) and self.tree() != tree:
                self.merged = True
                return
            self.index.write_bytes(before)
        if not (self._succeeds([*options, "--unidiff-zero"], patch) and self._is_proven(tree, patch)):
            raise error

    def _require_readable(self, argv: Sequence[str], patch: bytes) -> None:
        """GitFailed where git cannot read all of it: it would say so, apply what stands above, and call it success."""
        try:
            self._box.box.git(*argv, "-", input=patch, strict=True)
        except GitFailed as error:
            if error.status or b"error: " in error.stderr:
                raise

    def _succeeds(self, argv: Sequence[str], patch: bytes) -> bool:
        try:
            self._git(*argv, "-", input=patch, index=self.index)
        except GitFailed:
            return False
        return True

    def _is_proven(self, tree: str, patch: bytes) -> bool:
        """Whether each file came out as one whose id the patch names, or as one that was there."""
        return not self._unnamed(tree, patch)

    def _is_altered(self, tree: str, patch: bytes) -> bool:
        """Whether a file that was what the patch says, or is new, did not become what it says."""
        olds, news = ids_named(patch)
        return bool(news) and any(not was or was.startswith(olds) for was in self._unnamed(tree, patch))

    def _unnamed(self, tree: str, patch: bytes) -> list[str]:
        """Of files that came out as neither one whose id the patch names nor one that was there: the ids that they had,
        empty for a new file."""
        news = ids_named(patch)[1]
        changed = self._box.box.diff(tree, self.tree())
        left = [change for change in changed if change.new_id.strip("0") and not change.new_id.startswith(news)]
        known = {entry.id for entry in self._box.files(tree).values()} if left else set()
        return [change.old_id if change.old_id.strip("0") else "" for change in left if change.new_id not in known]


def _refused(error: GitFailed, which: str) -> Refused:
    """Git's own words, as the value that refusals of replies are."""
    lines = [line.removeprefix("error: ") for line in error.stderr.decode("utf-8", "replace").splitlines()]
    known = ((line, reason, do) for mark, reason, do in _TOLD for line in lines if mark in line)
    said, reason, do = next(known, (next(filter(None, lines), "git gives no reason"), *_STALE))
    return Refused(reason=reason, said=f"git does not take it: {said}", do=do, operation=which)


_UNPROVEN = b"error: it has hunks without context, and is not made for these files"
_ENDLESS = b"error: corrupt patch: its last line has no end"
_STALE = (Reason.MISSING, "it is made for other contents of these files: make it anew, against what they are now")
_TOLD = (
    ("invalid path", Reason.OUTSIDE, "name files from the top of the tree, and none of git's own"),
    ("beyond a symbolic link", Reason.OUTSIDE, "a path may not lead through a symbolic link"),
    ("without full index line", Reason.TRUNCATED, "the content of a binary file is not in it: use `git diff --binary`"),
    ("corrupt", Reason.MALFORMED, "is it whole, and as git wrote it?"),
    ("garbage", Reason.MALFORMED, "is it whole, and as git wrote it?"),
    ("already exists", Reason.EXISTS, "a file that it makes is there already"),
)


def _faulty(box: JobBox, changes: Sequence[FileChange]) -> Refused | None:
    """For the first file that would not parse any more."""
    contents = box.contents(changes)
    texts = {id_: data.decode("utf-8", "surrogateescape") for id_, data in contents.items()}
    for change in changes:
        if change.new is None or change.new.mode not in ("100644", "100755"):
            continue
        before = texts.get(change.old.id, "") if change.old and change.old.mode != GITLINK else ""
        if faults := new_faults(change.path, before, texts[change.new.id]):
            said = f"line {faults[0].line} would not parse: {faults[0].near}"
            return Refused(
                reason=Reason.SYNTAX, path=change.path, said=said, do="mend it, or decide it with `swe-agent desk -`"
            )
    return None
