"""What of a repair depends on the language: how a file is read, what may be tried in it, how its tests are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from swe_agent.repair.candidate import Behaviour, Patch, Trial
from swe_agent.repair.neighbourhood import Neighbourhood
from swe_agent.repair.spectrum import Spectrum
from swe_agent.repair.templates.base import Change
from swe_agent.syntax.parse import Parsed

if TYPE_CHECKING:
    from tree_sitter import Node


class Kind(Protocol):
    """What a proposal comes from; see `templates.base.Template`."""

    @property
    def name(self) -> str: ...
    @property
    def cost(self) -> float: ...
    @property
    def answers(self) -> frozenset[str]: ...


class Reading(Protocol):
    """One file, as the templates of its language see it."""

    @property
    def nodes(self) -> Sequence[Node]:
        """All that some template looks at, in order."""
        ...

    @property
    def statement_of(self) -> Callable[[Node], Node]: ...
    def line_of(self, byte: int) -> int:
        """Counted from 1."""
        ...

    def proposals(self, node: Node) -> Iterator[tuple[Kind, Change]]: ...


class Language(Protocol):
    """Pure: commands and environments are said here, and run by whoever asks."""

    @property
    def name(self) -> str: ...
    @property
    def grammars(self) -> frozenset[str]:
        """Names of the tables of `syntax.languages` whose files are read here."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...
    @property
    def programs(self) -> tuple[str, ...]:
        """What runs it, the likeliest first."""
        ...

    @property
    def runners(self) -> frozenset[str]:
        """Words of a command that tell whose tests it runs."""
        ...

    @property
    def reports(self) -> frozenset[str]:
        """Names of the parsers of `verify.report` that understand what such tests print."""
        ...

    @property
    def hint(self) -> str:
        """What a person can do where tests cannot be traced."""
        ...

    # ---- texts

    @property
    def templates(self) -> frozenset[str]:
        """Their names."""
        ...

    def reading(self, parsed: Parsed, around: Neighbourhood) -> Reading: ...
    def neighbourhood(self, modules: Iterable[Parsed]) -> Neighbourhood: ...

    def definitions(
        self, parsed: Parsed, used: Mapping[str, float], scores: Mapping[tuple[str, int], float]
    ) -> Iterable[tuple[int, float]]:
        """Lines that no test runs, with the score of what uses them; `used` are the names on suspicious lines."""
        ...

    # ---- runs

    def recorded(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The test command that records."""
        ...

    def recording(self, hangs: float, near: Sequence[str] = ()) -> dict[str, str]:
        """What to add to its environment; with `near` to run no more than the tests beside these, if it can be told."""
        ...

    def spectrum(self, output: bytes) -> Spectrum:
        """ProbeError where the run tells nothing."""
        ...

    def trying(self) -> dict[str, str]:
        """What to add to the environment of trials."""
        ...

    def plan(
        self,
        program: str,
        spectrum: Spectrum,
        patches: Sequence[Patch],
        tests: Sequence[str],
        lookahead: int | None = None,
    ) -> tuple[tuple[str, ...], int]:
        """The command that tries patches, and how many of them fit into it (at least one). With `lookahead` it need not
        try more than so many after the first that makes a test pass."""
        ...

    def seconds(self, spectrum: Spectrum, tests: Sequence[str]) -> float:
        """How long one trial may take."""
        ...

    def trials(self, output: bytes, count: int) -> tuple[Trial, ...]: ...

    def retracing(self, program: str, spectrum: Spectrum, patch: Patch, tests: Sequence[str]) -> tuple[str, ...] | None:
        """The command that records these tests with a patch, for `spectrum`; None where nothing can."""
        ...

    def comparing(
        self, program: str, spectrum: Spectrum, patches: Sequence[Patch], tests: Sequence[str]
    ) -> tuple[str, ...] | None:
        """The command that asks what patches answer to inputs near those of the tests; None where nothing can."""
        ...

    def behaviour(self, output: bytes, count: int) -> Behaviour | None: ...
