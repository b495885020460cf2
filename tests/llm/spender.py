"""A process that spends from the caps of a day until they are used up; what it was billed goes to a file of its own.

    python spender.py STATE BILLED REPOSITORY SEED THREADS

It is killed half-way by the test that starts it, so what it writes is on disk before it goes on.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from pathlib import Path

from swe_agent.core.errors import LimitReached
from swe_agent.core.message import Message, ModelRef, ModelReply, ModelRequest
from swe_agent.core.ports import OnToken
from swe_agent.core.usage import DayLimits, Price, Usage
from swe_agent.llm.throttle import Throttled
from swe_agent.store.spend import SpendLog
from swe_agent.wiring.spending import DayThrottle

DAY = "2026-11-29"
PRICE = Price(input_nano=30, output_nano=150, cached_nano=3, cache_write_nano=37, source="test")
LIMITS = DayLimits(nano_usd=4_000_000, tokens=60_000, repository_nano_usd=3_000_000, repository_tokens=40_000)
QUESTION = ModelRequest(messages=(Message(role="user", content="x" * 300),), max_output_tokens=200)


class Billing:
    """Implements core.ports.Model: answers, and writes down what that has cost before it returns."""

    ref = ModelRef(name="billing", door="openai_http")
    price = PRICE

    def __init__(self, billed: Path, seed: int) -> None:
        self._file = os.open(billed, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        with self._lock:
            cached = self._random.randint(0, 80)
            usage = Usage(input_tokens=80 - cached, cached_tokens=cached, output_tokens=self._random.randint(0, 200))
        os.write(self._file, f"{PRICE.of(usage).nano_usd} {usage.total}\n".encode())
        return ModelReply(content="ok", tool_calls=(), finish="stop", usage=usage, model="billing")


def spend(model: Throttled) -> None:
    while True:
        try:
            model.ask(QUESTION, str)
        except LimitReached:
            return


def main(state: str, billed: str, repository: str, seed: str, threads: str) -> None:
    throttle = DayThrottle(SpendLog(Path(state) / "spend.jsonl"), LIMITS, repository, lambda: DAY)
    model = Throttled(Billing(Path(billed), int(seed)), throttle)
    at_work = [threading.Thread(target=spend, args=(model,)) for _ in range(int(threads))]
    for one in at_work:
        one.start()
    for one in at_work:
        one.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
