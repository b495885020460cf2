"""A made-up team, for figures: sessions with their blocks, lines and bills, the same for the same seed.

    read = world(3000)
    read(("language",)).cells

Nothing of it is true: shares, lives and prices are drawn from made-up distributions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from swe_agent.core.evidence import Cause, Lives
from swe_agent.core.usage import NANO, Cost
from swe_agent.metrics.catalogue import Cut
from swe_agent.metrics.figures import MILLI_CENTS, Accepted, Bill, Cell, Counted, Figures, Money, Outcomes

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAYS = 260
LANGUAGES = {"python": 45, "typescript": 25, "go": 12, "rust": 8, "sql": 5, "shell": 3, "css": 2}
MODELS = {"anthropic/claude-sonnet-4-6": 4, "openai/gpt-5.2": 3, "ollama/qwen3-coder:30b": 2, "repair": 1}
KINDS = {"fix": 45, "feature": 30, "refactor": 15, "optimise": 10}
REASONS = {"wrong": 34, "style": 14, "scope": 20, "tests": 12, "duplicate": 8, "": 12}
TAKEN = {"python": 0.66, "typescript": 0.55, "go": 0.5}
BETTER = {"repair": 0.15, "ollama/qwen3-coder:30b": -0.18}
ENDS: dict[Cause, int] = {"deleted": 2, "rewritten": 4, "rewritten by ai": 2, "reverted": 1}


@dataclass
class _Group:
    blocks: Outcomes = field(default_factory=Outcomes)
    lines: Outcomes = field(default_factory=Outcomes)
    proposals: int = 0
    money: Money = field(default_factory=Money)
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Session:
    name: str
    born: datetime
    values: dict[str, str]
    blocks: Counter[Counted]
    lines: Counter[Counted]
    reasons: Counter[str]
    cost: int


class World:
    def __init__(self, sessions: int, seed: int) -> None:
        self.dice = Random(seed)
        self.sessions: list[_Session] = []
        self.lives: list[Lives] = []
        before = min(1.0, sessions / 3000)
        for language, weight in LANGUAGES.items():
            old = round(400 * weight * before)
            self.lives.append(Lives(kind="unknown", language=language, lines=old, landed_at=""))
        for number in range(sessions):
            self._session(f"s{number}")
            self._commit("human" if number % 2 else "unknown")

    def _pick(self, choices: dict[str, int]) -> str:
        return self.dice.choices(list(choices), list(choices.values()))[0]

    def _day(self) -> datetime:
        return (NOW - timedelta(days=self.dice.uniform(0, DAYS))).replace(microsecond=0)

    def _session(self, name: str) -> None:
        born, language, model = self._day(), self._pick(LANGUAGES), self._pick(MODELS)
        values = {"language": language, "model": model, "kind": self._pick(KINDS)}
        taken = TAKEN.get(language, 0.6) + BETTER.get(model, 0.0) + self.dice.gauss(0, 0.18)
        landed = born + timedelta(days=self.dice.expovariate(1 / 2))
        blocks, lines, reasons = Counter[Counted](), Counter[Counted](), Counter[str]()
        for _ in range(self.dice.randint(1, 15)):
            outcome, n = self._outcome(min(0.97, max(0.03, taken))), self.dice.randint(1, 14)
            blocks[outcome] += 1
            lines[outcome] += n
            if outcome == "rejected":
                reasons[self._pick(REASONS)] += 1
            if outcome.startswith("accepted") and self.dice.random() < 0.96 and landed <= NOW:
                life = self._life(landed, 260)
                edited = landed if outcome == "accepted_edited" else landed + timedelta(days=self._days(300))
                self._live("ai", language, n, landed, life, edited=edited, model=model, session=name)
        cost = 0 if model == "repair" else round(self.dice.expovariate(1 / 0.18) * NANO)
        self.sessions.append(_Session(name, born, values, blocks, lines, reasons, cost))

    def _outcome(self, taken: float) -> Counted:
        drawn = self.dice.random()
        if drawn < taken:
            return "accepted_unchanged" if drawn < 0.8 * taken else "accepted_edited"
        if drawn < taken + 0.7 * (1 - taken):
            return "rejected"
        return "expired" if drawn < 0.98 else "undone"

    def _commit(self, kind: str) -> None:
        """Of people, or of who knows whom."""
        landed, language = self._day(), self._pick(LANGUAGES)
        for _ in range(3):
            self._live(kind, language, self.dice.randint(1, 20), landed, self._life(landed, 330))

    def _days(self, mean: float) -> float:
        return round(self.dice.expovariate(1 / mean), 2)

    def _life(self, landed: datetime, mean: float) -> datetime:
        return landed + timedelta(days=self._days(mean))

    def _live(
        self, kind: str, language: str, lines: int, landed: datetime, ended: datetime, *,
        edited: datetime | None = None, model: str = "", session: str = "",
    ) -> None:  # fmt: skip
        gone = ended <= NOW
        self.lives.append(
            Lives(
                kind=kind,  # type: ignore[arg-type]  # one of three words
                language=language,
                lines=lines,
                landed_at=landed.isoformat(),
                edited_at=edited.isoformat() if edited and edited <= min(ended, NOW) else "",
                ended_at=ended.isoformat() if gone else "",
                end=self._pick(ENDS) if gone else "",  # type: ignore[arg-type]  # a cause
                model=model,
                session=session,
            )
        )


def world(sessions: int, *, seed: int = 1) -> Callable[[Cut], Figures]:
    """About eight decisions a session. Without any there is nothing at all."""
    if not sessions:
        return lambda cut: Figures(now=NOW)
    made = World(sessions, seed)
    kept: dict[Cut, Figures] = {}

    def read(cut: Cut) -> Figures:
        if cut not in kept:
            kept[cut] = _figures(made, cut)
        return kept[cut]

    return read


def _figures(made: World, cut: Cut) -> Figures:
    groups: defaultdict[tuple[str, ...], _Group] = defaultdict(_Group)
    for one in made.sessions:
        group = groups[tuple(one.values[name] for name in cut)]
        group.blocks += Outcomes.one(one.blocks)
        group.lines += Outcomes.one(one.lines)
        group.proposals += 1
        group.reasons += one.reasons
        group.money += _paid(one)
    return Figures(
        now=NOW,
        cells={name: _cell(group) for name, group in groups.items()},
        lives=tuple(made.lives),
        accepted=tuple(_accepted(made.sessions)),
        bills=tuple(
            Bill(session=one.name, model=one.values["model"], at=one.born.isoformat(), cost=Cost(nano_usd=one.cost))
            for one in made.sessions
        ),
    )


def _taken(one: _Session) -> int:
    return one.lines["accepted_unchanged"] + one.lines["accepted_edited"]


def _accepted(sessions: Sequence[_Session]) -> list[Accepted]:
    return [
        Accepted(
            session=one.name, language=one.values["language"], model=one.values["model"], at=one.born.isoformat(),
            lines=_taken(one),
        )
        for one in sessions
        if _taken(one)
    ]  # fmt: skip


def _paid(one: _Session) -> Money:
    cost, lines = one.cost // (NANO // MILLI_CENTS), _taken(one)
    return Money(
        jobs=1,
        calls=0 if one.values["model"] == "repair" else 12,
        priced=Cost(nano_usd=one.cost),
        accepted_lines=lines,
        cost_cost=cost * cost,
        cost_lines=cost * lines,
        lines_lines=lines * lines,
    )


def _cell(group: _Group) -> Cell:
    reasons = tuple(sorted(group.reasons.items(), key=lambda one: (-one[1], one[0])))
    return Cell(blocks=group.blocks, lines=group.lines, proposals=group.proposals, money=group.money, reasons=reasons)
