"""A small GitLab: one merge request, its discussions, notes and drafts."""

from __future__ import annotations

from typing import Any

from forges.faulty import Call, Forge, Refusal, Reply, route
from forges.positions import Shown

Json = dict[str, Any]
BASE, START = "b" * 40, "c" * 40


class GitLabServer(Forge):
    """`breaks_after` drafts of a bulk are published, and then it breaks off; -1 for never."""

    kept = ("discussions", "requests", "drafts", "awards", "published", "ids", "head", "shown")

    def __init__(self, patch: bytes, head: str = "a" * 40) -> None:
        super().__init__()
        self.tokens = {"t0": "robot", "t1": "ann"}
        self.discussions: list[Json] = []
        self.drafts: list[Json] = []
        self.requests: list[Json] = []
        self.awards: dict[int, list[str]] = {}
        self.base, self.start, self.branch = BASE, START, "main"
        self.breaks_after = -1
        self.never = ""
        self.published = 0
        self.head, self.shown = head, Shown(patch)
        at = "/api/v4/projects/g/n/merge_requests/7"
        self.routes = [
            route("GET", "/api/v4/user", lambda call: {"username": call.login, "id": 1}),
            route("GET", at, self.request),
            route("GET", f"{at}/discussions", lambda call: self.page(call, self.discussions)),
            route("PUT", f"{at}/discussions/{{id}}", self.resolve),
            route("GET", f"{at}/draft_notes", self.own_drafts),
            route("POST", f"{at}/draft_notes", self.draft),
            route("DELETE", f"{at}/draft_notes/{{id}}", self.delete),
            route("PUT", f"{at}/draft_notes/{{id}}/publish", self.publish),
            route("POST", f"{at}/draft_notes/bulk_publish", self.publish_all),
            route("POST", f"{at}/notes", self.note),
            route("PUT", f"{at}/notes/{{id}}", self.edit),
            route("GET", f"{at}/notes/{{id}}/award_emoji", self.awards_of),
            route("GET", "/api/v4/projects/g/n", lambda call: {"default_branch": "main"}),
            route("GET", "/api/v4/projects/g/n/merge_requests", self.requests_of),
            route("POST", "/api/v4/projects/g/n/merge_requests", self.open),
            route("PUT", "/api/v4/projects/g/n/merge_requests/{id}", self.retitle),
        ]

    def requests_of(self, call: Call) -> object:
        wanted = call.query.get("source_branch")
        return self.page(call, [one for one in self.requests if one["source_branch"] == wanted])

    def open(self, call: Call) -> object:
        if any(one["source_branch"] == call.body["source_branch"] for one in self.requests):
            raise Refusal(409, {"message": ["Another open merge request already exists for this source branch"]})
        number = self.new_id()
        made = {"iid": number, "web_url": f"https://example.org/g/n/-/merge_requests/{number}", **call.body}
        self.requests.append(made)
        return made

    def retitle(self, call: Call, id: str) -> object:
        [one] = [one for one in self.requests if str(one["iid"]) == id]
        one |= call.body
        return one

    def push(self, head: str, patch: bytes) -> None:
        self.head, self.shown = head, Shown(patch)
        for discussion in self.discussions:
            for note in discussion["notes"]:
                position = note.get("position")
                line = position and self.shown.moved(position["new_path"], "RIGHT", note["text"])
                if line:
                    position |= {"head_sha": head, "new_line": line}

    def request(self, call: Call) -> object:
        refs = {"base_sha": self.base, "start_sha": self.start, "head_sha": self.head}
        return {"iid": 7, "sha": self.head, "target_branch": self.branch, "diff_refs": refs}

    def own_drafts(self, call: Call) -> object:
        return self.page(call, [one for one in self.drafts if one["author"] == call.login])

    def draft(self, call: Call) -> object:
        position = call.body["position"]
        if self.never and self.never in call.body["note"]:
            raise Refusal(400, {"message": "400 Bad request - Note cannot be saved"})
        if (position["base_sha"], position["start_sha"], position["head_sha"]) != (self.base, self.start, self.head):
            raise Refusal(400, {"message": "400 Bad request - Position is of another version"})
        if refused := self.shown.gitlab(position):
            raise Refusal(400, {"message": f'400 Bad request - Note {{:line_code=>["{refused}"]}}'})
        self.drafts.append({"id": self.new_id(), "author": call.login, **call.body})
        return self.drafts[-1]

    def delete(self, call: Call, id: str) -> object:
        self.drafts.remove(self._draft(call, id))
        return Reply(204)

    def publish(self, call: Call, id: str) -> object:
        self._publish(self._draft(call, id))
        return Reply(204)

    def publish_all(self, call: Call) -> object:
        for at, one in enumerate([one for one in self.drafts if one["author"] == call.login]):
            if at == self.breaks_after:
                self.breaks_after = -1
                raise Refusal(500, {"message": "500 Internal Server Error"})
            self._publish(one)
        return Reply(204)

    def _draft(self, call: Call, id: str) -> Json:
        found = [one for one in self.drafts if str(one["id"]) == id and one["author"] == call.login]
        if not found:
            raise Refusal(404, {"message": "404 Draft Note Not Found"})
        return found[0]

    def _publish(self, draft: Json) -> None:
        self.drafts.remove(draft)
        self.published += 1
        self.discuss(draft["author"], draft["note"], draft["position"])

    def discuss(self, login: str, body: str, position: Json | None = None) -> Json:
        """As anybody does."""
        note: Json = {"id": self.new_id(), "author": {"username": login}, "body": body, "system": False}
        if position is not None:
            line = self.shown.at(position["new_path"], "RIGHT", position.get("new_line"))
            note |= {"position": dict(position), "text": line.text if line else "", "resolvable": True}
            note |= {"resolved": False, "resolved_by": None}
        self.discussions.append({"id": f"d{note['id']}", "individual_note": position is None, "notes": [note]})
        return self.discussions[-1]

    def resolve(self, call: Call, id: str) -> object:
        [one] = [one for one in self.discussions if one["id"] == id]
        self.settle(one, call.login, resolved=call.body["resolved"])
        return one

    def settle(self, discussion: Json, login: str, *, resolved: bool = True) -> None:
        for note in discussion["notes"]:
            note |= {"resolved": resolved, "resolved_by": {"username": login} if resolved else None}

    def note(self, call: Call) -> object:
        return self.discuss(call.login, call.body["body"])["notes"][0]

    def edit(self, call: Call, id: str) -> object:
        [note] = [one for thread in self.discussions for one in thread["notes"] if str(one["id"]) == id]
        assert note["author"]["username"] == call.login, "only one's own words are edited"
        note["body"] = call.body["body"]
        return note

    def awards_of(self, call: Call, id: str) -> object:
        return self.page(call, [{"name": name} for name in self.awards.get(int(id), [])])
