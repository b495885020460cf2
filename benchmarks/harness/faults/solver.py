"""Fake models: policies on the conversation, so that they survive another order or number of questions."""

from __future__ import annotations

from collections.abc import Callable

from swe_agent.core.message import ModelReply
from swe_agent.testing.dialects.dialect import Heard
from swe_agent.testing.scripted import call, calls, say

Solver = Callable[[Heard], ModelReply]
PATH = "shop/cart.py"
LONG = "shop/long.py"
BUG = "return amount + amount * discount / 100"
FIX = "return amount - amount * discount / 100"
PLAN = say(f"The discount is added instead of taken away.\n1. Subtract it in `{PATH}`")
READ = call("read", path=PATH)
EDIT = call("edit", path=PATH, old=BUG, new=FIX)
FINISH = call("finish", summary="The discount was added; now it is subtracted.")


def used(heard: Heard) -> list[str]:
    """The names of the tools that were called so far."""
    return [one.name for turn in heard.turns for one in turn.calls]


def edited(heard: Heard) -> bool:
    """Whether an edit was taken: its result says so."""
    return any(turn.speaker == "tool" and turn.text.startswith("edited") for turn in heard.turns)


def works(heard: Heard) -> bool:
    """Whether it is the editor's turn: nobody else can finish."""
    return "finish" in heard.tools


def speaks(heard: Heard) -> ModelReply:
    """For the other roles: a plan for who plans, consent for who criticises or sums up."""
    return PLAN if "planner" in heard.instructions.lower() else say("OK")


def solve(heard: Heard) -> ModelReply:
    """Reads, edits, runs the tests, finishes; and finishes again where it is asked to look once more."""
    if not works(heard):
        return speaks(heard)
    done = used(heard)
    if "read" not in done:
        return READ
    if not edited(heard) and done.count("edit") < 4:
        return EDIT
    return FINISH if "tests" in done else call("tests")


def solve_in_pairs(heard: Heard) -> ModelReply:
    """As `solve`, with two calls in the first answer: what a server's ids and indices have to keep apart."""
    if works(heard) and not used(heard):
        return calls(("read", {"path": PATH}), ("read", {"path": "tests/test_cart.py"}))
    return solve(heard)


def solve_after_much_reading(heard: Heard) -> ModelReply:
    """As `solve`, after more results than a conversation that no longer fits keeps."""
    seen = used(heard).count("read")
    if works(heard) and seen < 7:
        return call("read", path=LONG, start=1 + seen, end=60 + seen)
    return solve(heard)


def solve_after_a_pause(heard: Heard) -> ModelReply:
    """As `solve`, after a command that takes a while."""
    if works(heard) and "run" not in used(heard):
        return call("run", command="sleep 6")
    return solve(heard)


def wander(heard: Heard) -> ModelReply:
    """Other lines each turn, and never an end."""
    return call("read", path=LONG, start=1 + len(heard.turns)) if works(heard) else speaks(heard)


def repeat(heard: Heard) -> ModelReply:
    """The same call again and again."""
    return READ if works(heard) else speaks(heard)


def misquote(heard: Heard) -> ModelReply:
    """The same edit, refused each time: the file does not hold what it quotes."""
    return call("edit", path=PATH, old="return sum(prices) * rate", new=FIX) if works(heard) else speaks(heard)


def chatter(heard: Heard) -> ModelReply:
    """Talks and never calls a tool."""
    return say("I would look at the cart first.") if works(heard) else speaks(heard)


def give_up(heard: Heard) -> ModelReply:
    return call("finish", summary="It cannot be done.") if works(heard) else speaks(heard)


def break_it(heard: Heard) -> ModelReply:
    """Mends one test and breaks the other, then says that all is well."""
    if not works(heard):
        return speaks(heard)
    if not edited(heard):
        return call("edit", path=PATH, old=BUG, new="return 180")
    return FINISH
