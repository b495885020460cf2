"""A workspace: the files of a commit for an agent to change, commands to run on them, and the way out as a tree id.

The files lie in a directory of ours and are shown at the path of the user's own checkout, so that editable installs,
virtual environments and build caches that name this path find the agent's files and not the user's. The user's
repository is not there at all: inside, `.git` leads to a private one. On the host, git works on these files only
through the box.
"""

import fcntl
import json
import os
import stat
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import agentgit, aside, available, command, delivery, extract, paths
from sandbox import checkout as checkouts
from sandbox import include as includes
from sandbox.box import Box, write_whole
from sandbox.checkout import object_stores
from sandbox.dependencies import Dependency, interpreters
from sandbox.errors import GitFailed, PolicyError, Refused, SandboxError, WorkspaceBusy
from sandbox.extract import Extraction
from sandbox.glance import Glance
from sandbox.ignores import CACHES
from sandbox.include import Included, LeftOut
from sandbox.leftovers import WORKSPACE, remove_workspace
from sandbox.policy import Backend, Mount, Policy
from sandbox.result import Result
from sandbox.tree import GITLINK

if TYPE_CHECKING:
    from sandbox.session import Session


class Workspace:
    """See the module; made by `create` or `open`, which take its lock until `close` or `destroy`.

    Several commands may run in it at once; `extract` and `reset` need that none does.
    """

    def __init__(
        self, box: Box, commit: str, dependencies: tuple[Dependency, ...], lock: int, included: Included | None = None
    ) -> None:
        self.box = box
        self.commit = commit
        self.dependencies = dependencies
        self.included = Included() if included is None else included
        self.tree = box.root / "tree"
        self._git_dir = box.root / "agent.git"
        self._look_with(_places(box, dependencies, self.included))
        self._lock = lock
        box.held = (lock,)
        self._guard = threading.Lock()
        self._running = 0
        self._in_place = False
        self.masked: tuple[str, ...] = ()
        """Files of the tree that commands see empty and cannot write, where a command has a view of its own."""

    def _look_with(self, places: extract.Places) -> None:
        self._places = places
        self._glance = Glance(places.tree, places.index, places.excludes, places.lent)

    @classmethod
    def create(
        cls,
        box: Box,
        commit: str,
        *,
        checkout: Path,
        dependencies: Sequence[Dependency] = (),
        include: Collection[str] | None = None,
    ) -> "Workspace":
        """Check `commit` out into the box's root. A dependency whose place holds files of the commit is not used.

        With `include`, ignored files of the checkout that the commit's `.worktreeinclude` names are copied too, those
        that look like secrets only where `include` has their paths; `included` tells what came of it.
        """
        lock = _take_lock(box.root)
        try:
            if (box.root / "tree").exists():
                raise SandboxError(f"`{box.root}` already holds a workspace", "open it, or destroy it first")
            commit = box.git("rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}").decode().strip()
            if checkouts.is_partial(box.common_dir):
                _require_objects(box, commit)
            listed = box.git("ls-tree", "-z", "--name-only", commit, "--", *(one.target for one in dependencies))
            used = tuple(one for one in dependencies if os.fsencode(one.target) not in listed.split(b"\0"))
            space = cls(box, commit, used, lock)
            space._fill(checkouts.find(checkout), include)
            box.keep_base(commit)
        except BaseException:
            os.close(lock)
            raise
        return space

    @classmethod
    def open(cls, root: Path) -> "Workspace":
        """The workspace that `create` made in `root`, for example after a crash."""
        box = Box.open(root)
        lock = _take_lock(box.root)
        try:
            described = json.loads((box.root / WORKSPACE).read_bytes())
            # A lock of git's that a killed process left; ours says that nobody is at work here.
            (box.root / "index.lock").unlink(missing_ok=True)
            lent = [Dependency(**one | {"source": Path(one["source"])}) for one in described["dependencies"]]
            return cls(box, described["commit"], tuple(lent), lock, _included(described.get("included", {})))
        except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
            os.close(lock)
            hint = "destroy the box and begin again"
            raise SandboxError(f"`{root}` holds no workspace, or a half-made one", hint) from error

    def _fill(self, found: checkouts.Checkout, allow: Collection[str] | None) -> None:
        root = self.box.root
        extract.write_excludes(self.box, self.commit, found.common_dir / "info/exclude", self._places.excludes)
        extract.checkout(self.box, self.commit, self._places)
        if allow is not None:
            mounted = self._places.lent
            self.included = includes.copy(self.box, self.commit, found, self.tree, allow=allow, lent=mounted)
            self._look_with(_places(self.box, self.dependencies, self.included))
        agentgit.create(self.box, found, self.commit, self._places.index, self._git_dir)
        (root / "dotgit").write_bytes(b"gitdir: " + os.fsencode(agentgit.GIT_DIR) + b"\n")
        (root / "alternates").write_bytes(agentgit.alternates_inside(found.objects))
        (root / "empty").write_bytes(b"")
        self._settle(b"")
        hidden = [str(place) for place in found.secret_places]
        lent = [asdict(one) | {"source": str(one.source)} for one in self.dependencies]
        described = {"commit": self.commit, "dependencies": lent, "hidden": hidden, "included": asdict(self.included)}
        write_whole(root / WORKSPACE, json.dumps(described).encode())

    # --- running ---

    def inside(self, policy: Policy) -> Path:
        """Where the files appear to a command: at the user's own path, or where they lie if nothing can be mounted."""
        return self.tree if _in_place(available.choose(policy)) else self.box.checkout

    def mounts(self, backend: Backend | None = Backend.BUBBLEWRAP) -> tuple[Mount, ...]:
        """What a command is shown: the files, its repository, and the dependencies."""
        if _in_place(backend):
            return self._where_they_lie() if backend is not None else ()
        root, at = self.box.root, self.box.checkout
        shown = [
            Mount(source=self.tree, target=at, writable=True),
            Mount(source=root / "dotgit", target=at / ".git", writable=False),
            *agentgit.mounts(self.box, self._git_dir, alternates=root / "alternates", empty=root / "empty"),
        ]
        for one in self.dependencies:
            overlaid = one.mode == "overlay"
            shown.append(Mount(source=one.source, target=at / one.target, writable=overlaid, throwaway=overlaid))
            shown += [Mount(source=self._cache(one, n), target=at / one.target / n, writable=True) for n in one.caches]
        return (*shown, *self._masks(at))

    def _masks(self, at: Path) -> Iterator[Mount]:
        nothing = self.box.root / "masked"
        for path in self.masked:
            there = paths.stat_beneath(self.tree, path)
            if there is not None and stat.S_ISREG(there.st_mode):
                nothing.touch(mode=0o400)
                yield Mount(source=nothing, target=at / path, writable=False)

    def _where_they_lie(self) -> tuple[Mount, ...]:
        read = [*object_stores(self.box.user_objects), self.box.git_dir / "objects"]
        read += [one.source for one in self.dependencies]
        return tuple(
            Mount(source=place, target=place, writable=place in (self.tree, self._git_dir))
            for place in (self.tree, self._git_dir, *read)
        )

    def _cache(self, dependency: Dependency, name: str) -> Path:
        """A directory of this workspace's own that commands see in the place of a cache of the user's."""
        place = self.box.root / "caches" / sha256(os.fsencode(f"{dependency.target}/{name}")).hexdigest()[:16]
        place.mkdir(parents=True, exist_ok=True)
        return place

    def run(
        self,
        policy: Policy,
        argv: Sequence[str],
        cwd_rel: str = ".",
        *,
        stdin: bytes = b"",
        on_output: Callable[[bytes], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Result:
        """Run a command on the files, in the directory `cwd_rel` of the tree."""
        backend = available.choose(policy)
        top = self.tree if _in_place(backend) else self.box.checkout
        with self._in_use(_in_place(backend)):
            return command.run(
                self._extended(policy, _in_place(backend)),
                argv,
                cwd=top.joinpath(*(() if cwd_rel == "." else paths.checked(cwd_rel))),
                mounts=self.mounts(backend),
                stdin=stdin,
                on_output=on_output,
                cancelled=cancelled,
            )

    @contextmanager
    def session(self, policy: Policy, cwd_rel: str = ".") -> "Iterator[Session]":
        """A sandbox on the files for several commands, such as a server and those that ask it; see `session`."""
        from sandbox.session import open_session  # few workspaces need it

        backend = available.choose(policy)
        if backend not in (Backend.BUBBLEWRAP, Backend.NAMESPACES):
            raise PolicyError("a session needs the `namespaced` tier")
        cwd = self.box.checkout.joinpath(*(() if cwd_rel == "." else paths.checked(cwd_rel)))
        with (
            self._in_use(False),
            open_session(self._extended(policy, False), cwd=cwd, mounts=self.mounts(backend)) as opened,
        ):
            yield opened

    def _extended(self, policy: Policy, in_place: bool) -> Policy:
        """The policy with the programs of the dependencies on PATH, and with what must not be seen."""
        cache = self.box.cache
        seen = [(one, one.source if in_place else self.box.checkout / one.target) for one in self.dependencies]
        bins = [(one, place / one.bin_dir) for one, place in seen if one.bin_dir is not None]
        environments = [str(place) for one, place in seen if one.bin_dir == "bin"]
        return replace(
            policy,
            env={"VIRTUAL_ENV": environments[0], **policy.env} if environments else policy.env,
            path_dirs=(*(place for one, place in bins if not one.made_inside), *policy.path_dirs),
            path_inside=(*(place for one, place in bins if one.made_inside), *policy.path_inside),
            read_only=(*policy.read_only, *interpreters(self.dependencies)),
            hidden=(*policy.hidden, *self._secret_places, self.box.root, *([cache] if cache is not None else [])),
        )

    @cached_property
    def _base_tree(self) -> str:
        return self.box.tree_of(self.commit)

    @cached_property
    def _secret_places(self) -> tuple[Path, ...]:
        return tuple(map(Path, json.loads((self.box.root / WORKSPACE).read_bytes())["hidden"]))

    @contextmanager
    def _in_use(self, in_place: bool) -> Iterator[None]:
        """Count a running command. The first one prepares the places that are mounted on, the last one restores."""
        with self._guard:
            self._require_open()
            if self._running and any("/" in one.target for one in self.dependencies):
                # A command that lives could put a link in the place of a directory above such a mount point.
                raise WorkspaceBusy("this workspace has dependencies mounted in subdirectories: one command at a time")
            if self._running and in_place != self._in_place:
                raise WorkspaceBusy("a command of another tier is running in this workspace")
            self._in_place = in_place
            if self._running == 0:
                self._settle(b"gitdir: " + os.fsencode(self._git_dir) + b"\n" if in_place else b"")
                with suppress(Refused):  # a command that was killed may have left it, and git inside would give up
                    paths.remove_beneath(self._git_dir, "index.lock")
                paths.ensure_target(self._git_dir, "objects/info/alternates", directory=False)
                for one in self.dependencies if not in_place else ():
                    paths.ensure_target(self.tree, one.target, directory=True)
            self._running += 1
        try:
            yield
        finally:
            with self._guard:
                self._running -= 1
                if self._running == 0 and in_place:
                    self._settle(b"")

    def _settle(self, content: bytes) -> None:
        """Make the tree's own `.git` a file with `content`.

        At rest it is empty: it is a place to mount on, and git refuses to work in the tree on the host, where the
        configuration of an agent's repository would be obeyed.
        """
        aside.take_away(self.tree / ".git", self._places.quarantine)
        # Written outside of the tree: a name in it could be a link by now.
        write_whole(self.box.root / "settled", content)
        (self.box.root / "settled").replace(self.tree / ".git")

    # --- files ---

    def read(self, rel: str) -> bytes:
        """The content of a file of the tree."""
        return paths.read_beneath(self.tree, rel)

    def mode(self, rel: str) -> int | None:
        """The permissions of a file of the tree; None where there is none."""
        found = paths.stat_beneath(self.tree, rel)
        return None if found is None else stat.S_IMODE(found.st_mode)

    def write(self, rel: str, data: bytes, mode: int | None = None) -> None:
        """Write a file of the tree, directories above it included."""
        paths.write_beneath(self.tree, rel, data, mode)

    def remove(self, rel: str) -> bytes | None:
        """Remove a file and the directories this leaves empty; what was removed, None where there was nothing."""
        content = paths.remove_beneath(self.tree, rel)
        if content is not None:
            paths.prune_beneath(self.tree, rel)
        return content

    def list(self) -> tuple[str, ...]:
        """Every file of the tree but caches, dependencies and git's own."""
        skip = self._places.lent
        names = (rel for rel, _ in paths.list_beneath(self.tree, skip))
        unwanted = CACHES | {".git"}
        return tuple(sorted(rel for rel in names if unwanted.isdisjoint(rel.split("/"))))

    # --- the way out, and back ---

    def extract(self) -> Extraction:
        """The tree id of the files as they are now, with what to look at twice. Quick when little has changed."""
        with self._alone():
            try:
                return extract.extract(self.box, self._base_tree, self._places, self._glance)
            finally:
                self._settle(b"")

    def reset(self, tree: str) -> None:
        """Make the files equal to those of a tree or commit; what the base ignores stays. Quick when little differs."""
        with self._alone():
            self._glance.forget()
            try:
                extract.reset(self.box, tree, self._places)
            finally:
                self._settle(b"")

    def deliver(
        self,
        tree: str,
        *,
        parent: str | None,
        message: str,
        into: Path,
        ref: str | None = None,
        when: int | None = None,
    ) -> str:
        """Commit `tree` and bring it into the repository `into`; without `ref` only its objects. The commit's id."""
        made = self.box.commit(tree, [parent] if parent else [], message, int(time.time()) if when is None else when)
        delivery.deliver(self.box, made, into=into, ref=ref)
        return made

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._guard:
            self._require_open()
            if self._running:
                raise WorkspaceBusy("a command is still running in this workspace", "wait for it, or cancel it")
            yield

    # --- the end ---

    def close(self) -> None:
        """Give the lock back and keep everything."""
        self.box.wait()
        if self._lock >= 0:
            self.box.held = ()
            fcntl.flock(self._lock, fcntl.LOCK_UN)  # closing alone would not do where a fork has a copy
            os.close(self._lock)
            self._lock = -1

    def destroy(self) -> None:
        """Remove the files and the agent's repository. The box stays, for its trees may be wanted."""
        self.box.wait()
        with self._alone():
            remove_workspace(self.box.root)
        self.close()

    def _require_open(self) -> None:
        if self._lock < 0:
            raise SandboxError("this workspace was closed")


def _require_objects(box: Box, commit: str) -> None:
    """Nothing is ever fetched here, so a partial clone must have all of `commit` already."""
    hint = "`git archive HEAD >/dev/null` makes git fetch all files of a commit"
    try:
        entries = box.list_tree(commit).values()
    except GitFailed as error:
        raise SandboxError("this partial clone lacks directories of the commit", hint) from error
    wanted = {entry.id for entry in entries if entry.mode != GITLINK}
    if lacking := len(wanted) - len(box.sizes(wanted)):
        raise SandboxError(f"this partial clone lacks {lacking} of the files of the commit", hint)


def _included(described: Mapping[str, Sequence[Any]]) -> Included:
    left_out = tuple(LeftOut(**one) for one in described.get("left_out", ()))
    return Included(copied=tuple(described.get("copied", ())), left_out=left_out)


def _in_place(backend: Backend | None) -> bool:
    """Whether commands work on the files where they lie, for nothing can be mounted."""
    return backend in (None, Backend.RESTRICTED)


def _places(box: Box, dependencies: Sequence[Dependency], included: Included) -> extract.Places:
    return extract.Places(
        tree=box.root / "tree",
        index=box.root / "index",
        excludes=box.root / "excludes",
        quarantine=box.root / "quarantine",
        lent=frozenset([*(one.target for one in dependencies), *included.copied]),
    )


def _take_lock(root: Path) -> int:
    lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise WorkspaceBusy(f"`{root}` is in use", "wait for the other run, or start one of your own") from error
    return lock
