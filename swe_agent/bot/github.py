"""A plan on GitHub: one review with all new comments and one summary, whatever the network does.

Besides these two calls only threads are resolved or opened again, and annotations put beside the diff, fifty a call.
Nothing is deleted, nobody's words are edited but those of our own summary, and a review is always a comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from swe_agent.bot.calls import Answer, Caller, Door, Json, Lost, Refused, answered
from swe_agent.bot.forge import (
    Done,
    Note,
    Opened,
    Pace,
    Posted,
    Request,
    Target,
    Work,
    Written,
    is_same_text,
    ready,
    remaining,
)
from swe_agent.bot.github_reading import (
    RESOLVE,
    THREADS,
    UNRESOLVE,
    shown,
    summary_of,
    threads_of,
    threads_of_comments,
)
from swe_agent.core.errors import EnvironmentLacks, UsageError
from swe_agent.review.diff_index import DiffIndex
from swe_agent.review.github import CHECK, check_bodies, review_body, sign_of
from swe_agent.review.plan import Comment, Plan, refused_before, summary_with
from swe_agent.review.platforms import GITHUB, refusal
from swe_agent.review.reconcile import Thread

GRAPHQL = "/graphql"
OWN_LOGIN = "github-actions[bot]"
"""Of the token that a workflow is given: it may not ask whose it is."""
HINTS = {
    401: "is the token still good?",
    403: "the token needs `pull-requests: write`; threads ask for `contents: write`, annotations for `checks: write`",
    404: "are the project and the number right, and may the token see them?",
}
_STATUSES = {"RATE_LIMITED": 429, "FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403, "NOT_FOUND": 404}
"""GraphQL answers 200 to everything, and says the rest in words."""


class GitHub:
    """A `forge.Forge` through PyGithub."""

    def __init__(self, target: Target, pace: Pace) -> None:
        owner, slash, name = target.project.partition("/")
        if not (owner and slash and name) or "/" in name:
            raise UsageError(f"`{target.project}` is no project of GitHub's", hint="it is called `OWNER/NAME`")
        self._target = target
        self._pace = pace
        self._door = _door(target, pace.time_out)
        self._repository = f"/repos/{target.project}"
        self._pull = f"{self._repository}/pulls/{target.number}"
        self._own = ""

    def read(self) -> Posted:
        return self._read(self._caller())

    def carry_out(self, plan: Plan, posted: Posted, index: DiffIndex) -> Done:
        if not plan.has_effect(posted.former):
            return Done()
        caller = self._caller()
        now = self._read(caller)
        ready(plan, now)
        work = Work(refused=refused_before(plan, now.former))
        left = remaining(plan, posted, now)
        self._post(caller, left, posted, work)
        self._turn(caller, left, work)
        self._annotate(caller, left, work)
        summary = self._sum_up(caller, summary_with(plan, work.refused), now.summary)
        return work.done(summary, caller.writes)

    def propose(self, request: Request) -> Opened:
        caller = self._caller()
        owner = self._target.project.partition("/")[0]
        path = f"{self._repository}/pulls"

        def there() -> Json | None:
            found = caller.pages(path, {"head": f"{owner}:{request.branch}", "state": "open"})
            return next((one for one in found if one["head"]["ref"] == request.branch), None)

        said: Json = {"title": request.title, "body": request.body}
        before = there()
        if before is not None:
            caller.write("PATCH", f"{path}/{before['number']}", said)
            return Opened(url=str(before["html_url"]), is_new=False)
        base = request.base or caller.read(self._repository)["default_branch"]
        answer = caller.write("POST", path, {**said, "head": request.branch, "base": base}, lambda: there() is not None)
        made = answer.body if answer is not None else there()
        return Opened(url=str(made["html_url"]) if isinstance(made, dict) else "", is_new=True)

    def _caller(self) -> Caller:
        return Caller(self._door, self._pace, "GitHub", HINTS)

    def _read(self, caller: Caller) -> Posted:
        if not self._own and self._target.token:
            self._own = self._who(caller)
        pull = caller.read(self._pull)
        now = Posted(
            login=self._own, head=pull["head"]["sha"], base=pull["base"]["sha"], branch=pull["base"].get("ref", "")
        )
        if not self._own:
            return now
        return replace(
            now,
            threads=tuple(self._threads(caller)),
            summary=self._summary(caller),
        )

    def _who(self, caller: Caller) -> str:
        try:
            return str(caller.read("/user")["login"])
        except Refused as refused:
            if refused.status == 401:
                raise
            return self._target.own_login or OWN_LOGIN

    def _threads(self, caller: Caller) -> list[Thread]:
        owner, _, name = self._target.project.partition("/")
        found: list[Thread] = []
        after = None
        while True:
            asked = {"owner": owner, "name": name, "number": self._target.number, "after": after}
            try:
                answer = caller.ask(GRAPHQL, {"query": THREADS, "variables": asked})
            except Refused as refused:
                if refused.status != 404 or found:
                    raise
                return list(threads_of_comments(caller.pages(f"{self._pull}/comments"), self._own))
            threads = answer["data"]["repository"]["pullRequest"]["reviewThreads"]
            found += threads_of(threads["nodes"], self._own)
            if not threads["pageInfo"]["hasNextPage"]:
                return found
            after = threads["pageInfo"]["endCursor"]

    def _summary(self, caller: Caller) -> Note | None:
        return summary_of(caller.pages(f"{self._repository}/issues/{self._target.number}/comments"), self._own)

    def _post(self, caller: Caller, plan: Plan, posted: Posted, work: Work) -> None:
        """All in one review. Of those that GitHub refuses it does not say which: what it shows of the change does."""
        left = list(plan.comments)
        if not left or not self._refused(caller, plan, left, posted, work):
            return
        ready(plan, self._read(caller))
        index = shown(caller.pages(f"{self._pull}/files"))
        bad = [(one, why) for one in left if one.position and (why := refusal(index, one.position))]
        work.refused += bad
        good = _without(left, [one for one, _ in bad])
        if good and (not bad or self._refused(caller, plan, good, posted, work)):
            self._post_some(caller, plan, good, posted, work)

    def _post_some(self, caller: Caller, plan: Plan, comments: Sequence[Comment], posted: Posted, work: Work) -> None:
        """What is refused though it stands in the diff: of ever smaller parts the first that is taken is posted, for
        one review is posted and no more; the rest is told in the summary."""
        size, why = len(comments) // 2, "refused"
        while size:
            for at in range(0, len(comments), size):
                part = comments[at : at + size]
                if not (said := self._refused(caller, plan, part, posted, work)):
                    work.refused += [(one, why) for one in _without(comments, part)]
                    return
                why = said
            size //= 2
        work.refused += [(one, why) for one in comments]

    def _refused(self, caller: Caller, plan: Plan, comments: Sequence[Comment], posted: Posted, work: Work) -> str:
        """Why; empty where they are posted."""
        known = {thread.id for thread in posted.threads}
        marks = {one.made.fingerprint for one in comments}

        def is_there() -> bool:
            """A review is there as a whole or not at all."""
            now = self._threads(caller)
            return any(thread.id not in known and thread.made.fingerprint in marks for thread in now)

        body = review_body(replace(plan, comments=tuple(comments)))
        try:
            caller.write("POST", f"{self._pull}/reviews", body, is_there)
        except Refused as refused:
            if refused.status != 422:
                raise
            return refused.reason
        work.comments += len(comments)
        return ""

    def _turn(self, caller: Caller, plan: Plan, work: Work) -> None:
        """Threads are resolved and opened again. Not every token may."""
        turns = [*((RESOLVE, one) for one in plan.resolved), *((UNRESOLVE, one) for one in plan.reopened)]
        for mutation, thread in turns:
            try:
                caller.write("POST", GRAPHQL, {"query": mutation, "variables": {"id": thread.id}})
            except Refused as refused:
                work.troubles.append(f"threads are not resolved or opened again: {refused.message}")
                return
            work.resolved += mutation is RESOLVE
            work.reopened += mutation is UNRESOLVE

    def _annotate(self, caller: Caller, plan: Plan, work: Work) -> None:
        """Never a failure: whether a change may be merged is said by the exit code of the run that asked."""
        before = caller.writes
        try:
            for page, body in enumerate(check_bodies(plan, failed=False)):
                self._add(caller, plan, page * GITHUB.annotations, body)
        except Refused as refused:
            work.troubles.append(f"findings beside the diff stand in the summary alone: {refused.message}")
            return
        work.annotations = len(plan.annotations) if caller.writes > before else 0

    def _add(self, caller: Caller, plan: Plan, before: int, body: Json) -> None:
        """Annotations are added to those that are there, so it is counted how many these are."""

        def is_there() -> bool:
            check = self._check(caller, plan)
            return check is not None and int(check["output"]["annotations_count"]) > before

        check = self._check(caller, plan)
        if check is None:
            caller.write("POST", f"{self._repository}/check-runs", body, is_there)
        elif int(check["output"]["annotations_count"]) <= before:
            caller.write("PATCH", f"{self._repository}/check-runs/{check['id']}", body, is_there)

    def _check(self, caller: Caller, plan: Plan) -> Json | None:
        """The check of these very annotations."""
        path = f"{self._repository}/commits/{plan.head}/check-runs"
        checks = caller.pages(path, {"check_name": CHECK, "filter": "all"}, "check_runs")
        return next((one for one in checks if one.get("external_id") == sign_of(plan.annotations)), None)

    def _sum_up(self, caller: Caller, text: str, before: Note | None) -> Written:
        if before is None:
            path = f"{self._repository}/issues/{self._target.number}/comments"
            caller.write("POST", path, {"body": text}, lambda: self._summary(caller) is not None)
            return "created"
        if is_same_text(before.body, text):
            return "unchanged"
        caller.write("PATCH", f"{self._repository}/issues/comments/{before.id}", {"body": text})
        return "edited"


def _without(comments: Sequence[Comment], others: Sequence[Comment]) -> list[Comment]:
    return [one for one in comments if all(one is not other for other in others)]


def _door(target: Target, time_out: int) -> Door:
    """Through PyGithub, whose own tries after a failure are off: it would make a call again that was carried out."""
    try:
        from github import Auth, Github
    except ImportError as error:
        raise EnvironmentLacks(
            "PyGithub is needed to talk to GitHub, and is not installed", hint='`pip install "swe-agent[github]"`'
        ) from error
    if not target.api.startswith(("https://", "http://")):
        raise UsageError(f"`{target.api}` is no address", hint="GitHub's own is `https://api.github.com`")
    requester = Github(
        auth=Auth.Token(target.token) if target.token else None,
        base_url=target.api.rstrip("/"),
        timeout=time_out,
        user_agent="swe-agent",
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    ).requester

    def ask(verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Answer:
        url = requester.graphql_url if path == GRAPHQL else path
        try:
            status, headers, text = requester.requestJson(verb, url, query, input=body)
        except OSError as error:  # all of the errors of requests
            raise Lost(f"no answer ({type(error).__name__})") from error
        except RuntimeError as error:  # its own, where it is sent to another host
            raise EnvironmentLacks(str(error), hint="is the address of the platform right?") from error
        answer = answered(verb, status, headers, text)
        return _plain(answer) if path == GRAPHQL else answer

    return ask


def _plain(answer: Answer) -> Answer:
    """An answer of GraphQL's with the status that it deserves."""
    body = answer.body
    if answer.status >= 300 or not isinstance(body, dict) or not body.get("errors"):
        return answer
    kinds = [one.get("type", "") for one in body["errors"]]
    status = next((_STATUSES[kind] for kind in kinds if kind in _STATUSES), 502)
    return replace(answer, status=status)
