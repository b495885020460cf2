"""What GitHub answers, as values. Pure.

By GraphQL a robot's login has no `[bot]`, by REST it has. Who resolved a thread is told of people alone: where nobody
is named, it was us. A thread is ours by its first comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from swe_agent.bot.forge import Note
from swe_agent.review import marker
from swe_agent.review.diff_index import DiffIndex, of_ranges
from swe_agent.review.reconcile import State, Thread

Json = Mapping[str, Any]
THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved path line diffSide
          resolvedBy { login }
          comments(first: 20) {
            nodes {
              body state
              author { login __typename }
              reactions(content: THUMBS_DOWN) { totalCount }
            }
          }
        }
      }
    }
  }
}
"""
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
UNRESOLVE = "mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
_SIDES = {"LEFT": "left", "RIGHT": "right"}
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def threads_of(nodes: Iterable[Json], own: str) -> Iterator[Thread]:
    """Of nodes of `THREADS`."""
    for node in nodes:
        first = next(iter(node["comments"]["nodes"]), None)
        if first is None or first.get("state") == "PENDING" or not is_own(_login(first.get("author")), own):
            continue
        side = _SIDES.get(node.get("diffSide") or "", "right")
        made = marker.of_comment(first["body"], node["path"], side, node.get("line") or 0)
        if made is not None:
            answers = [
                str(one.get("body") or "")
                for one in node["comments"]["nodes"][1:]
                if not is_own(_login(one.get("author")), own)
            ]
            answer = answers[-1] if answers else ""
            yield Thread(node["id"], made, _state(node, first, own), said=first["body"], answer=answer)


def _state(node: Json, first: Json, own: str) -> State:
    if (first.get("reactions") or {}).get("totalCount"):
        return "dismissed"
    if not node["isResolved"]:
        return "open"
    by = (node.get("resolvedBy") or {}).get("login") or own
    return "outdated" if is_own(by, own) or is_own(f"{by}[bot]", own) else "dismissed"


def _login(author: Json | None) -> str:
    """A robot may be called like a person, but for what GitHub puts behind its name."""
    if not author:
        return ""
    login = str(author.get("login") or "")
    is_robot = author.get("__typename") == "Bot" and not login.endswith("[bot]")
    return f"{login}[bot]" if is_robot else login


def is_own(login: str, own: str) -> bool:
    return bool(login) and login.casefold() == own.casefold()


def threads_of_comments(comments: Iterable[Json], own: str) -> Iterator[Thread]:
    """Where there is no GraphQL: all that is known of a thread is its first comment, so it is open until somebody shows
    that he does not like it."""
    for one in comments:
        if one.get("in_reply_to_id") or not is_own((one.get("user") or {}).get("login") or "", own):
            continue
        side = _SIDES.get(one.get("side") or "", "right")
        made = marker.of_comment(one["body"], one["path"], side, one.get("line") or 0)
        if made is not None:
            is_disliked = bool((one.get("reactions") or {}).get("-1"))
            yield Thread(str(one["id"]), made, "dismissed" if is_disliked else "open")


def summary_of(comments: Iterable[Json], own: str) -> Note | None:
    """The last one, where there are several."""
    found = None
    for one in comments:
        body = one.get("body") or ""
        if is_own((one.get("user") or {}).get("login") or "", own) and marker.is_summary(body):
            found = Note(id=str(one["id"]), body=body, former=marker.of_summary(body))
    return found


def shown(files: Iterable[Json]) -> DiffIndex:
    """What GitHub shows of the change: which lines, but not what is on them. Of a file that is too large, nothing."""
    return of_ranges({one["filename"]: list(_ranges(one.get("patch") or "")) for one in files})


def _ranges(patch: str) -> Iterator[tuple[int, int, int, int]]:
    for found in _HUNK.finditer(patch):
        old, olds, new, news = (int(number) if number is not None else 1 for number in found.groups())
        yield old, olds, new, news
