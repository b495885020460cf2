"""A plan on GitLab: drafts that are published together, and one note that is kept up to date.

Drafts that an earlier run has left are taken up where they are still wanted, and deleted where they are not; those of a
person, where the token is a person's, stay drafts. Nothing else is deleted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

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
from swe_agent.bot.gitlab_reading import first_id, is_draft_of, is_ours, summary_of, thread_of
from swe_agent.core.errors import EnvironmentLacks, UsageError
from swe_agent.review.diff_index import DiffIndex
from swe_agent.review.gitlab import Version, draft_notes
from swe_agent.review.plan import Plan, refused_before, summary_with

if TYPE_CHECKING:
    from requests import Response, Session

HINTS = {
    401: "is the token still good?",
    403: "the token needs the scope `api`, and its owner must be a reporter of the project at least",
    404: "are the project and the number right, and may the token see them?",
}
REFUSALS = (400, 422)
"""Of a single draft. Everything else is about all of them."""


class GitLab:
    """A `forge.Forge` through python-gitlab."""

    def __init__(self, target: Target, pace: Pace) -> None:
        if not target.project:
            raise UsageError("a project is needed", hint="as `GROUP/NAME`, or its number")
        self._target = target
        self._pace = pace
        self._door = _door(target, pace.time_out)
        self._project = f"/projects/{quote(target.project, safe='')}"
        self._request = f"{self._project}/merge_requests/{target.number}"
        self._own = ""

    def read(self) -> Posted:
        caller = self._caller()
        now = caller.read(self._request)
        return replace(self._read(caller, _version(now)), branch=now.get("target_branch", ""))

    def carry_out(self, plan: Plan, posted: Posted, index: DiffIndex) -> Done:
        if not plan.has_effect(posted.former):
            return Done()
        caller = self._caller()
        version = _version(caller.read(self._request))
        now = self._read(caller, version)
        ready(plan, now)
        work = Work(refused=refused_before(plan, now.former))
        left = remaining(plan, posted, now)
        drafts = self._drafted(caller, left, draft_notes(left, index, version), work)
        self._publish(caller, drafts)
        work.comments = drafts
        self._turn(caller, left, work)
        summary = self._sum_up(caller, summary_with(plan, work.refused), now.summary)
        return work.done(summary, caller.writes)

    def propose(self, request: Request) -> Opened:
        caller = self._caller()
        path = f"{self._project}/merge_requests"

        def there() -> Json | None:
            found = caller.pages(path, {"source_branch": request.branch, "state": "opened"})
            return next((one for one in found if one["source_branch"] == request.branch), None)

        said: Json = {"title": request.title, "description": request.body}
        before = there()
        if before is not None:
            caller.write("PUT", f"{path}/{before['iid']}", said)
            return Opened(url=str(before["web_url"]), is_new=False)
        base = request.base or caller.read(self._project)["default_branch"]
        branches: Json = {"source_branch": request.branch, "target_branch": base}
        answer = caller.write("POST", path, {**said, **branches}, lambda: there() is not None)
        made = answer.body if answer is not None else there()
        return Opened(url=str(made["web_url"]) if isinstance(made, dict) else "", is_new=True)

    def _caller(self) -> Caller:
        return Caller(self._door, self._pace, "GitLab", HINTS)

    def _read(self, caller: Caller, version: Version) -> Posted:
        if not self._own and self._target.token:
            self._own = self._who(caller)
        if not self._own:
            return Posted(login="", head=version.head, base=version.base)
        discussions = self._discussions(caller)
        found = [(one, thread_of(one, self._own, version.head)) for one in discussions]
        threads = [
            replace(thread, state="dismissed")
            if thread.state == "open" and self._is_disliked(caller, first_id(one))
            else thread
            for one, thread in found
            if thread is not None
        ]
        return Posted(
            login=self._own,
            head=version.head,
            base=version.base,
            threads=tuple(threads),
            summary=summary_of(discussions, self._own),
        )

    def _who(self, caller: Caller) -> str:
        try:
            return str(caller.read("/user")["username"])
        except Refused as refused:
            if refused.status == 401 or not self._target.own_login:
                raise
            return self._target.own_login

    def _discussions(self, caller: Caller) -> list[Json]:
        return list(caller.pages(f"{self._request}/discussions"))

    def _is_disliked(self, caller: Caller, note: str) -> bool:
        awards = caller.pages(f"{self._request}/notes/{note}/award_emoji")
        return any(one.get("name") == "thumbsdown" for one in awards)

    def _drafts(self, caller: Caller) -> list[Json]:
        return list(caller.pages(f"{self._request}/draft_notes"))

    def _drafted(self, caller: Caller, plan: Plan, wanted: list[Json], work: Work) -> int:
        """How many drafts of ours there are in the end: all that are wanted, but for those that GitLab refuses."""
        old = [one for one in self._drafts(caller) if is_ours(one)]
        count = 0
        for comment, body in zip(plan.comments, wanted, strict=True):
            kept = next((one for one in old if is_draft_of(one, body)), None)
            if kept is not None:
                old.remove(kept)
                count += 1
                continue
            known = {one["id"] for one in old}
            refused = self._draft(caller, body, known)
            if refused:
                work.refused.append((comment, refused))
            else:
                count += 1
        for one in old:
            self._delete(caller, one)
        return count

    def _draft(self, caller: Caller, body: Json, known: set[int]) -> str:
        """Why it is refused; empty where it is there."""

        def is_there() -> bool:
            return any(one["id"] not in known and is_draft_of(one, body) for one in self._drafts(caller))

        try:
            caller.write("POST", f"{self._request}/draft_notes", body, is_there)
        except Refused as refused:
            if refused.status not in REFUSALS:
                raise
            return refused.reason
        return ""

    def _delete(self, caller: Caller, draft: Json) -> None:
        try:
            caller.write("DELETE", f"{self._request}/draft_notes/{draft['id']}")
        except Refused as refused:
            if refused.status != 404:  # it is gone, which is what was wanted
                raise

    def _publish(self, caller: Caller, count: int) -> None:
        if not count:
            return
        drafts = self._drafts(caller)
        ours = {str(one["note"]): one for one in drafts if is_ours(one)}
        for one in drafts:
            if is_ours(one) and ours[one["note"]] is not one:
                self._delete(caller, one)  # it came after all, when it had been written again
        if all(is_ours(one) for one in drafts):
            caller.write(
                "POST",
                f"{self._request}/draft_notes/bulk_publish",
                is_there=lambda: not any(is_ours(one) for one in self._drafts(caller)),
            )
            return
        for one in ours.values():
            self._publish_one(caller, one["id"])

    def _publish_one(self, caller: Caller, draft: int) -> None:
        """Where a person has drafts of his own, which are his to publish."""
        caller.write(
            "PUT",
            f"{self._request}/draft_notes/{draft}/publish",
            is_there=lambda: all(one["id"] != draft for one in self._drafts(caller)),
        )

    def _turn(self, caller: Caller, plan: Plan, work: Work) -> None:
        for thread, is_resolved in [*((one, True) for one in plan.resolved), *((one, False) for one in plan.reopened)]:
            try:
                caller.write("PUT", f"{self._request}/discussions/{thread.id}", {"resolved": is_resolved})
            except Refused as refused:
                work.troubles.append(f"a thread is not {'resolved' if is_resolved else 'reopened'}: {refused.message}")
                continue
            work.resolved += is_resolved
            work.reopened += not is_resolved

    def _sum_up(self, caller: Caller, text: str, before: Note | None) -> Written:
        path = f"{self._request}/notes"
        if before is None:
            caller.write("POST", path, {"body": text}, lambda: self._has_summary(caller))
            return "created"
        if is_same_text(before.body, text):
            return "unchanged"
        caller.write("PUT", f"{path}/{before.id}", {"body": text})
        return "edited"

    def _has_summary(self, caller: Caller) -> bool:
        return summary_of(self._discussions(caller), self._own) is not None


def _stay(session: Session, response: Response) -> None:
    """EnvironmentLacks where the answer leads to another host: `requests` would take our token along, for it knows that
    one header of its own alone is secret."""
    led = session.get_redirect_target(response)
    to = urljoin(response.url, led) if led else response.url
    if session.should_strip_auth(response.url, to):
        raise EnvironmentLacks(f"GitLab leads to another host: {to}", hint="is the address of the platform right?")


def _version(request: Json) -> Version:
    refs = request.get("diff_refs")
    if not refs:
        raise EnvironmentLacks("GitLab has not made the diff of this merge request yet", hint="run it again later")
    return Version(base=refs["base_sha"], start=refs["start_sha"], head=refs["head_sha"])


def _door(target: Target, time_out: int) -> Door:
    """Through python-gitlab, whose own tries after a failure are off: it would make a call again that was carried out.
    Its errors do not tell the headers of an answer, so these are listened for."""
    try:
        from gitlab import Gitlab
        from gitlab.exceptions import GitlabError, RedirectError
    except ImportError as error:
        raise EnvironmentLacks(
            "python-gitlab is needed to talk to GitLab, and is not installed",
            hint='`pip install "swe-agent[gitlab]"`',
        ) from error
    if not target.api.startswith(("https://", "http://")):
        raise UsageError(f"`{target.api}` is no address", hint="GitLab's own is `https://gitlab.com`")
    base = target.api.rstrip("/").removesuffix("/api/v4")
    client = Gitlab(base, private_token=target.token or None, timeout=time_out, user_agent="swe-agent")
    heard: list[Response] = []

    def listen(response: Response, **_: object) -> None:
        heard[:] = [response]
        _stay(client.session, response)

    client.session.hooks["response"].append(listen)

    def ask(verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Answer:
        heard.clear()
        try:
            client.http_request(verb, path, query_data=query, post_data=body, max_retries=0, obey_rate_limit=False)
        except RedirectError as error:
            raise EnvironmentLacks(str(error), hint="is the address of the platform right?") from error
        except GitlabError as error:
            if not heard:
                raise Lost(f"no answer ({type(error).__name__})") from error
        except OSError as error:  # all of the errors of requests
            raise Lost(f"no answer ({type(error).__name__})") from error
        response = heard[0]
        return answered(verb, response.status_code, response.headers, response.text)

    return ask
