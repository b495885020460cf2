"""A command of the user's that installs what the project needs, run once for each state of its lock files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sandbox
from sandbox import Dependency, Tier, setup
from sandbox.policy import MIB
from sandbox.proxy import Asked
from sandbox.setup import Step
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.rules import Rules, SetUp
from swe_agent.workspace.translate import translated
from swe_agent.workspace.workspace import Ran, policy

LOCKS = (
    *("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "requirements-dev.txt", "requirements-test.txt"),
    *("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "Gemfile.lock", "composer.lock"),
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
)
"""What decides where the user names nothing: those of these that the commit has at its top."""
_TREE_BYTES, _FILE_BYTES = 4096 * MIB, 2048 * MIB  # what is installed is larger than what a test run writes


def _step(set_up: SetUp) -> Step:
    return Step(
        command=("sh", "-c", set_up.command),
        products=set_up.products,
        locks=set_up.locks or LOCKS,
        interpreter=setup.made_for(),
    )


def lend(set_up: SetUp, box: JobBox, commit: str) -> tuple[Dependency, ...] | None:
    """What an earlier run has made for this state of the lock files; None where there was none."""
    with translated():
        return setup.lend(box.box, commit, _step(set_up), set_up.store)


def make(
    set_up: SetUp, box: JobBox, commit: str, *, tier: Tier, rules: Rules, cancelled: Callable[[], bool]
) -> tuple[Ran, tuple[str, ...]]:
    """Run the command on the files of a commit: how it went, and its requests to the network, one a line.

    The box must hold no work tree, and holds none afterwards.
    """
    rules = replace(rules, written_mib=max(rules.written_mib, _TREE_BYTES // MIB))
    asked = policy(tier, rules, set_up.seconds)
    # Without a boundary there is nothing to keep the network in, and the sandbox refuses to pretend.
    hosts = set_up.hosts if tier >= Tier.NAMESPACED else ()
    asked = replace(asked, hosts=hosts, limits=replace(asked.limits, file_bytes=_FILE_BYTES))
    with translated():
        space = sandbox.Workspace.create(box.box, commit, checkout=box.box.checkout)
        try:
            made = setup.make(space, asked, _step(set_up), set_up.store, cancelled=cancelled)
        finally:
            space.destroy()
    return Ran.of(made.result), tuple(dict.fromkeys(map(_told, made.result.requests)))


def _told(request: Asked) -> str:
    return f"{request.host}:{request.port}" + ("" if request.allowed else f" refused: {request.reason}")
