"""What edited functions answer to inputs near those that tests give them. Runs in the sandbox, under the project's own
Python (3.7 or later); standard library only.

Edits that pass the same tests may still differ where no test looks. The calls that tests make of the edited functions
are taken down, inputs beside them are made by small changes of one argument, and each edit answers all of them in a
fork of its own. Only what can be copied is an input: plain values, and objects of the project's own classes.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import hashlib
import os
import pathlib
import signal
import sys
import threading
import time
from contextlib import suppress
from itertools import islice
from types import CodeType, FunctionType, GeneratorType
from typing import Any

import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there
from swe_repair_children import forked, in_silence, ours, said  # type: ignore[import-not-found]

MOST_HEARD, MOST_CALLS, MOST_INPUTS = 2000, 100, 200
"""Calls looked at, calls taken down, and inputs asked."""
MOST_PARTS = 500
"""Values within an input; what holds more is none."""
EACH, ALL = 0.1, 4.0
"""Seconds for one answer, and for all that one edit gives."""
MOST_YIELDED = 100

SIMPLE = (int, float, complex, bool, str, bytes, type(None), type(Ellipsis))
FIXED = (
    *(datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo),
    *(decimal.Decimal, fractions.Fraction, pathlib.PurePath, enum.Enum, type, FunctionType),
)
"""Nobody changes these, so that a copy of one is itself."""


class NoInput(Exception):
    """The value cannot be copied, or is too large."""


def parts_of(value: Any) -> dict[str, Any]:
    """The attributes of an object, those in slots too."""
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            with suppress(AttributeError):
                found[name] = getattr(value, name)
    return found


class Copies:
    """Copies and texts of values; `tree` knows which classes are the project's own."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.own: dict[type, bool] = {}

    def is_own(self, kind: type) -> bool:
        if kind not in self.own:
            self.own[kind] = ours(self.tree, sys.modules.get(kind.__module__))
        return self.own[kind]

    def of(self, value: Any, made: dict[int, Any] | None = None) -> Any:
        """Equal, and nothing of it shared that could change. Raises NoInput."""
        made = {} if made is None else made
        kind = type(value)
        if kind in SIMPLE or isinstance(value, FIXED):
            return value
        if id(value) in made:
            return made[id(value)][1]
        if len(made) > MOST_PARTS:
            raise NoInput("it holds too much")
        if kind in (tuple, frozenset):
            new: Any = kind([self.of(part, made) for part in value])
        elif kind in (list, set, dict) or self.is_own(kind):
            try:
                new = object.__new__(kind) if self.is_own(kind) else kind()
            except TypeError as error:
                raise NoInput(kind.__name__) from error
        else:
            raise NoInput(kind.__name__)
        made[id(value)] = (value, new)  # with the value itself, whose number nobody else has as long as it lives
        if kind is list:
            new.extend(self.of(part, made) for part in value)
        elif kind is set:
            new.update(self.of(part, made) for part in value)
        elif kind is dict:
            new.update((self.of(key, made), self.of(part, made)) for key, part in value.items())
        elif kind not in (tuple, frozenset):
            for name, part in parts_of(value).items():
                object.__setattr__(new, name, self.of(part, made))
        return new

    def text(self, value: Any, seen: list[int] | None = None) -> str:
        """Equal for equal values, whatever their addresses. Raises NoInput for one that holds too much."""
        seen = [] if seen is None else seen
        kind = type(value)
        if kind in SIMPLE or isinstance(value, FIXED):
            return getattr(value, "__qualname__", "") or f"{kind.__name__} {value!r}"
        if id(value) in seen:
            return f"again {seen.index(id(value))}"
        if len(seen) > MOST_PARTS:
            raise NoInput("it holds too much")
        seen.append(id(value))
        if isinstance(value, GeneratorType):
            parts = [self.text(part, seen) for part in islice(value, MOST_YIELDED)]
        elif isinstance(value, (set, frozenset)):
            parts = sorted(self.text(part, seen) for part in value)
        elif isinstance(value, dict):
            parts = [f"{self.text(key, seen)}: {self.text(part, seen)}" for key, part in value.items()]
        elif isinstance(value, (list, tuple)):
            parts = [self.text(part, seen) for part in value]
        elif self.is_own(kind):
            parts = [f"{name}: {self.text(part, seen)}" for name, part in sorted(parts_of(value).items())]
        else:
            shown = repr(value)
            parts = [] if " at 0x" in shown else [shown[:MOST_PARTS]]
        return f"{kind.__name__}({', '.join(parts)})"


def near(value: Any, deep: bool = True) -> Any:
    """Values that differ from one by little, the least first."""
    kind = type(value)
    if kind is bool:
        yield not value
    elif kind is int:
        yield from (value + 1, value - 1, -value, 0, value * 2)
    elif kind is float:
        yield from (value + 0.5, -value, 0.0, value * 2)
    elif kind in (str, bytes):
        yield from (value[:-1], value[1:], value + value[-1:], value[::-1], value[:0], value.upper(), value[:1] + value)
    elif kind in (list, tuple):
        yield from (value[:-1], value[1:], value + value[-1:], value[::-1], value[:0])
        for at in range(min(len(value), 3) if deep else 0):
            yield from (value[:at] + kind([other]) + value[at + 1 :] for other in islice(near(value[at], False), 2))
    elif kind in (set, frozenset):
        yield from (value - {part} for part in islice(value, 2))
    elif kind is dict:
        for key in list(islice(value, 3)):
            yield {other: part for other, part in value.items() if other != key}
            yield from ({**value, key: part} for part in islice(near(value[key], False), 2) if deep)


