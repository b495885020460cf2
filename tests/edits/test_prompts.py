"""What a model is told about a format is true: its example is read and applied."""

from __future__ import annotations

import pytest

from swe_agent.edits.apply import Applied
from swe_agent.edits.formats import FORMATS, apply_text
from swe_agent.prompts.render import prompt
from swe_agent.syntax.faults import new_faults

CART = """class Cart:
    def total(self):
        amount = sum(self.lines)
        return amount + self.discount

    def count(self):
        return len(self.lines)
"""


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_the_example_of_a_format_is_in_it(name: str) -> None:
    asked = prompt(f"format-{name}")
    example = asked.text.partition("\n\n- ")[0] + "\n"
    outcome = apply_text(example, {"shop/cart.py"}, {"shop/cart.py": CART}.get, new_faults)
    assert isinstance(outcome, Applied), outcome.feedback
    assert outcome == Applied(files={"shop/cart.py": CART.replace("amount + self", "amount - self")})
    assert (asked.role, asked.inputs) == (f"format-{name}", frozenset())
