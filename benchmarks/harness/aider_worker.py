#!/usr/bin/env python3
"""The repo map of `aider-chat` for instances: the order of its files, and its maps of 1,024 and 4,096 tokens.

    .peers/aider/bin/python benchmarks/harness/aider_worker.py TREE <INSTANCES >RANKED

One JSON object a line in both directions; the instances are of one repository, whose commits are checked out into TREE
one after another, so that its own cache of tags serves it as it would a user. What a task mentions is found by the
methods of its own `Coder`; no file is in the chat. Tokens are those of cl100k.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from aider.coders.base_coder import Coder  # type: ignore[import-not-found]  # lives in an environment of its own
from aider.io import InputOutput  # type: ignore[import-not-found]
from aider.repomap import RepoMap  # type: ignore[import-not-found]
from grep_ast import filename_to_lang  # type: ignore[import-not-found]  # comes with it

from benchmarks.harness.tokens import count
from benchmarks.harness.trees import ENVIRONMENT, blobs

MAPS = (1_024, 4_096)


class Mentions:
    """As much of a `Coder` as its methods that look for mentions ask for."""

    abs_read_only_fnames = ()

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths

    def get_addable_relative_files(self) -> set[str]:
        return set(self._paths)

    def get_all_relative_files(self) -> list[str]:
        return self._paths

    def get_inchat_relative_files(self) -> list[str]:
        return []


def check_out(repository: str, commit: str, tree: Path) -> None:
    """Files that two commits share keep their times, by which aider knows what it has read."""
    tree.mkdir(parents=True, exist_ok=True)
    environment = {**ENVIRONMENT, "GIT_INDEX_FILE": f"{tree}.index"}
    argv = ["git", "--git-dir", repository, "--work-tree", str(tree), "-c", "core.bare=false"]
    subprocess.run([*argv, "read-tree", "--reset", "-u", commit], env=environment, check=True)


def rank(instance: dict[str, Any], tree: Path, io: Any) -> dict[str, Any]:
    check_out(instance["repository"], instance["commit"], tree)
    every = [blob.path for blob in blobs(Path(instance["repository"]), instance["commit"])]
    paths = [path for path in every if filename_to_lang(path) and (tree / path).is_file()]
    begun = resource.getrusage(resource.RUSAGE_SELF)
    stand_in = Mentions(every)
    names = Coder.get_ident_mentions(stand_in, instance["text"])
    files = Coder.get_file_mentions(stand_in, instance["text"]) | Coder.get_ident_filename_matches(stand_in, names)
    model = SimpleNamespace(token_count=count)
    repo_map = RepoMap(map_tokens=MAPS[0], root=str(tree), main_model=model, io=io)
    ranked = repo_map.get_ranked_tags([], [str(tree / path) for path in paths], files, names)
    # The rank is computed once and drawn twice.
    repo_map.get_ranked_tags = lambda *_, **__: ranked
    absolute = [str(tree / path) for path in paths]
    maps = {str(n): repo_map.get_ranked_tags_map_uncached([], absolute, n, files, names) or "" for n in MAPS}
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "instance_id": instance["instance_id"],
        "files": list(dict.fromkeys(tag[0] for tag in ranked))[:50],
        "maps": maps,
        "cpu_s": round(used.ru_utime + used.ru_stime - begun.ru_utime - begun.ru_stime, 3),
        "peak_mb": round(used.ru_maxrss / 1024, 1),
    }


def main() -> None:
    tree = Path(sys.argv[1])
    # Its progress bars and warnings go where they disturb nothing.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    io = InputOutput(pretty=False, yes=True, fancy_input=False)
    for line in sys.stdin:
        print(json.dumps(rank(json.loads(line), tree, io)), file=answers, flush=True)


if __name__ == "__main__":
    main()
