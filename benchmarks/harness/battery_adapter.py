"""Our sandbox as an adapter for a battery of escape attempts.

    python run.py --adapter benchmarks/harness/battery_adapter.py

The battery's own modules `adapter` and `attempt` must be importable, which its runner sees to. The sandbox is used as
the program uses it: the state directory below the home, the checkout's dependencies lent, the default policy, hazards
and patch of what was extracted shown through `safe_text`, delivery by objects alone. `SANDBOX_BACKEND`
(`bubblewrap`, `namespaces`, `restricted`, `container`) names a backend; without it the sandbox chooses.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from adapter import Outcome, Refused, Review, SandboxAdapter  # type: ignore[import-not-found]  # the runner's module

import sandbox
from sandbox import Hazard, Limits, Mount, Policy, SandboxError, Workspace, paths, safe_text
from sandbox.policy import Backend

FLAGS = {
    "ci-config": ("sensitive-path",),
    "agent-config": ("sensitive-path",),
    "git-config": ("sensitive-path", "gitmodules"),
    "build-script": ("sensitive-path",),
    "lockfile": ("lockfile",),
    "symlink": ("symlink",),
    "symlink-escape": ("symlink-escapes",),
    "gitlink": ("submodule-pointer",),
    "mode-change": ("mode-change",),
    "binary": ("binary",),
    "bidi": ("bidi",),
    "invisible": ("invisible-chars",),
    "control": ("control-chars-in-content",),
    "huge": ("huge",),
    "ignored": ("ignored-new-file",),
}


class Handle(NamedTuple):
    """A workspace, and the commit in the user's repository that it began with.

    Not a dataclass: the runner does not list this module in `sys.modules`, where those look for their annotations.
    """

    space: Workspace
    base: str


class Adapter(SandboxAdapter):  # type: ignore[misc]  # the runner's class has no types here
    """See the module, and `adapter.py` of the battery for each method."""

    reviews = True
    mounts = True
    owned = (r"home/\.local(/state(/swe-agent(/|$)|$)|$)",)

    def __init__(self) -> None:
        backend = os.environ.get("SANDBOX_BACKEND", "")
        self.name = f"swe-agent-{backend or 'default'}"
        self._policy = Policy(require=Backend(backend).tier, backend=Backend(backend)) if backend else Policy()

    def unavailable(self) -> str | None:
        try:
            sandbox.run(self._policy, ["true"], cwd=Path("/"))
        except SandboxError as error:
            return f"{error.message} {error.hint or ''}".strip()
        return None

    def prepare(self, repo: Path, base: str) -> Handle:
        root = Path(os.environ["HOME"]) / ".local/state/swe-agent/battery/boxes" / uuid.uuid4().hex
        box = sandbox.Box.create(repo, root)
        commit = sandbox.run_git(["rev-parse", "--verify", base], git_dir=repo / ".git").decode().strip()
        lent = sandbox.find_dependencies(repo)
        return Handle(space=Workspace.create(box, commit, checkout=repo, dependencies=lent), base=commit)

    def tree_path(self, handle: Handle) -> Path:
        return handle.space.tree

    def inner_path(self, handle: Handle) -> str:
        return str(handle.space.inside(self._policy))

    def run(
        self,
        handle: Handle,
        script: str,
        env: dict[str, str],
        timeout: float,
        *,
        terminal: int | None = None,
        leaked: tuple[int, ...] = (),
        mount: str | None = None,
    ) -> Outcome:
        policy = replace(self._policy, env=env, limits=Limits(wall_s=timeout))
        argv = ["bash", "-c", script]
        try:
            if mount is None:
                result = handle.space.run(policy, argv)
            else:
                result = self._run_with(handle.space, policy, argv, mount)
        except SandboxError as error:
            raise Refused(error.message) from error
        stored = len(result.stdout) + len(result.stderr)
        late = result.timed_out or result.idle_timed_out
        return Outcome(result.status, result.stdout, result.stderr, late, stored)

    @staticmethod
    def _run_with(space: Workspace, policy: Policy, argv: Sequence[str], target: str) -> sandbox.Result:
        """One more dependency than the workspace was made with, prepared as the workspace prepares its own."""
        paths.ensure_target(space.tree, target, directory=True)
        lent = Mount(source=Path("/usr/share"), target=space.inside(policy) / target, writable=False)
        return sandbox.run(policy, argv, cwd=space.inside(policy), mounts=(*space.mounts(), lent))

    def display(self, handle: Handle, output: bytes) -> bytes:
        return safe_text(output).encode("utf-8", "surrogateescape")

    def review(self, handle: Handle) -> Review:
        space = handle.space
        out = space.extract()
        base = space.box.tree_of(space.commit)
        files = [change.path for change in space.box.diff(base, out.tree)]
        lines = [f"{hazard.kind}: {_one_line(hazard.path)}: {safe_text(hazard.detail)}" for hazard in out.hazards]
        lines += [f"left out: {_one_line(name)}" for name in out.left_out]
        lines += [f"changed: {_one_line(name)}" for name in files]
        text = "\n".join([*lines, safe_text(space.box.patch(base, out.tree))])
        flags = [(flag, hazard.path) for hazard in out.hazards for flag in _flags(hazard)]
        flags += [("ignored-new-file", name) for name in out.left_out]
        return Review(text.encode("utf-8", "surrogateescape"), flags, files)

    def deliver(self, handle: Handle) -> str:
        space = handle.space
        try:
            tree = space.extract().tree
            into = space.box.checkout / ".git"
            return space.deliver(tree, parent=handle.base, message="delivered", into=into)
        except SandboxError as error:
            raise Refused(error.message) from error

    def close(self, handle: Handle) -> None:
        handle.space.destroy()
        handle.space.box.destroy()


def _one_line(name: str) -> str:
    return safe_text(name).replace("\n", "<U+000A>").replace("\t", "<U+0009>")


def _flags(hazard: Hazard) -> tuple[str, ...]:
    """What the battery calls our kinds; of two of ours it tells more apart than we do."""
    if hazard.kind == "name":
        return ("control-chars-in-name" if hazard.detail.startswith("control") else "name-hazard",)
    if hazard.kind == "nested-repository":
        return ("nested-git" if hazard.path.split("/")[-1].lower() == ".git" else "bare-repo",)
    return FLAGS.get(hazard.kind, ())
