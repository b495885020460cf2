"""How many effective lines came to the main line with each of its commits, how many went, and why: the flows that the
lives of lines are made of."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from swe_agent.core.evidence import Cause, Lives
from swe_agent.metrics.attribution.book import Book
from swe_agent.metrics.attribution.change import Change
from swe_agent.metrics.attribution.labels import AI, EDITED, EFFECTIVE, NUMBER, Origin, bits_of, evidence_line
from swe_agent.metrics.attribution.state import File, State

_REVERT = re.compile(rb'^Revert "|^This reverts commit [0-9a-f]{7,}', re.MULTILINE)


class Kin(NamedTuple):
    """Lines that are counted as one. `number` is a block's place, or an origin's number."""

    is_ai: bool
    number: int
    edited: bool


class Flow(NamedTuple):
    """`seq` is the place of the commit on the main line; `lines` are below 0 where they went."""

    seq: int
    kin: Kin
    cause: Cause
    lines: int


def kin_of(label: int, book: Book) -> Kin:
    if label & AI:
        return Kin(True, book.place_of(evidence_line(label)), bool(label & EDITED))
    return Kin(False, label & NUMBER, False)


def flows(seq: int, changes: Iterable[Change], message: bytes, book: Book) -> list[Flow]:
    """Of a commit that is told in hunks."""
    came = array("I")
    went: dict[Cause, array[int]] = {}
    is_revert = _REVERT.search(message) is not None
    for change in changes:
        came += change.arrived()
        if is_revert:
            went.setdefault("reverted", array("I")).extend(change.lost)
        elif change.lost:
            for (_, _, new, added), gone in zip(change.patch.hunks, change.gone, strict=True):
                if gone:
                    cause = _cause(change.labels[new : new + added]) if added else "deleted"
                    went.setdefault(cause, array("I")).extend(gone)
        if change.relabelled:
            came.extend(label for _, label in change.relabelled)
            went.setdefault("rewritten", array("I")).extend(label for label, _ in change.relabelled)
    return _net(seq, Counter(came), {cause: Counter(gone) for cause, gone in went.items()}, book)


def flows_of_files(
    seq: int, touched: Mapping[str, File | None], state: State, message: bytes, book: Book
) -> list[Flow]:
    """Of a merge: by all that stood in its files before and after."""
    came: Counter[int] = Counter()
    went: Counter[int] = Counter()
    for path, before in touched.items():
        after = state.get(path)
        came.update((after.labels or ()) if after else ())
        went.update((before.labels or ()) if before else ())
    cause: Cause = "reverted" if _REVERT.search(message) else "rewritten" if came.total() else "deleted"
    return _net(seq, came, {cause: went}, book)


def _cause(arrived: array[int]) -> Cause:
    """Why lines went that these came for, where nothing was reverted."""
    kinds = bits_of(arrived)
    if not kinds & EFFECTIVE:
        return "deleted"
    if not kinds & AI:
        return "rewritten"
    of_agents = sum(label & (AI | EFFECTIVE) == AI | EFFECTIVE for label in arrived)
    return "rewritten by ai" if 2 * of_agents > len(arrived) else "rewritten"


def _net(seq: int, came: Counter[int], went: Mapping[Cause, Counter[int]], book: Book) -> list[Flow]:
    """Lines that only moved are in no flow."""
    inward: Counter[Kin] = Counter()
    outward: Counter[tuple[Kin, Cause]] = Counter()
    left = Counter({label: n for label, n in came.items() if label & EFFECTIVE})
    for cause, labels in went.items():
        for label, n in labels.items():
            if label & EFFECTIVE:
                stays = min(n, left[label])
                left[label] -= stays
                if n > stays:
                    outward[kin_of(label, book), cause] += n - stays
    for label, n in left.items():
        if n:
            inward[kin_of(label, book)] += n
    return [
        *(Flow(seq, kin, cause, -n) for (kin, cause), n in outward.items()),
        *(Flow(seq, kin, "", n) for kin, n in inward.items()),
    ]


@dataclass(frozen=True, slots=True)
class People:
    """What stands behind the numbers of flows. `at` are the times of the main line's commits, in seconds since 1970;
    the first one is where the records begin."""

    book: Book
    origins: Sequence[Origin]
    at: Mapping[int, int]
    language_of: Callable[[str], str]


class _Batch(NamedTuple):
    landed: int
    edited: int
    lines: int


_NEVER = -1


def lives(all_flows: Iterable[Flow], people: People) -> tuple[Lives, ...]:
    """What became of the lines that landed. Of lines that are alike those that came first go first; lines that come
    back after they had gone have landed again."""
    waiting: defaultdict[Kin, deque[_Batch]] = defaultdict(deque)
    ended: Counter[tuple[Kin, int, int, int, Cause]] = Counter()
    by_commit: dict[int, list[Flow]] = defaultdict(list)
    for flow in all_flows:
        by_commit[flow.seq].append(flow)
    for seq in sorted(by_commit):
        changed = _changed_by_people(by_commit[seq])
        for flow in by_commit[seq]:
            if flow.lines < 0:
                _go(flow, waiting, changed, ended)
        for flow in by_commit[seq]:
            if flow.lines > 0:
                came = flow.lines
                if flow.kin.edited:
                    came = _edited(flow, waiting, changed)
                if came:
                    waiting[flow.kin].append(_Batch(seq, seq if flow.kin.edited else _NEVER, came))
    for kin, batches in waiting.items():
        for batch in batches:
            ended[kin, batch.landed, batch.edited, _NEVER, ""] += batch.lines
    return tuple(_life(*key, n, people) for key, n in ended.items() if n)


def _changed_by_people(flows_here: Sequence[Flow]) -> Counter[int]:
    """By block: agent's lines that went in a commit in which as many edited ones came."""
    went: Counter[int] = Counter()
    came: Counter[int] = Counter()
    for flow in flows_here:
        if flow.kin.is_ai:
            if flow.lines < 0 and not flow.kin.edited:
                went[flow.kin.number] -= flow.lines
            elif flow.lines > 0 and flow.kin.edited:
                came[flow.kin.number] += flow.lines
    return went & came


