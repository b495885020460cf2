"""A process of the supervisor's with everything that must be given back, in whatever state it is left."""

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from sandbox.errors import SandboxError
from sandbox.output import Capture
from sandbox.policy import Limits
from sandbox.watch import Watch


class Started(ABC):
    """A process that may have been started. `end` can be called at any time, and leaves nothing of it."""

    def __init__(self) -> None:
        self.status = -1
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1
        self._watch: Watch | None = None

    def start(self, line: Sequence[str], *, env: Mapping[str, str], stdin: bytes, pass_fds: Sequence[int] = ()) -> None:
        """Without a terminal, as the leader of a session of its own. SandboxError where there is no such program."""
        try:
            self._process = subprocess.Popen(
                line,
                cwd="/",
                env=env,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"cannot start `{line[0]}`: {error.strerror}") from error

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "start comes first"
        return self._process

    def watched(
        self, limits: Limits, on_output: Callable[[bytes], None] | None, stdin: bytes
    ) -> tuple[Watch, Capture, Capture]:
        """What follows it, and what it writes to stdout and stderr from now on."""
        process = self.process
        assert process.stdout is not None
        assert process.stderr is not None
        if hasattr(os, "pidfd_open"):
            self._pidfd = os.pidfd_open(process.pid)
        ended = self._pidfd if self._pidfd >= 0 else lambda: process.poll() is not None
        watch = self._watch = Watch(ended=ended, limits=limits, on_output=on_output)
        out, err = watch.collect(process.stdout.fileno()), watch.collect(process.stderr.fileno())
        if process.stdin is not None:
            watch.feed(os.dup(process.stdin.fileno()), stdin)
            process.stdin.close()
        return watch, out, err

    def end(self) -> None:
        """Kill what is left, reap it, and close everything; also where an interrupt falls into this very moment."""
        try:
            self._end()
        except KeyboardInterrupt:
            self._end()
            raise

    def _end(self) -> None:
        """Each step leaves a mark, so that it can be done again from where it was cut off."""
        if self._watch is not None:
            watch, self._watch = self._watch, None
            watch.close()
        process = self._process
        if process is None:
            return
        self._bury()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        if self._pidfd >= 0:
            pidfd, self._pidfd = self._pidfd, -1
            os.close(pidfd)

    @abstractmethod
    def _bury(self) -> None:
        """Kill it with all that it has started, reap it, and set `status`; nothing where that is done."""
