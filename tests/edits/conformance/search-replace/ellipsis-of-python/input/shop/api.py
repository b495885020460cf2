from typing import Protocol


class Shelf(Protocol):
    def take(self) -> int: ...
