"""What is put before a model, and how much of it may be."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Tokens, estimated as characters divided by four until a provider has counted them."""

    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    path: str
    span: Span
    text: str
    reason: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoMap:
    """An outline of the files that matter most, one symbol a line."""

    text: str
    files: int
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How some kind of work is done, as a SKILL.md says it. The model sees the name and the description at first."""

    name: str
    description: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    repo_map: RepoMap
    snippets: tuple[Snippet, ...]
    instructions: tuple[tuple[str, str], ...] = ()
    """(path, text) of AGENTS.md and its kin: data of the repository, with limited authority."""
    skills: tuple[Skill, ...] = ()
    history: tuple[str, ...] = ()
    """Recent commits that touched the files shown, one a line, newest first."""

    @property
    def tokens(self) -> int:
        texts = [*(text for _, text in self.instructions), *self.history]
        return self.repo_map.tokens + sum(s.tokens for s in self.snippets) + sum(len(text) // 4 for text in texts)
