"""Something done beside the rest, in a thread. As `concurrent.futures` would, without the logging that it brings along:
a question about a tree waits for git more than once, and for nothing else that is worth a pool."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def begun(work: Callable[[], T]) -> Callable[[], T]:
    """Begin now; calling what is returned waits for the answer, and raises what the work raised."""
    answers: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # noqa: BLE001  # it belongs to who asks
            failures.append(error)

    thread = Thread(target=run)
    thread.start()

    def answer() -> T:
        thread.join()
        if failures:
            raise failures[0]
        return answers[0]

    return answer
