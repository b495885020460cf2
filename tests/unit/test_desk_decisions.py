"""Decisions from a file."""

from __future__ import annotations

import json

from swe_agent.core.decision import Amend
from swe_agent.core.diff import FileEntry, diff_file
from swe_agent.desk.decisions import decisions_in
from swe_agent.desk.desk import Desk
from unit.test_desk_land import proposal


def test_amended_lines_end_as_those_of_the_block() -> None:
    old, new = FileEntry(mode="100644", id="1"), FileEntry(mode="100644", id="2")
    change = diff_file("dos.txt", old, new, b"a\r\nb\r\n", b"a\r\nB\r\n")
    desk = Desk(proposal=proposal(change), decisions={})
    (block,) = change.blocks
    for text in ("mine\nmore\n", "mine\r\nmore\r\n"):
        said = json.dumps({"block": block.id[:6], "decision": "amend", "text": text})
        assert list(decisions_in(said, desk)) == [Amend(block=block.id, lines=("mine\r\n", "more\r\n"))]
