"""The labels of all files at one commit."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """`labels` are None where it has no lines: a binary, a link."""

    blob: str
    labels: array[int] | None


Below = Callable[[str], File | None]


class State:
    """Files by path. What was not looked at yet is asked of `below`, what was saved of an earlier commit.

    `touched` holds what stood at each path that was set or dropped since it was last emptied.
    """

    __slots__ = ("_below", "_files", "touched")

    def __init__(self, files: dict[str, File | None] | None = None, below: Below | None = None) -> None:
        self._files = {} if files is None else files
        self._below = below
        self.touched: dict[str, File | None] = {}

    def get(self, path: str) -> File | None:
        try:
            return self._files[path]
        except KeyError:
            if self._below is None:
                return None
            file = self._files[path] = self._below(path)
            return file

    def set(self, path: str, file: File) -> None:
        if path not in self.touched:
            self.touched[path] = self.get(path)
        self._files[path] = file

    def drop(self, path: str) -> None:
        if path not in self.touched:
            self.touched[path] = self.get(path)
        if self._below is None:
            self._files.pop(path, None)
        else:
            self._files[path] = None

    def copy(self) -> State:
        """Another one that begins as this."""
        return State(dict(self._files), self._below)

    def files(self) -> Iterator[tuple[str, File]]:
        """Those that were looked at, set or asked for: all of them where there is nothing below."""
        return ((path, file) for path, file in self._files.items() if file is not None)