class Calls:
    """Takes down what functions are called with, by their code."""

    def __init__(self, copies: Copies, functions: list[FunctionType]) -> None:
        self.copies = copies
        by_code: dict[CodeType, set[FunctionType]] = {}
        for function in functions:
            by_code.setdefault(function.__code__, set()).add(function)
        # Of closures that share their code nobody can say which one is called.
        self.functions = {code: known.pop() for code, known in by_code.items() if len(known) == 1}
        self.heard = 0
        self.taken: list[tuple[FunctionType, list[Any], dict[str, Any]]] = []
        self.known: set[str] = set()

    def start(self) -> None:
        threading.setprofile(self.on_event)
        sys.setprofile(self.on_event)

    def stop(self) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def on_event(self, frame: Any, event: str, argument: Any) -> None:
        function = self.functions.get(frame.f_code) if event == "call" else None
        if function is None or self.heard >= MOST_HEARD or len(self.taken) >= MOST_CALLS:
            return
        self.heard += 1
        code, values = frame.f_code, frame.f_locals
        count, named = code.co_argcount, code.co_kwonlyargcount
        names = code.co_varnames
        at = count + named
        try:
            arguments = [values[name] for name in names[:count]]
            keywords = {name: values[name] for name in names[count:at]}
            if code.co_flags & 0x04:  # *arguments
                arguments += values[names[at]]
                at += 1
            if code.co_flags & 0x08:  # **keywords
                keywords.update(values[names[at]])
            self.take(function, arguments, keywords)
        except (NoInput, KeyError, RecursionError):
            return

    def take(self, function: FunctionType, arguments: list[Any], keywords: dict[str, Any]) -> None:
        text = f"{id(function)} {self.copies.text([arguments, keywords])}"
        if text not in self.known:
            self.known.add(text)
            self.taken.append((function, *self.copies.of([arguments, keywords])))

    def inputs(self) -> list[tuple[FunctionType, list[Any], dict[str, Any]]]:
        """What was taken down, then what is near it, of all calls in turn."""
        found = list(self.taken)
        waiting = [self.neighbours(*call) for call in self.taken]
        while waiting and len(found) < MOST_INPUTS:
            for one in list(waiting):
                made = next(one, None)
                if made is None:
                    waiting.remove(one)
                    continue
                with suppress(NoInput, RecursionError):
                    text = f"{id(made[0])} {self.copies.text([made[1], made[2]])}"
                    if text not in self.known:
                        self.known.add(text)
                        found.append(made)
        return found[:MOST_INPUTS]

    def compared(self, variants: list[Any]) -> list[Any]:
        """How the code as it is answers, twice, and then each variant; None for one that is None, and cannot be
        asked."""
        answers = Answers(self.copies, self.inputs())
        return [None if codes is None else answers.of(codes) for codes in ([], [], *variants)]

    def neighbours(self, function: FunctionType, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        for at, value in enumerate(arguments):
            for other in self.beside(value):
                yield function, [*arguments[:at], other, *arguments[at + 1 :]], keywords
        for name, value in keywords.items():
            for other in self.beside(value):
                yield function, arguments, {**keywords, name: other}

    def beside(self, value: Any) -> Any:
        """Of an object those that differ from it in one attribute."""
        if isinstance(value, (*SIMPLE, *FIXED)) or not self.copies.is_own(type(value)):
            yield from near(value)
            return
        for name, part in parts_of(value).items():
            for other in near(part):
                new = self.copies.of(value)
                object.__setattr__(new, name, other)
                yield new


class Answers:
    """How one edit answers inputs, in a process of its own. A text for each: equal for equal answers, `-` where there
    is none; of what raises it begins with `!`."""

    def __init__(self, copies: Copies, inputs: list[Any]) -> None:
        self.copies = copies
        self.inputs = inputs

    def of(self, codes: list[Any]) -> list[str]:
        child, reading, writing = forked()
        if child == 0:
            in_silence(lambda: self.tell(codes, writing))
        told = said(child, reading, ALL + 2).decode().split()
        return told if len(told) == len(self.inputs) else ["-"] * len(self.inputs)

    def tell(self, codes: list[Any], writing: int) -> None:
        for function, code in codes:
            function.__code__ = code
        signal.signal(signal.SIGALRM, ring)
        end = time.monotonic() + ALL
        told = [self.answer(*call) if time.monotonic() < end else "-" for call in self.inputs]
        os.write(writing, " ".join(told).encode() + b"\n")
        os._exit(0)

    def answer(self, function: Any, arguments: list[Any], keywords: dict[str, Any]) -> str:
        mark = ""
        try:
            signal.setitimer(signal.ITIMER_REAL, EACH)
            given, named = self.copies.of([arguments, keywords])
            try:
                result = self.copies.text(function(*given, **named))
            except Exception as error:  # noqa: BLE001 - what the project raises may be anything
                mark, result = "!", type(error).__name__
            text = f"{result} {self.copies.text([given, named])}"
        except probe.TookTooLong:
            mark, text = "!", "does not end"
        except (NoInput, Exception):  # noqa: BLE001 - a value of the project may do anything when it is looked at
            return "-"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return mark + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def ring(*_: Any) -> None:
    raise probe.TookTooLong("it does not answer")
