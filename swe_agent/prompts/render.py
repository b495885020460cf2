"""Prompt files: front matter (`role`, `version`, `inputs`), then text with `{{input}}` places.

An input that is missing, or one that the file does not name, is a programming error and raises. The version recorded
with a proposal is `role@version+hash`, so that acceptance can be told by prompt, edited ones included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    role: str
    version: str
    inputs: frozenset[str]
    text: str

    def render(self, **values: str) -> str:
        if values.keys() != self.inputs:
            raise ValueError(f"prompt {self.role}: given {sorted(values)}, wants {sorted(self.inputs)}")
        # One pass, so that text put in is never taken for a place.
        return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], self.text)


@cache
def prompt(name: str) -> Prompt:
    """The prompt in `prompts/<name>.md`."""
    raw = resources.files("swe_agent.prompts").joinpath(f"{name}.md").read_text("utf-8")
    _, front, text = raw.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in front.strip().splitlines())
    digest = sha256(raw.encode()).hexdigest()[:8]
    inputs = frozenset(fields.get("inputs", "").replace(",", " ").split()) - {"none"}
    return Prompt(
        role=fields["role"], version=f"{name}@{fields['version']}+{digest}", inputs=inputs, text=text.strip() + "\n"
    )
