"""A clone whose remote has a pull request that the clone knows nothing of; and what it costs to look at it: nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from forges.github_server import GitHubServer
from forges.gitlab_server import GitLabServer
from program import Program, Ran

from swe_agent.testing.repository import RepoBuilder, tree_digest

NOBODY = dict.fromkeys(
    ("GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_TOKEN", "GH_TOKEN", "GH_HOST", "GH_ENTERPRISE_TOKEN",
     "GITHUB_ENTERPRISE_TOKEN", "CI_PROJECT_ID", "CI_SERVER_URL", "SWE_AGENT_GITLAB_TOKEN", "CI", "GITHUB_ACTIONS",
     "GITLAB_CI"),
    "",
)  # fmt: skip
"""Of what the machine that runs the tests may have set."""

SSH = """#!/bin/sh
echo "$*" >>'{log}'
for last; do :; done
cd '{there}' && exec sh -c "$(echo "$last" | sed "s,'/,',")"
"""


class World:
    """`there` is where the remote keeps its repositories: `o/n.git`, with the pull request 7 of `head` for `base`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.there = root / "there"
        author = RepoBuilder(root / "author")
        author.commit("first", {"cart.py": "x = 1\n", "other.py": "y = 1\n"})
        bare = self.there / "o/n.git"
        bare.parent.mkdir(parents=True)
        author.git("clone", "--quiet", "--bare", str(author.path), str(bare))
        self.bare = bare
        author.git("clone", "--quiet", str(bare), str(root / "clone"))
        self.clone = RepoBuilder(root / "clone")
        author.git("switch", "--quiet", "--create", "topic")
        self.head = author.commit("topic", {"cart.py": "x = 1\nbreakpoint()\n"})
        author.git("push", "--quiet", str(bare), "HEAD:refs/pull/7/head", "HEAD:refs/merge-requests/7/head")
        author.git("tag", "v2", "HEAD")
        author.git("switch", "--quiet", "main")
        self.base = author.commit("meanwhile", {"new.py": "z = 1\n"})
        author.git("push", "--quiet", str(bare), "main", "v2")
        self.author = author
        self.program = Program(self.clone.path)

    @property
    def patch(self) -> bytes:
        return self.author.git("diff", "-M", f"{self.base}...{self.head}").encode() + b"\n"

    def on(self, server: GitHubServer | GitLabServer) -> None:
        server.push(self.head, self.patch)
        server.base = self.base if isinstance(server, GitHubServer) else self.parted
        server.branch = "main"

    @property
    def parted(self) -> str:
        return self.author.git("merge-base", self.base, self.head)

    def review(self, *args: str, env: Mapping[str, str] | None = None, code: int = 0) -> Ran:
        """By the signals, if nothing else is said."""
        checks = () if "--checks" in args or "--model" in args else ("--checks", "signals")
        ran = self.program.run("review", *args, *checks, env={**NOBODY, **(env or {})})
        assert ran.code == code, ran.stdout + ran.stderr
        return ran

    def state(self) -> str:
        """Of all that is the user's: every byte but objects that are added, and our own folder."""
        return tree_digest(self.clone.path, leave_out=(".git/objects", ".git/swe-agent"))

    def ssh(self) -> dict[str, str]:
        """Variables with which `ssh HOST` comes to `there`, and writes down what it was called with."""
        folder = self.root / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "ssh"
        program.write_text(SSH.format(log=self.root / "ssh.log", there=self.there))
        program.chmod(0o755)
        return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
