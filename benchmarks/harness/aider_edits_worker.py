#!/usr/bin/env python3
"""Replies applied by the coders of `aider-chat`: their own reading and writing, and nothing of a chat.

    .peers/aider/bin/python benchmarks/harness/aider_edits_worker.py <REPLIES >ANSWERS

One JSON object a line in both directions: {"coder", "root", "files", "reply"}, and {"error"}, which is null where the
coder was content. What is done is what `Coder.apply_updates` does. All files are in the chat, there is no git, and
whatever aider asks (whether to create a file, say) is answered no.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

from aider.coders.editblock_coder import EditBlockCoder  # type: ignore[import-not-found]  # in its own environment
from aider.coders.patch_coder import PatchCoder  # type: ignore[import-not-found]
from aider.coders.udiff_coder import UnifiedDiffCoder  # type: ignore[import-not-found]
from aider.coders.wholefile_coder import WholeFileCoder  # type: ignore[import-not-found]
from aider.io import InputOutput  # type: ignore[import-not-found]

CODERS = {"editblock": EditBlockCoder, "udiff": UnifiedDiffCoder, "whole": WholeFileCoder, "patch": PatchCoder}
LONGEST = 20


class Quiet(InputOutput):  # type: ignore[misc]  # its types are not known here
    def confirm_ask(self, *question: Any, **more: Any) -> bool:
        return False


def coder(asked: dict[str, Any], io: InputOutput) -> Any:
    """With as much of its state as applying a reply looks at; its constructor would want a model and a repository."""
    kind = CODERS[asked["coder"]]
    one = kind.__new__(kind)
    one.io, one.root, one.repo, one.dry_run = io, asked["root"], None, False
    one.abs_root_path_cache, one.abs_read_only_fnames, one.shell_commands = {}, set(), []
    one.need_commit_before_edits = set()
    one.abs_fnames = {one.abs_root_path(path) for path in asked["files"]}
    one.multi_response_content, one.partial_response_content = "", asked["reply"]
    one.choose_fence()
    return one


def apply(asked: dict[str, Any], io: InputOutput) -> str | None:
    try:
        with _at_most(LONGEST):
            one = coder(asked, io)
            edits = one.prepare_to_edit(one.apply_edits_dry_run(one.get_edits()))
            if not edits:
                return "nothing to apply"
            one.apply_edits(edits)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    return None


@contextlib.contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def main() -> None:
    # What it prints goes where it disturbs nothing.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    io = Quiet(pretty=False, yes=False, fancy_input=False)
    for line in sys.stdin:
        print(json.dumps({"error": apply(json.loads(line), io)}), file=answers, flush=True)


if __name__ == "__main__":
    main()
