"""Evidence, keys and labels on their way into notes, and notes of others taken up: by union, so that nobody loses
anything.

What stands in the notes is compared with what is known here, and not remembered: where another program has overwritten
the ref, as two `git notes add` at the same time do, the next write brings back what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from swe_agent.core.errors import RepositoryError
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.known import known, lines_of
from swe_agent.jobs.notes_draft import Draft
from swe_agent.repo import notes
from swe_agent.repo.line_notes import Labels
from swe_agent.repo.notes import Moved
from swe_agent.store.keys import KeyFile
from swe_agent.store.lines import locked

LabelsOf = Callable[[Kit, Sequence[str]], Mapping[str, Labels]]
"""Of commits, which of their lines are whose; commits without any may be left out."""
TRIES = 20
"""Another program may write again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`tip` is what the ref names now; empty where there is nothing to write. `blocks` and `lines` are those that the
    notes did not have, `commits` those whose note is new or another, `taken_up` the histories that came in."""

    tip: str = ""
    blocks: int = 0
    lines: int = 0
    commits: int = 0
    taken_up: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What was done the last time, so that there is nothing to do where nothing has changed since. `labelled` is the
    commit up to which commits have notes, by the evidence of `known`."""

    tip: str = ""
    local: str = ""
    labelled: str = ""
    known: str = ""


def write(kit: Kit, labels_of: LabelsOf | None = None, newest: str = "") -> Written:
    """Bring into the notes what they do not have: evidence, its keys, and with `labels_of` the labels of `newest` and
    the commits below it."""
    state = _state(kit)
    labels = _labels(kit, labels_of, newest, state) if labels_of and newest else {}
    if not labels and state.tip == notes.tip_of(kit.place.git) and state.local == lines_of(kit).digest():
        return Written(tip=state.tip)
    written = take_up(kit, (), labels)
    if labels_of and newest:
        _remember(kit, replace(_state(kit), labelled=newest, known=known(kit).digest))
    return written


def take_up(kit: Kit, others: Sequence[str], labels: Mapping[str, Labels] | None = None) -> Written:
    """The same, with histories of notes that others have written, by their newest commits. Keys that come with them
    are kept here, too."""
    git, keys = kit.place.git, KeyFile(kit.place.paths.attribution_keys)
    with locked(kit.place.paths.notes_lock):
        for _ in range(TRIES):
            tip, local = notes.tip_of(git), lines_of(kit)
            draft, digest = Draft(git, tip), local.digest()
            # What somebody has overwritten is as another history. Notes that were removed as a whole stay removed.
            lost = [_state(kit).tip] if tip else []
            taken = sum(draft.take_up(other) for other in dict.fromkeys([*lost, *others]) if other)
            done, held = draft.add_evidence(local.evidence(), keys.known())
            commits = draft.label(labels or {})
            try:
                if taken and (ahead := draft.ahead):
                    notes.move(git, ahead, tip)
                    tip = ahead
                elif change := draft.change():
                    message = f"swe-agent: {done.blocks} blocks, {commits} commits"
                    tip = notes.commit_change(git, change, kit.time.clock(), message)
            except Moved:
                continue
            _remember(kit, replace(_state(kit), tip=tip, local=digest))
            keys.add(held)
            return Written(tip=tip, blocks=done.blocks, lines=done.lines, commits=commits, taken_up=taken)
    lock = kit.place.checkout.common_dir / f"{notes.REF}.lock"
    raise RepositoryError(
        f"{notes.REF} could not be written: another program changes it or has locked it",
        hint=f"if no git is running, remove {lock}" if lock.exists() else "try again in a moment",
    )


def _labels(kit: Kit, labels_of: LabelsOf, newest: str, state: _State) -> Mapping[str, Labels]:
    """Of the commits that have come since the last time; of all where there is other evidence."""
    same = state.known == known(kit).digest
    if same and state.labelled == newest:
        return {}
    since = [f"^{state.labelled}"] if same and state.labelled else []
    found = kit.place.git.text("rev-list", newest, *since, check=False) or kit.place.git.text("rev-list", newest)
    return labels_of(kit, found.split("\n"))


def _state(kit: Kit) -> _State:
    with suppress(OSError, ValueError, TypeError):
        return _State(**json.loads(kit.place.paths.notes_state.read_bytes()))
    return _State()


def _remember(kit: Kit, state: _State) -> None:
    with suppress(OSError):  # then all is compared again
        kit.place.paths.notes_state.write_text(json.dumps(asdict(state)), "ascii")
