"""A small GitHub: one pull request, its reviews, threads, comments and checks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from forges.faulty import Call, Forge, Refusal, Reply, route
from forges.positions import Shown

Json = dict[str, Any]


@dataclass
class Thread:
    id: str
    path: str
    side: str
    line: int | None
    text: str
    comments: list[Json] = field(default_factory=list)
    resolved_by: str | None = None
    is_resolved: bool = False
    dislikes: int = 0


def invalid(message: str) -> Refusal:
    error = {
        "resource": "PullRequestReviewComment",
        "code": "custom",
        "message": f"pull_request_review_thread.{message}",
    }
    return Refusal(422, {"message": "Unprocessable Entity", "errors": [error]})


class GitHubServer(Forge):
    """Tokens are `token of LOGIN`. `is_workflow`: the tokens are those of workflows, which may not ask whose they are.
    `never` are texts that it refuses in a comment without saying why; `may_resolve` and `may_check` are permissions."""

    kept = ("threads", "reviews", "comments", "checks", "pulls", "ids", "head", "shown")

    def __init__(self, patch: bytes, head: str = "a" * 40) -> None:
        super().__init__()
        self.tokens = {"t0": "robot", "t1": "ann"}
        self.threads: list[Thread] = []
        self.reviews: list[Json] = []
        self.comments: list[Json] = []
        self.checks: list[Json] = []
        self.pulls: list[Json] = []
        self.base, self.branch = "b" * 40, "main"
        self.is_workflow = False
        self.never = ""
        self.may_resolve = self.may_check = True
        self.push(head, patch)
        at = "/repos/o/n"
        self.routes = [
            route("GET", "/user", self.user),
            route("GET", f"{at}/pulls/7", self.pull),
            route("GET", f"{at}/pulls/7/files", self.files),
            route("POST", f"{at}/pulls/7/reviews", self.review),
            route("GET", f"{at}/pulls/7/comments", self.review_comments),
            route("GET", f"{at}/issues/7/comments", lambda call: self.page(call, self.comments)),
            route("POST", f"{at}/issues/7/comments", self.comment),
            route("PATCH", f"{at}/issues/comments/{{id}}", self.edit),
            route("POST", f"{at}/check-runs", self.check),
            route("PATCH", f"{at}/check-runs/{{id}}", self.add_to_check),
            route("GET", f"{at}/commits/{{sha}}/check-runs", self.checks_of),
            route("POST", "/graphql", self.graphql),
            route("GET", at, lambda call: {"default_branch": "main"}),
            route("GET", f"{at}/pulls", self.pulls_of),
            route("POST", f"{at}/pulls", self.open),
            route("PATCH", f"{at}/pulls/{{id}}", self.retitle),
        ]

    def pulls_of(self, call: Call) -> object:
        wanted = call.query.get("head", "").partition(":")[2]
        return self.page(call, [one for one in self.pulls if one["head"]["ref"] == wanted])

    def open(self, call: Call) -> object:
        if any(one["head"]["ref"] == call.body["head"] for one in self.pulls):
            raise invalid(f"A pull request already exists for o:{call.body['head']}.")
        number = self.new_id()
        made = {
            "number": number, "html_url": f"https://example.org/o/n/pull/{number}", "title": call.body["title"],
            "body": call.body["body"], "head": {"ref": call.body["head"]}, "base": {"ref": call.body["base"]},
        }  # fmt: skip
        self.pulls.append(made)
        return made

    def retitle(self, call: Call, id: str) -> object:
        [one] = [one for one in self.pulls if str(one["number"]) == id]
        one |= call.body
        return one

    def push(self, head: str, patch: bytes) -> None:
        """Also by force. A thread goes with its line, or has none any more."""
        self.head, self.shown = head, Shown(patch)
        for thread in self.threads:
            thread.line = self.shown.moved(thread.path, thread.side, thread.text)

    def is_write(self, call: Call) -> bool:
        return call.verb != "GET" and not (call.path == "/graphql" and "mutation" not in call.body["query"])

    def thread(self, login: str, path: str, line: int, body: str, side: str = "RIGHT") -> Thread:
        """As anybody writes one."""
        shown = self.shown.at(path, side, line)
        comment = {"id": self.new_id(), "user": {"login": login}, "body": body}
        made = Thread(f"PRRT_{comment['id']}", path, side, line, shown.text if shown else "", [comment])
        self.threads.append(made)
        return made

    def say(self, login: str, body: str) -> Json:
        self.comments.append({"id": self.new_id(), "user": {"login": login}, "body": body})
        return self.comments[-1]

    def answer(self, call: Call) -> Reply:
        """An Enterprise's API lies below a path of its host."""
        call.path = re.sub(r"^/api(/v3)?(?=/)", "", call.path)
        return super().answer(call)

    def user(self, call: Call) -> object:
        if self.is_workflow:
            raise Refusal(403, {"message": "Resource not accessible by integration"})
        return {"login": call.login, "id": 1}

    def pull(self, call: Call) -> object:
        return {"number": 7, "head": {"sha": self.head}, "base": {"sha": self.base, "ref": self.branch}}

    def files(self, call: Call) -> object:
        return self.page(call, [{"filename": path, "patch": hunks} for path, hunks in self.shown.hunks.items()])

    def review(self, call: Call) -> object:
        body = call.body
        if body["event"] != "COMMENT" or not body["body"]:
            raise AssertionError(f"a review that is no comment: {body}")
        if body["commit_id"] != self.head:
            raise Refusal(
                422, {"message": "Unprocessable Entity", "errors": ["commit_id is not part of the pull request"]}
            )
        for one in body["comments"]:
            if refused := self.shown.github(one):
                raise invalid(refused)
            if len(one["body"]) > 65_536 or (self.never and self.never in one["body"]):
                raise Refusal(422, {"message": "Unprocessable Entity", "errors": ["An internal error occurred"]})
        self.reviews.append({"id": self.new_id(), "user": {"login": call.login}, **body})
        for one in body["comments"]:
            self.thread(call.login, one["path"], one["line"], one["body"], one["side"])
        return {"id": self.reviews[-1]["id"]}

    def review_comments(self, call: Call) -> object:
        rows = [
            {**one, "path": thread.path, "side": thread.side, "line": thread.line, "reactions": {"-1": thread.dislikes},
             "in_reply_to_id": thread.comments[0]["id"] if at else None}
            for thread in self.threads for at, one in enumerate(thread.comments)
        ]  # fmt: skip
        return self.page(call, rows)

    def comment(self, call: Call) -> object:
        if len(call.body["body"]) > 65_536:
            raise Refusal(422, {"message": "Validation Failed", "errors": ["body is too long"]})
        return self.say(call.login, call.body["body"])

    def edit(self, call: Call, id: str) -> object:
        [one] = [one for one in self.comments if str(one["id"]) == id]
        assert one["user"]["login"] == call.login, "only one's own words are edited"
        one["body"] = call.body["body"]
        return one

    def check(self, call: Call) -> object:
        if not self.may_check:
            raise Refusal(403, {"message": "You must authenticate via a GitHub App."})
        made = {"id": self.new_id(), **call.body, "rows": []}
        self._annotate(made, call.body["output"]["annotations"])
        self.checks.append(made)
        return self._told(made)

    def add_to_check(self, call: Call, id: str) -> object:
        [one] = [one for one in self.checks if str(one["id"]) == id]
        self._annotate(one, call.body["output"]["annotations"])
        return self._told(one)

    def _annotate(self, check: Json, rows: list[Json]) -> None:
        if len(rows) > 50:
            raise Refusal(422, {"message": "Invalid request.\n\nNo more than 50 annotations may be sent."})
        check["rows"] += rows

    def _told(self, check: Json) -> Json:
        output = {"annotations_count": len(check["rows"]), "title": check["output"]["title"]}
        return {"id": check["id"], "name": check["name"], "external_id": check["external_id"], "output": output}

    def checks_of(self, call: Call, sha: str) -> object:
        rows = [one for one in self.checks if one["head_sha"] == sha and one["name"] == call.query["check_name"]]
        reply = self.page(call, [self._told(one) for one in rows])
        return Reply(200, {"total_count": len(rows), "check_runs": reply.body}, reply.headers)

    def graphql(self, call: Call) -> object:
        query, variables = call.body["query"], call.body["variables"]
        if "mutation" in query:
            if not self.may_resolve:
                error = {"type": "FORBIDDEN", "message": "Resource not accessible by integration"}
                return Reply(200, {"data": {"resolveReviewThread": None}, "errors": [error]})
            [thread] = [one for one in self.threads if one.id == variables["id"]]
            thread.is_resolved = "unresolve" not in query
            thread.resolved_by = call.login if thread.is_resolved else None
            return Reply(200, {"data": {"resolveReviewThread": {"thread": {"isResolved": thread.is_resolved}}}})
        assert (variables["owner"], variables["name"], variables["number"]) == ("o", "n", 7)
        start = int(variables["after"] or 0)
        nodes = [self._node(one) for one in self.threads[start : start + 100]]
        page = {"hasNextPage": start + 100 < len(self.threads), "endCursor": str(start + 100)}
        threads = {"pageInfo": page, "nodes": nodes}
        return Reply(200, {"data": {"repository": {"pullRequest": {"reviewThreads": threads}}}})

    def _node(self, thread: Thread) -> Json:
        return {
            "id": thread.id, "isResolved": thread.is_resolved, "path": thread.path, "line": thread.line,
            "diffSide": thread.side, "resolvedBy": {"login": thread.resolved_by} if thread.resolved_by else None,
            "comments": {"nodes": [
                {
                    "body": one["body"], "state": "SUBMITTED", "author": author(one["user"]["login"]),
                    "reactions": {"totalCount": thread.dislikes if one is thread.comments[0] else 0},
                }
                for one in thread.comments
            ]},
        }  # fmt: skip


def author(login: str) -> Json:
    """As GraphQL tells it: what robots are called is told apart."""
    if login.endswith("[bot]"):
        return {"login": login.removesuffix("[bot]"), "__typename": "Bot"}
    return {"login": login, "__typename": "User"}
