"""The work tree of a job: read, edit, run, tree in, tree out. What runs here runs under the sandbox, nowhere else."""

from __future__ import annotations

import errno
import posixpath
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import sandbox
from sandbox import Dependency, Limits, Policy, Result, Tier, find_dependencies, paths
from sandbox.errors import Refused
from sandbox.policy import MIB
from swe_agent.core.errors import UsageError
from swe_agent.core.proposal import HazardNote
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.rules import Rules
from swe_agent.workspace.translate import translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command's outcome: `output` is what it wrote to stdout, then to stderr. 124 means that it took too long."""

    status: int
    output: bytes
    seconds: float
    timed_out: bool
    tier: str
    layers: tuple[str, ...] = field(default=())
    missing: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, result: Result) -> Ran:
        late = result.timed_out or result.idle_timed_out
        return cls(
            status=124 if late else result.status,
            output=result.stdout + (b"\n" if result.stdout and result.stderr else b"") + result.stderr,
            seconds=result.duration_s,
            timed_out=late,
            tier=result.tier.value,
            layers=result.layers,
            missing=result.missing,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A tree on its way out, with what was seen on the way."""

    tree: str
    hazards: tuple[HazardNote, ...]
    left_out: tuple[str, ...]


def policy(tier: Tier, rules: Rules, seconds: float) -> Policy:
    """What a command of this program may do, by the user's rules."""
    return Policy(
        require=tier,
        image=rules.image,
        runtime=rules.runtime,
        limits=Limits(
            wall_s=seconds,
            memory_bytes=rules.memory_mib * MIB,
            processes=rules.processes,
            tree_bytes=rules.written_mib * MIB,
        ),
    )


def tier_of(name: str) -> Tier:
    """The tier that a person typed."""
    try:
        return Tier(name)
    except ValueError as error:
        raise UsageError(
            f"there is no sandbox tier `{name}`", hint=f"one of {', '.join(tier.value for tier in Tier)}"
        ) from error


@contextmanager
def _refusal_as_value() -> Iterator[None]:
    """A path that leads out of the tree is the caller's mistake, not the environment's."""
    try:
        yield
    except Refused as error:
        raise ValueError(error.message) from error


class Workspace:
    def __init__(self, space: sandbox.Workspace, tier: Tier, rules: Rules, cancelled: Callable[[], bool]) -> None:
        self._space = space
        self._tier = tier
        self._rules = rules
        self._cancelled = cancelled
        self._masked: tuple[str, ...] = ()
        self._fresh = False
        """Laid out by this object, and neither a command nor an edit has touched it since."""

    @classmethod
    def create(
        cls,
        box: JobBox,
        commit: str,
        *,
        checkout: Path,
        tier: Tier,
        rules: Rules,
        cancelled: Callable[[], bool],
        made: Sequence[Dependency] = (),
    ) -> Workspace:
        """Lay out the files of a commit of the box. Finds the checkout's installed dependencies and lends them, but
        where something was `made` for this commit, and copies the ignored files that `.worktreeinclude` names."""
        with translated():
            lent = (*made, *(one for one in find_dependencies(checkout) if not any(_clash(one, own) for own in made)))
            space = sandbox.Workspace.create(
                box.box, commit, checkout=checkout, dependencies=lent, include=rules.include
            )
        laid_out = cls(space, tier, rules, cancelled)
        laid_out._fresh = True
        return laid_out

    @classmethod
    def open(cls, root: Path, *, tier: Tier, rules: Rules, cancelled: Callable[[], bool]) -> Workspace:
        """Take up what an earlier process laid out."""
        with translated():
            return cls(sandbox.Workspace.open(root), tier, rules, cancelled)

    @property
    def takes_several(self) -> bool:
        """Whether commands may run side by side, each in namespaces of its own: they share the files alone."""
        nested = any("/" in one.target for one in self._space.dependencies)
        return self._tier >= Tier.NAMESPACED and not nested

    @property
    def not_included(self) -> tuple[str, ...]:
        """What `.worktreeinclude` names and was not copied, each with its reason."""
        return tuple(f"{one.path} ({one.reason})" for one in self._space.included.left_out)

    def mask(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Have commands see these files empty, but those that the user's settings let through: the ones that are."""
        hidden = tuple(path for path in paths if path not in self._rules.include)
        self._masked = self._space.masked = hidden
        return hidden

    # ---- files; text is UTF-8 with surrogate escapes, so that any bytes survive

    def files(self) -> tuple[str, ...]:
        with translated():
            return self._space.list()

    def read(self, path: str) -> str | None:
        """The text of a file, or None where there is none. ValueError for a path that leads out of the tree."""
        try:
            with _refusal_as_value():
                there = paths.stat_beneath(self._space.tree, path)
                if there is None or stat.S_ISDIR(there.st_mode):
                    return None
                if stat.S_ISLNK(there.st_mode):
                    where = self.target(path)
                    raise ValueError(f"{path} is a symbolic link" + (f" to {where}" if where else ""))
                return self._space.read(path).decode("utf-8", "surrogateescape")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise ValueError(f"{path[:60]}… is too long a name for a file") from error
            raise

    def own(self, path: str) -> str | None:
        """As `read`, for whoever goes through all files: None for a link too."""
        try:
            return self.read(path)
        except ValueError:
            return None

    def target(self, path: str) -> str:
        """Where a symbolic link leads, as a path of the tree; empty for all that is none, and where it leads out."""
        try:
            with _refusal_as_value():
                pointed = paths.readlink_beneath(self._space.tree, path)
        except (ValueError, OSError):
            return ""
        found = posixpath.normpath(posixpath.join(posixpath.dirname(path), pointed))
        return "" if found in (".", "..", path) or found.startswith(("../", "/")) else found

    def apply(
        self,
        files: Mapping[str, str | None],
        *,
        executable: Mapping[str, bool] | None = None,
        moved: Mapping[str, str] | None = None,
    ) -> None:
        """Write these files, None for "remove". All or nothing: on a failure the files written before come back.

        A file that comes from another path (`moved`) has the mode of that one, and `executable` names modes beside.
        """
        wanted = {path: self._mode(origin) for path, origin in (moved or {}).items()}
        wanted |= {path: 0o755 if on else 0o644 for path, on in (executable or {}).items()}
        contents = {path: self.read(path) for path in wanted} | dict(files)
        before = {path: (self.read(path), self._mode(path)) for path in contents}
        done: list[str] = []
        try:
            for path, text in contents.items():
                self._put(path, text, wanted.get(path))
                done.append(path)
        except BaseException:
            for path in done:
                self._put(path, *before[path])
            raise

    def _mode(self, path: str) -> int | None:
        with translated(), _refusal_as_value():
            return self._space.mode(path)

    def _put(self, path: str, text: str | None, mode: int | None) -> None:
        self._fresh = False
        with translated(), _refusal_as_value():
            if text is None:
                self._space.remove(path)
            else:
                self._space.write(path, text.encode("utf-8", "surrogateescape"), mode)

    # ---- commands

    def run(
        self,
        argv: Sequence[str],
        *,
        seconds: float,
        environment: Mapping[str, str] | None = None,
        idle_seconds: float | None = None,
        readable: Sequence[Path] = (),
        output_bytes: int = 1_000_000,
    ) -> Ran:
        """Run a command at the top of the tree. `readable` are host folders that it may read besides."""
        asked = policy(self._tier, self._rules, seconds)
        asked = replace(
            asked,
            limits=replace(asked.limits, idle_s=idle_seconds, output_bytes=output_bytes),
            env=dict(environment or {}),
            read_only=tuple(readable),
        )
        with translated():
            self._fresh = False
            return Ran.of(self._space.run(asked, list(argv), cancelled=self._cancelled))

    # ---- trees

    def leave(self) -> Exit:
        """The tree as it is now. No command may be running."""
        with translated():
            out = self._space.extract()
        return Exit(
            tree=out.tree,
            hazards=tuple(HazardNote(kind=h.kind, path=h.path, detail=h.detail) for h in out.hazards),
            left_out=tuple(out.left_out),
        )

    def reset(self, tree: str) -> None:
        """Make the files those of a tree."""
        with translated():
            self._space.reset(tree)

    def renew(self, tree: str) -> None:
        """Lay everything out anew, so that nothing is there but the files of the tree. No command may be running."""
        if self._fresh:
            self.reset(tree)
            return
        box, commit, lent = self._space.box, self._space.commit, self._space.dependencies
        with translated():
            self._space.destroy()
            self._space = sandbox.Workspace.create(
                box, commit, checkout=box.checkout, dependencies=lent, include=self._rules.include
            )
            self._space.reset(tree)
        self._space.masked = self._masked
        self._fresh = True

    def close(self) -> None:
        self._space.close()

    def destroy(self) -> None:
        """Remove the files; the box and its trees stay."""
        with translated():
            self._space.destroy()


def _clash(one: Dependency, other: Dependency) -> bool:
    """Whether one lies in the other's place, or in it."""
    a, b = Path(one.target), Path(other.target)
    return a.is_relative_to(b) or b.is_relative_to(a)
