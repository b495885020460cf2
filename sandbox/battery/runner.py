"""Trying attempts: a fresh world, the commands and steps, the evidence, the verdict."""

import contextlib
import os
import stat
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from sandbox.battery import world as worlds
from sandbox.battery.attempt import (
    Attempt,
    Command,
    During,
    HostRead,
    HostReset,
    HostReview,
    HostWrite,
    Session,
    Step,
)  # fmt: skip
from sandbox.battery.bystanders import Listeners, end_strays, gathered
from sandbox.battery.evidence import Evidence, Review
from sandbox.battery.world import World
from sandbox.errors import PolicyError, SandboxError, SandboxUnavailable

Word = Literal["breach", "safe", "n/a", "error"]
_HOST_STEP_S = 8.0  # what reading, writing or reviewing may take before it counts as late
_BEAT_S = 0.5


class Adapter(Protocol):
    """A sandbox, or none."""

    @property
    def name(self) -> str: ...
    @property
    def control(self) -> bool: ...
    @property
    def own(self) -> str:
        """A regular expression of paths, relative to the world, that the product itself may write."""
        ...

    def open(self, world: World, attempt: Attempt, variables: Mapping[str, str]) -> Session:
        """A workspace on the world's checkout. Raises `SandboxError` where there is none to be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one attempt. `why` holds the signs of a breach, or the reason of the two other words."""

    attempt: Attempt
    word: Word
    why: str
    seconds: float
    documented: str = ""
    """For a breach that is a known gap of this backend: the reason."""


