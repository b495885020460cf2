"""What is known of the accepted blocks as one tree: found out beside the screen, and never told of an earlier tree."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from swe_agent.core.errors import Cancelled, SweAgentError
from swe_agent.core.verdict import Verdict
from swe_agent.desk.table import Subset, Table

Accepted = Mapping[str, tuple[str, ...] | None]
Post = Callable[[Callable[[], None]], object]
"""Run something on the screen's own thread, soon."""
T = TypeVar("T")


class Checks:
    """`changed` is called on the screen's thread when something else is known; `accepted` tells what the tree is made
    of. Questions about the tree wait for each other in one thread, a run of the tests has another."""

    def __init__(self, table: Table, accepted: Callable[[], Accepted], post: Post, changed: Callable[[], None]) -> None:
        self._table = table
        self._accepted = accepted
        self._post = post
        self._changed = changed
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._testing: threading.Thread | None = None
        self._stop = threading.Event()
        """Ends the run of the tests that is going on; each has its own."""
        self._known: tuple[Accepted, Subset | SweAgentError] | None = None
        self._tested: tuple[Accepted, Verdict | SweAgentError] | None = None
        self.failure: BaseException | None = None
        """What no part of the program expected, for whoever opened the screen."""

    @property
    def subset(self) -> Subset | SweAgentError | None:
        """None while it is being found out."""
        return self._known[1] if self._known and self._known[0] == self._accepted() else None

    @property
    def testing(self) -> bool:
        """Whether there is a run to wait for, or to stop."""
        return self._alive and not self._stop.is_set()

    @property
    def _alive(self) -> bool:
        return self._testing is not None and self._testing.is_alive()

    @property
    def tested(self) -> Verdict | SweAgentError | None:
        """What the last run said, where it was of exactly this tree."""
        return self._tested[1] if self._tested and self._tested[0] == self._accepted() else None

    def ask(self, question: Callable[[], T]) -> Future[T]:
        """In the thread of questions, behind those that were asked before."""
        return self._asking.submit(question)

    def look(self, *, again: bool = False) -> None:
        """Find out how the accepted blocks are as a tree, unless that is known."""
        if again:
            self._known = None
        if self._accepted() and self.subset is None:
            self.ask(self._look)

    def _look(self) -> None:
        before = self._accepted()
        if self._known is not None and self._known[0] == before:
            return
        found = self._guarded(self._table.subset)
        # A decision that fell in between started a look of its own.
        if found is not None and self._accepted() == before:
            self._known = (before, found)
        self._tell(self._changed)

    def test(self, done: Callable[[Verdict | SweAgentError, bool], None]) -> bool:
        """Run the tests; `done` is told the verdict, and whether it is of the tree as it is by then. False where they
        run already, or a run is about to end that was stopped."""
        if self._alive:
            return False
        stop = self._stop = threading.Event()

        def run() -> None:
            before = self._accepted()
            said = self._guarded(lambda: self._table.test(stop))
            if said is not None:
                if not isinstance(said, Cancelled):
                    self._tested = (before, said)
                self._testing = None
                self._tell(lambda: done(said, self._accepted() == before))

        # A daemon, so that Ctrl-C can end the program while the tests still run.
        self._testing = threading.Thread(target=run, name="desk tests", daemon=True)
        self._testing.start()
        return True

    def stop(self) -> bool:
        """Let the run of the tests end soon. False where there is none."""
        running = self.testing
        self._stop.set()
        return running

    def wait(self) -> None:
        """Until nothing of ours uses the table any more; tests that still run are stopped."""
        self.stop()
        self._asking.shutdown(wait=True, cancel_futures=True)
        testing = self._testing
        while testing is not None and testing.is_alive():
            testing.join(0.2)

    def _guarded(self, work: Callable[[], T]) -> T | SweAgentError | None:
        try:
            return work()
        except SweAgentError as error:
            return error
        except BaseException as error:  # noqa: BLE001  # raised again where the screen was opened
            self.failure = error
            self._tell(self._changed)
            return None

    def _tell(self, what: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the screen has been left meanwhile
            self._post(what)
