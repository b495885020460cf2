"""The languages that can be repaired, one file each. A new one is a file and a line here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from swe_agent.repair.languages.base import Language
from swe_agent.repair.languages.javascript import JavaScript
from swe_agent.repair.languages.python import Python
from swe_agent.repair.naturalness import naturalness
from swe_agent.repair.neighbourhood import Neighbourhood
from swe_agent.syntax.parse import Parsed

PYTHON: Language = Python()
JAVASCRIPT: Language = JavaScript()
LANGUAGES: tuple[Language, ...] = (PYTHON, JAVASCRIPT)
_BY_GRAMMAR = {grammar: language for language in LANGUAGES for grammar in sorted(language.grammars)}


def language_of(parsed: Parsed) -> Language | None:
    """Who reads a file; None where nobody does."""
    return _BY_GRAMMAR.get(parsed.language.name)


def language_of_tests(argv: Sequence[str], parsed_by: str) -> Language:
    """Whose tests a command runs: by the parser that understood its output, else by the words of the command."""
    for language in LANGUAGES:
        if parsed_by in language.reports:
            return language
    words = {word.rsplit("/", 1)[-1] for text in argv for word in re.split(r"[\s;&|()]+", text)}
    return next((language for language in LANGUAGES if language.runners & words), PYTHON)


def template_names() -> frozenset[str]:
    return frozenset().union(*(language.templates for language in LANGUAGES))


def neighbourhood(modules: Iterable[Parsed]) -> Neighbourhood:
    """What the files of each language tell of each other, all in one."""
    known = list(modules)
    parts = [
        language.neighbourhood(own)
        for language in LANGUAGES
        if (own := [one for one in known if language_of(one) is language])
    ]
    return Neighbourhood(
        functions={name: found for part in parts for name, found in part.functions.items()},
        classes={name: found for part in parts for name, found in part.classes.items()},
        usual=naturalness(parsed.data for parsed in known),
    )