class Battery:
    """Tries attempts on one adapter. A context: it owns a directory and listeners until it is left."""

    def __init__(self, adapter: Adapter, directory: Path | None = None) -> None:
        self._adapter = adapter
        # Not below /tmp, which many a sandbox replaces.
        self._directory = directory or Path("/var/tmp")  # noqa: S108
        self._canary = f"CANARY{uuid.uuid4().hex}"
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Battery":
        with contextlib.ExitStack() as stack:
            self._root = Path(tempfile.mkdtemp(prefix="battery-", dir=self._directory)).resolve()
            stack.callback(worlds.remove, self._root)
            worlds.make_template(self._root / "template", self._canary)
            self._listeners = Listeners()
            stack.callback(self._listeners.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def attempt(self, attempt: Attempt) -> Verdict:
        """Try one. Whatever goes wrong in trying is the verdict `error`."""
        begun = time.monotonic()

        def verdict(word: Word, why: str, documented: str = "") -> Verdict:
            seconds = time.monotonic() - begun
            return Verdict(attempt=attempt, word=word, why=why, seconds=seconds, documented=documented)

        if self._adapter.control and (reason := _vacuous(attempt)):
            return verdict("n/a", reason)
        try:
            seen = self._try(attempt)
        except SandboxUnavailable:
            raise
        except PolicyError as error:
            return verdict("n/a", f"not with this backend: {error.message}")
        except Exception:  # noqa: BLE001  a broken attempt must not end the others; it is told
            return verdict("error", traceback.format_exc()[-1500:])
        found = [text for sign in attempt.signs if (text := sign(seen))]
        if not found:
            return verdict("safe", "")
        where = () if self._adapter.control else ("*", self._adapter.name, *seen.lacks)
        return verdict(
            "breach", "; ".join(found), next((attempt.known[one] for one in where if one in attempt.known), "")
        )

    def check(self) -> None:
        """That a command reads, writes, commits and runs Python, and that the host sees it; else `SandboxError`."""
        seen = self._try(_CHECK)
        shown = seen.review.text if seen.review is not None else b""
        for wanted, where in ((b'print("app")', seen.output), (b"42\n", seen.output), (b"made.txt", shown)):
            if wanted not in where:
                said = seen.output[-500:].decode("utf-8", "replace")
                raise SandboxError(f"useful work is not possible in this sandbox: {wanted!r} is missing", said)

    def _try(self, attempt: Attempt) -> Evidence:
        world = worlds.make(self._root / "template", self._root / f"world-{attempt.id}", self._canary)
        token = f"MARK{uuid.uuid4().hex}"
        with contextlib.ExitStack() as stack:
            stack.callback(worlds.remove, world.root)
            stack.callback(end_strays, world, token)
            stack.enter_context(worlds.environment(world, attempt.environ))
            props = stack.enter_context(gathered(attempt, world, self._listeners))
            variables = {
                **world.variables(), **props.variables, "MARK": token,
                "TCP": str(self._listeners.tcp_port), "UDP": str(self._listeners.udp_port),
            }  # fmt: skip
            session = self._adapter.open(world, attempt, variables)
            before = world.digest(self._adapter.own)
            self._listeners.take()
            course = _Course(session, attempt)
            try:
                course.run()
                seen = course.evidence(self._canary)
            finally:
                end_strays(world, token)
                left = session.close()
            after = world.digest(self._adapter.own)
            changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            return replace(
                seen,
                changed=tuple(changed),
                visitors=self._listeners.take(),
                ran=world.pwned.exists(),
                victim=props.victim.state() if props.victim is not None else "alive",
                typed=props.typed(),
                left=left,
            )


def _vacuous(attempt: Attempt) -> str:
    """Why an attempt cannot breach without a sandbox here, or ""."""
    if attempt.control == "root" and os.geteuid() != 0:
        return "only root can do this without a sandbox"
    return "root is not kept out by modes" if attempt.control == "user" and os.geteuid() == 0 else ""


class _Course:
    """The commands and steps of one attempt, and what is learned on the way."""

    def __init__(self, session: Session, attempt: Attempt) -> None:
        self._session = session
        self._attempt = attempt
        self._output = b""
        self._first = b""
        self._review: Review | None = None
        self._refused = ""
        self._late_s = 0.0
        self._taken = ""

    def run(self) -> None:
        if self._attempt.script:
            self._first = self._command(self._attempt.script)
        for step in self._attempt.steps:
            # A host that refuses a step is safe; only the first command has to be possible.
            with contextlib.suppress(SandboxError, OSError):
                self._step(step)

    def _command(self, script: str, cwd: str = ".") -> bytes:
        with self._timed(self._attempt.seconds):
            output = self._session.run(script, seconds=self._attempt.seconds, cwd=cwd)
        self._output += output
        return output

    def _step(self, step: Step) -> None:
        if isinstance(step, Command):
            self._command(step.script, step.cwd)
        elif isinstance(step, During):
            self._during(step)
        else:
            with self._timed(_HOST_STEP_S):
                self._on_host(step)

    def _on_host(self, step: HostRead | HostWrite | HostReset | HostReview) -> None:
        match step:
            case HostRead(path=path):
                self._output += self._session.read(path)
            case HostWrite(path=path):
                self._session.write(path, b"written by the host\n")
            case HostReset():
                self._session.reset()
            case HostReview():
                try:
                    self._review = self._session.review()
                except SandboxError as error:
                    self._refused = error.message

    def _during(self, step: During) -> None:
        failures: list[BaseException] = []

        def command() -> None:
            try:
                self._command(step.script)
            except BaseException as error:  # noqa: BLE001  carried over to the thread that waits
                failures.append(error)

        thread = threading.Thread(target=command)
        thread.start()
        try:
            self._taken = step.act(self._session)
        finally:
            with contextlib.suppress(SandboxError, OSError):
                self._session.write("stop", b"")
            thread.join()
        if failures:
            raise failures[0]

    @contextlib.contextmanager
    def _timed(self, limit_s: float) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self._late_s = max(self._late_s, time.monotonic() - begun - limit_s)

    def evidence(self, canary: str) -> Evidence:
        used, files = _usage(self._session.place)
        return Evidence(
            canary=canary,
            output=self._output,
            shown=self._session.display(self._first),
            late_s=self._late_s,
            beats=_beats(self._session.tree),
            review=self._review,
            refused=self._refused,
            lacks=self._session.lacks,
            used_bytes=used,
            files=files,
            taken=self._taken,
            marks=tuple(_marks(self._session.tree)),
        )


def _beats(tree: Path) -> bool:
    """Whether something still writes to the file by which processes show that they live."""
    beat = tree / "beat"
    if not beat.exists():
        return False
    before = beat.stat().st_size
    time.sleep(_BEAT_S)
    return beat.stat().st_size > before


def _usage(place: Path) -> tuple[int, int]:
    """Bytes allocated below `place`, and the number of entries."""
    used = count = 0
    for path in worlds.walk(place):
        with contextlib.suppress(OSError):
            used += os.lstat(path).st_blocks * 512
            count += 1
    return used, count


def _marks(tree: Path) -> Iterator[str]:
    """Files that give privileges to whoever runs them."""
    for path in worlds.walk(tree):
        with contextlib.suppress(OSError):
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                yield f"{path[-40:]} is set-id"
            if stat.S_ISREG(mode) and "security.capability" in os.listxattr(path):
                yield f"{path[-40:]} has capabilities"


_CHECK = Attempt(
    id="check",
    category="launcher",
    title="useful work",
    script="cat app.py && echo made > made.txt && git add made.txt && python3 -c 'print(6 * 7)' && bash -c 'exit 0'",
    signs=(),
    steps=(HostRead(path="made.txt"), HostReview()),
)


def run(
    adapter: Adapter, attempts: Iterable[Attempt], *, told: Callable[[Verdict], None] = lambda _: None
) -> tuple[Verdict, ...]:
    """Try all, one after the other; `told` hears each verdict as it comes.

    Raises `SandboxError` where useful work is not possible: a sandbox that runs nothing has no breaches.
    """
    verdicts = []
    with Battery(adapter) as battery:
        battery.check()
        for attempt in attempts:
            verdicts.append(battery.attempt(attempt))
            told(verdicts[-1])
    return tuple(verdicts)
