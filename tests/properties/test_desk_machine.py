"""A desk that people work at: whatever they decide, land and take back, their files are the base plus what landed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from properties.strategies import edited, entry_of, images, texts
from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import FileChange, Spliced, diff_file, splice, split_lines
from swe_agent.core.event import BlockDecided, Event, EventBody, Landed, LandingIntended, UndoIntended, Undone
from swe_agent.core.proposal import Landing, Proposal, Provenance, Snapshot
from swe_agent.core.task import Task
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import Verdict
from swe_agent.desk.desk import Desk, desk_of
from swe_agent.desk.images import kept, store_images
from swe_agent.desk.land import plan, reverse
from swe_agent.desk.write import look, now, write

Image = tuple[str, bytes] | None
PATHS = ("a.py", "deep/b.txt", "deep/er/c")


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, tuple[Image, Image]]:
    """A few files before and after: one that is edited in several places, and two of any kind."""
    base = draw(texts(max_lines=12))
    world: dict[str, tuple[Image, Image]] = {PATHS[0]: (("100644", base), ("100644", draw(edited(base))))}
    for path in PATHS[1:]:
        old = draw(images())
        new = draw(images(old))
        if old != new:
            world[path] = (old, new)
    return world


class DeskMachine(RuleBasedStateMachine):
    @initialize(world=worlds())
    def begin(self, world: dict[str, tuple[Image, Image]]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.top = Path(self.folder.name) / "top"
        self.top.mkdir()
        self.world = {path: pair for path, pair in world.items() if pair[0] != pair[1]}
        self.blobs: dict[str, bytes] = {}
        self.changes: dict[str, FileChange] = {}
        for path, (old, new) in self.world.items():
            ids = f"{path} old", f"{path} new"
            self.blobs |= {id_: image[1] for id_, image in zip(ids, (old, new), strict=True) if image}
            self.changes[path] = diff_file(
                path, entry_of(old, ids[0]), entry_of(new, ids[1]), old[1] if old else b"", new[1] if new else b""
            )
            self.lay(path, old)
        self.proposal = Proposal(
            id="job",
            task=Task(text=""),
            snapshot=Snapshot(commit="", tree="", head=None, branch=None, dirty=False),
            tree="",
            changes=tuple(self.changes.values()),
            verdict=Verdict(),
            provenance=Provenance(engine="model", model="", prompt_version="", edit_format="", task_kind="fix"),
            spent=Spent(),
        )
        self.journal: list[Event] = []
        self.decided: dict[str, Decision] = {}
        self.landed: dict[str, Decision] = {}
        self.former: dict[str, Decision] = {}
        self.landings: list[tuple[Landing, dict[str, Decision]]] = []

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def lay(self, path: str, image: Image) -> None:
        if image is None:
            return
        place = self.top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if image[0] == "120000":
            place.symlink_to(image[1].decode())
        else:
            place.write_bytes(image[1])
            place.chmod(0o755 if image[0] == "100755" else 0o644)

    def record(self, body: EventBody) -> None:
        self.journal.append(Event(v=1, seq=len(self.journal) + 1, at="", job="job", body=body))

    @property
    def desk(self) -> Desk:
        return desk_of(self.proposal, self.journal)

    # ---- what people do

    @precondition(lambda self: bool(self.desk.proposal.blocks))
    @rule(data=st.data(), kind=st.sampled_from(["accept", "accept", "amend", "reject", "defer"]))
    def decide(self, data: st.DataObject, kind: str) -> None:
        open_ = [block for block in self.proposal.blocks if block.id not in self.landed]
        if not open_:
            return
        block = data.draw(st.sampled_from(open_))
        lines = tuple(line.replace("a", "amended") for line in block.added) or ("amended\n",)
        decision: Decision = {
            "accept": Accept(block=block.id),
            "amend": Amend(block=block.id, lines=lines) if block.kind == "lines" else Accept(block=block.id),
            "reject": Reject(block=block.id),
            "defer": Defer(block=block.id),
        }[kind]
        self.desk.decide(decision)
        self.record(BlockDecided(decision=decision, path=block.path, language="", lines=1))
        self.decided[block.id] = decision

    @rule()
    def land(self) -> None:
        wanted = {id_: d for id_, d in self.decided.items() if isinstance(d, Accept | Amend) and id_ not in self.landed}
        assert {block.id for block in self.desk.to_land} == wanted.keys()
        if not wanted:
            return
        files = plan(self.desk, self.blobs.__getitem__, lambda path: look(self.top, path))
        number = f"l{len(self.journal)}"
        landing = store_images(Path(self.folder.name) / number, files, number, "job")
        self.record(LandingIntended(landing=landing))
        write(self.top, files)
        self.record(Landed(landing=number))
        self.landed |= wanted
        self.landings.append((landing, wanted))

    @precondition(lambda self: bool(self.landings))
    @rule()
    def undo(self) -> None:
        landing, blocks = self.landings.pop()
        store = Path(self.folder.name) / landing.id
        files = reverse(kept(store, landing), lambda path: look(self.top, path), keep_edits=False)
        number = f"u{len(self.journal)}"
        back = store_images(Path(self.folder.name) / number, files, number, "job")
        self.record(UndoIntended(landing=back, undoes=landing.id))
        write(self.top, files)
        self.record(Undone(landing=landing.id, by=number))
        for id_ in blocks:
            del self.landed[id_]
            self.former[id_] = self.decided.pop(id_)
            assert self.desk.acceptance(id_) == self.former[id_]

    # ---- what must hold

    def expected(self, path: str, blocks: dict[str, Decision]) -> Spliced | None:
        old, new = self.world[path]
        chosen: dict[str, Sequence[str] | None] = {
            id_: decision.lines if isinstance(decision, Amend) else None for id_, decision in blocks.items()
        }
        return splice(self.changes[path], old[1] if old else b"", new[1] if new else b"", chosen)

    @invariant()
    def files_are_the_base_and_what_landed(self) -> None:
        if not hasattr(self, "world"):
            return
        for path in self.world:
            assert now(self.top, path) == self.expected(path, self.landed)

    @invariant()
    def the_desk_knows_what_landed_and_what_is_open(self) -> None:
        if not hasattr(self, "world"):
            return
        desk = self.desk
        assert desk.landed == self.landed.keys()
        undecided = {block.id for block in self.proposal.blocks if isinstance(self.decided.get(block.id), Defer | None)}
        assert {block.id for block in desk.open} == undecided - self.landed.keys()
        for change in self.proposal.changes:
            for block in change.blocks:
                assert (
                    block.removed
                    == split_lines(self.blobs.get(f"{block.path} old", b""))[
                        block.base_start : block.base_start + len(block.removed)
                    ]
                    or block.kind != "lines"
                )


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
