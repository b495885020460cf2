"""A plan in the words of GitHub's REST interface: the bodies of its calls, and nothing that calls.

`POST …/pulls/N/reviews`, `POST …/check-runs` with further pages by `PATCH` (descriptions of 2022-11-28). A review is
always a comment: it neither approves nor asks for changes, which are a person's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from swe_agent.review.plan import Annotation, Comment, Plan
from swe_agent.review.platforms import GITHUB

CHECK = "swe-agent review"
Json = dict[str, Any]
_SIDES = {"left": "LEFT", "right": "RIGHT"}


def review_body(plan: Plan) -> Json:
    """With its new comments. A review of this kind has to say something itself."""
    count = len(plan.comments)
    said = f"{count} {'comment' if count == 1 else 'comments'} on the lines concerned; the summary says the rest."
    return {
        "commit_id": plan.head,
        "event": "COMMENT",
        "body": said,
        "comments": [_comment(one) for one in plan.comments],
    }


def _comment(one: Comment) -> Json:
    position = one.position
    assert position is not None, "GitHub takes no comment on a file in a review"
    body: Json = {"path": position.path, "side": _SIDES[position.side], "line": position.line, "body": one.body}
    if position.start_line:
        body |= {"start_line": position.start_line, "start_side": _SIDES[position.start_side or position.side]}
    return body


def check_bodies(plan: Plan, *, failed: bool) -> list[Json]:
    """The first one makes the check, the others bring more annotations. None where there is nothing to annotate."""
    if not plan.annotations:
        return []
    pages = [
        plan.annotations[at : at + GITHUB.annotations] for at in range(0, len(plan.annotations), GITHUB.annotations)
    ]
    first: Json = {
        "name": CHECK,
        "head_sha": plan.head,
        "external_id": sign_of(plan.annotations),
        "status": "completed",
        "conclusion": "failure" if failed else "neutral",
        "output": _output(plan, pages[0]),
    }
    return [first, *({"output": _output(plan, page)} for page in pages[1:])]


def sign_of(annotations: Sequence[Annotation]) -> str:
    """By which a check is known again that was made of the same annotations."""
    return sha256("\0".join(map(repr, annotations)).encode("utf-8", "replace")).hexdigest()[:20]


def _output(plan: Plan, annotations: Sequence[Annotation]) -> Json:
    count = len(plan.annotations)
    return {
        "title": f"{count} {'finding' if count == 1 else 'findings'} beside the diff",
        "summary": "What stands on lines that the diff does not show; the rest is said in the pull request.",
        "annotations": [
            {
                "path": one.path,
                "start_line": one.first,
                "end_line": one.last,
                "annotation_level": one.level,
                "title": one.title,
                "message": one.message,
            }
            for one in annotations
        ],
    }