def _go(
    flow: Flow,
    waiting: defaultdict[Kin, deque[_Batch]],
    changed: Counter[int],
    ended: Counter[tuple[Kin, int, int, int, Cause]],
) -> None:
    left = -flow.lines
    batches = waiting[flow.kin]
    while left and batches:
        batch = batches[0]
        n = min(left, batch.lines)
        if flow.kin.is_ai and not flow.kin.edited and changed[flow.kin.number]:
            n = min(n, changed[flow.kin.number])
            changed[flow.kin.number] -= n
            waiting[Kin(True, flow.kin.number, True)].append(_Batch(batch.landed, flow.seq, n))
            changed[_taken(flow.kin.number)] += n
        else:
            ended[flow.kin, batch.landed, batch.edited, flow.seq, flow.cause] += n
        left -= n
        if n == batch.lines:
            batches.popleft()
        else:
            batches[0] = batch._replace(lines=batch.lines - n)


def _taken(number: int) -> int:
    """Beside the block's own counter: edited lines that are in their row already."""
    return -1 - number


def _edited(flow: Flow, waiting: Mapping[Kin, deque[_Batch]], changed: Counter[int]) -> int:
    """Of the edited lines that came those that were never an agent's untouched ones here."""
    known = min(flow.lines, changed[_taken(flow.kin.number)])
    changed[_taken(flow.kin.number)] -= known
    return flow.lines - known


def _life(kin: Kin, landed: int, edited: int, gone: int, cause: Cause, n: int, people: People) -> Lives:
    if kin.is_ai:
        told = people.book.blocks[kin.number].told
        kind, language, model, session = "ai", people.language_of(told.path), told.model, told.session
    else:
        origin = people.origins[kin.number - 1]
        kind, language, model, session = origin.kind, origin.language, "", origin.commit
    is_before = not kin.is_ai and not people.origins[kin.number - 1].commit
    return Lives(
        kind=kind,  # type: ignore[arg-type]  # an agent's, or as the origin says
        language=language,
        lines=n,
        landed_at="" if is_before else _time(people.at[landed]),
        edited_at=_time(people.at[edited]) if edited != _NEVER else "",
        ended_at=_time(people.at[gone]) if gone != _NEVER else "",
        end=cause,
        model=model,
        session=session,
    )


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
