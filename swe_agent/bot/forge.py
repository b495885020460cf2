"""A platform on which a change is talked about: what we have posted there, and how a plan is carried out.

Nothing is posted twice and nothing is lost: what was posted is known again by its marker, in posts of our own account
alone; the summary is written last, so that a run which breaks off before is made good by the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from swe_agent.core.errors import TreeMoved, UsageError
from swe_agent.core.ports import Monotonic
from swe_agent.review.diff_index import DiffIndex
from swe_agent.review.marker import Former
from swe_agent.review.plan import Comment, Plan, refused_before
from swe_agent.review.reconcile import State, Thread

Written = Literal["unchanged", "created", "edited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A pull or merge request, and who writes there. `api` is as `https://api.github.com` or `https://gitlab.com`;
    `project` as `owner/name`; `own_login` is believed where the platform does not tell a token whose it is. Without a
    token anybody's rights do: what is public can be read, and nothing be written."""

    api: str
    token: str = field(repr=False)
    project: str
    number: int
    own_login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait, and by which clock. `chance` is from 0 to 1; `seconds` are all that one reading or carrying out
    may take with its waiting, `time_out` those of one call."""

    clock: Monotonic
    sleep: Callable[[float], None]
    chance: Callable[[], float]
    seconds: float = 300.0
    time_out: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The one comment that is kept up to date. `former` is None where its marker is damaged or from a newer version."""

    id: str
    body: str
    former: Former | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What our own account has posted on this change, and the commits between which the change lies now: `base` is
    where the branches parted, or the tip of the branch that it is for, `branch`. `login` is empty without a token: then
    nothing is known to be ours."""

    login: str
    head: str
    base: str = ""
    branch: str = ""
    threads: tuple[Thread, ...] = ()
    summary: Note | None = None

    @property
    def former(self) -> Former | None:
        return self.summary.former if self.summary else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was written, with so many calls. `refused` are comments that the platform did not take at their lines, with
    its reasons: the summary tells them. `troubles` are what else it did not let us do."""

    comments: int = 0
    resolved: int = 0
    reopened: int = 0
    annotations: int = 0
    summary: Written = "unchanged"
    calls: int = 0
    refused: tuple[tuple[Comment, str], ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """What has come of a carrying out so far; as in `Done`."""

    comments: int = 0
    resolved: int = 0
    reopened: int = 0
    annotations: int = 0
    refused: list[tuple[Comment, str]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def done(self, summary: Written, calls: int) -> Done:
        return Done(
            comments=self.comments,
            resolved=self.resolved,
            reopened=self.reopened,
            annotations=self.annotations,
            summary=summary,
            calls=calls,
            refused=tuple(self.refused),
            troubles=tuple(self.troubles),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A pull or merge request that is to be there. Its branch has been pushed. `base` is the branch that it is to go
    to; the project's own one where it is empty."""

    branch: str
    title: str
    body: str
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where people see it; `is_new` where it was not open before."""

    url: str
    is_new: bool


class Forge(Protocol):
    def read(self) -> Posted:
        """Of our own account alone; what anybody else has posted never counts, whatever marker it bears."""

    def carry_out(self, plan: Plan, posted: Posted, index: DiffIndex) -> Done:
        """`posted` is what the plan was made from. Writes nothing where the plan is without effect. Raises TreeMoved
        where the change has another head by now, EnvironmentLacks where the platform does not do its part: then the
        same may be tried again from the start, by reading."""

    def propose(self, request: Request) -> Opened:
        """Open a request, or bring the one up to date that is open for its branch."""


def ready(plan: Plan, now: Posted) -> None:
    if not plan.head:
        raise UsageError("only what is committed can be reviewed on a platform", hint="review a range of commits")
    require_head(plan.head, now)


def require_head(reviewed: str, now: Posted) -> None:
    """TreeMoved where another head than the one that was reviewed stands there by now."""
    if now.head and now.head != reviewed:
        raise TreeMoved(
            f"the head is {now.head[:12]} by now, and {reviewed[:12]} was reviewed; nothing was posted",
            hint="review the new head",
        )


def remaining(plan: Plan, posted: Posted, now: Posted) -> Plan:
    """What of a plan is left to do: minutes lie between reading and writing, and another run may be at work. What was
    refused before on the same state of the change is not tried again."""
    known = {thread.id for thread in posted.threads}
    come = {thread.made.fingerprint for thread in now.threads if thread.id not in known}
    before = {one.made.fingerprint for one, _ in refused_before(plan, now.former)}
    states: dict[str, State] = {thread.id: thread.state for thread in now.threads}
    return replace(
        plan,
        comments=tuple(one for one in plan.comments if one.made.fingerprint not in come | before),
        resolved=tuple(one for one in plan.resolved if states.get(one.id) == "open"),
        reopened=tuple(one for one in plan.reopened if states.get(one.id) == "outdated"),
    )


def is_same_text(one: str, other: str) -> bool:
    """Platforms change line ends, and white space at the end."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
