"""The sandbox as the battery uses it: a workspace with the checkout's dependencies, as the program makes them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sandbox.battery.attempt import Attempt
from sandbox.battery.evidence import Review
from sandbox.battery.world import JOBS, STATE, World
from sandbox.box import Box
from sandbox.dependencies import find_dependencies
from sandbox.git import run_git
from sandbox.policy import Policy
from sandbox.screen import safe_text
from sandbox.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """The adapter of the real thing. `policy` names tier and backend; all else is the default or the attempt's."""

    policy: Policy = field(default_factory=Policy)
    control: bool = False
    own: str = rf"home/{STATE}(/jobs/mine(/|$)|/?$)"

    @property
    def name(self) -> str:
        return self.policy.backend or "default"

    def open(self, world: World, attempt: Attempt, variables: Mapping[str, str]) -> "Inside":
        policy = replace(
            self.policy,
            env={**self.policy.env, **variables},
            read_only=(*self.policy.read_only, world.shown),
            limits=attempt.limits,
            hosts=attempt.hosts,
        )
        return Inside(world, policy)


class Inside:
    """A workspace of a world's checkout."""

    def __init__(self, world: World, policy: Policy) -> None:
        box = Box.create(world.checkout, world.home / JOBS / "mine")
        head = run_git(["rev-parse", "HEAD"], git_dir=box.common_dir).decode("ascii").strip()
        lent = find_dependencies(world.checkout)
        self._space = Workspace.create(box, head, checkout=world.checkout, dependencies=lent, include=())
        self._policy = replace(policy, env={**policy.env, "TREE": str(self._space.inside(policy))})
        self.tree = self._space.tree
        self.place = box.root
        self.lacks: tuple[str, ...] = ()

    def run(self, script: str, *, seconds: float, cwd: str = ".") -> bytes:
        policy = replace(self._policy, limits=replace(self._policy.limits, wall_s=seconds))
        result = self._space.run(policy, ["bash", "-c", script], cwd)
        self.lacks = result.missing
        return result.stdout + result.stderr

    def read(self, path: str) -> bytes:
        return self._space.read(path)

    def write(self, path: str, data: bytes) -> None:
        self._space.write(path, data)

    def reset(self) -> None:
        self._space.reset(self._space.commit)

    def review(self) -> Review:
        """As the program shows it: hazards first, then the patch, and nothing of it raw."""
        space = self._space
        out = space.extract()
        base = space.box.tree_of(space.commit)
        lines = [f"{one.kind} {safe_text(one.path)} {safe_text(one.detail)}" for one in out.hazards]
        lines += [f"left out {safe_text(name)}" for name in out.left_out]
        text = "\n".join([*lines, safe_text(space.box.patch(base, out.tree))])
        hazards = tuple((one.kind, one.path) for one in out.hazards)
        return Review(text=text.encode("utf-8", "surrogateescape"), hazards=hazards)

    def display(self, output: bytes) -> bytes:
        return safe_text(output).encode("utf-8", "surrogateescape")

    def close(self) -> str:
        box = self._space.box
        try:
            self._space.destroy()
            box.destroy()
        except (OSError, RecursionError) as error:
            self._space.close()
            return f"{type(error).__name__} while the workspace was removed"
        return "the workspace is still there" if os.path.lexists(box.root) else ""
