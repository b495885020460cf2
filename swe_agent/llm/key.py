"""The secret that a provider knows us by."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A secret and the name of the variable (or command) that it came from. Shows only the name."""

    value: str = field(default="", repr=False)
    source: str = "OPENAI_API_KEY"

    def scrub(self, text: str) -> str:
        """`text` without the secret, which some servers repeat in their complaints."""
        return text.replace(self.value, "***") if self.value else text
