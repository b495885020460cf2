"""Decisions as a file, for scripts and CI: what a person could type at the desk, written down beforehand.

A JSON array, or one object a line:

    {"block": "3f2a…", "decision": "accept"}
    {"block": "91c0…", "decision": "reject", "reason": "scope"}
    {"block": "77ab…", "decision": "amend", "text": "the lines in the place of the added ones\\n"}
    {"block": "*", "decision": "defer"}

`block` is an id, the beginning of one that is unique, or `*` for every open block that no line before it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, split_lines
from swe_agent.core.errors import UsageError
from swe_agent.desk.desk import Desk
from swe_agent.desk.lines import ended_as

WORDS = ("accept", "reject", "amend", "defer")


def block_named(desk: Desk, wanted: str) -> Block:
    """The block by its id, or by the beginning of it that names only one. UsageError for anything else."""
    found = [block for block in desk.proposal.blocks if wanted and block.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    job = desk.proposal.id
    if not found:
        raise UsageError(f"there is no block {wanted} in {job}", hint=f"`swe-agent show {job}` lists the blocks")
    raise UsageError(f"{len(found)} blocks of {job} begin with {wanted}", hint="give more of the id")


def decisions_in(text: str, desk: Desk) -> tuple[Decision, ...]:
    """In the order of the file. UsageError, with the place, for anything that is no decision on a block of the desk."""
    found: list[Decision] = []
    for place, row in _rows(text):
        named = {decision.block for decision in found}
        for block in _blocks(row, desk, named, place):
            found.append(_decision(row, block, place))
    if not found:
        raise UsageError("the file holds no decisions", hint=f"write one a line; {_HINT}")
    return tuple(found)


_HINT = 'such as {"block": "ID", "decision": "accept"}; `swe-agent show --json` lists the blocks'


def _rows(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"the decisions are not JSON: {error}", hint=_HINT) from error
        numbered = [(f"decision {number}", row) for number, row in enumerate(rows, 1)]
    else:
        numbered = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for place, row in numbered:
        if isinstance(row, str):
            try:
                row = json.loads(row)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{place} is not JSON: {error}", hint=_HINT) from error
        if not isinstance(row, dict):
            raise UsageError(f"{place} is no object", hint=_HINT)
        yield place, row


def _blocks(row: dict[str, Any], desk: Desk, named: set[str], place: str) -> list[Block]:
    wanted = row.get("block")
    if wanted == "*":
        return [block for block in desk.open if block.id not in named]
    if not isinstance(wanted, str) or not wanted:
        raise UsageError(f"{place} names no block", hint=_HINT)
    try:
        found = block_named(desk, wanted)
    except UsageError as error:
        raise UsageError(f"{place}: {error.message}", hint=error.hint) from error
    if found.id in desk.landed:
        raise UsageError(f"{place}: block {found.id} has landed already", hint="take it back with `swe-agent undo`")
    return [found]


def _decision(row: dict[str, Any], block: Block, place: str) -> Decision:
    reason, text = row.get("reason", ""), row.get("text")
    unknown = row.keys() - {"block", "decision", "reason", "text"}
    if unknown:
        raise UsageError(f"{place} has `{sorted(unknown)[0]}`, which says nothing here", hint=_HINT)
    if not isinstance(reason, str):
        raise UsageError(f"{place}: the reason is no text", hint=_HINT)
    match row.get("decision"):
        case "accept":
            return Accept(block=block.id)
        case "reject":
            return Reject(block=block.id, reason=reason)
        case "defer":
            return Defer(block=block.id)
        case "amend" if isinstance(text, str) and block.kind == "lines":
            lines = split_lines(text.encode("utf-8", "surrogateescape"))
            return Amend(block=block.id, lines=ended_as(block, lines))
        case "amend":
            raise UsageError(f"{place}: an amended block needs its `text`, and to be lines", hint=_HINT)
        case other:
            raise UsageError(f"{place}: `{other}` is no decision", hint=f"one of {', '.join(WORDS)}; {_HINT}")
