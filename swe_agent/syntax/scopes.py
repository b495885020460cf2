"""Python's scopes: which names of a text are bound nowhere, and which are bound again before anyone used them.

    name_faults("a.py", "import os\\nprint(oz)\\n")  -> (NameFault(kind="undefined", name="oz", line=2),)

Statements are followed in the order in which they run: the bodies of functions and lambdas, quoted annotations and,
where the file says so, all annotations come when the module is done. A name that a star import may bring is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.syntax import scope_annotations as quoting
from swe_agent.syntax import scope_branches as branches
from swe_agent.syntax import scope_definitions as definitions
from swe_agent.syntax import scope_names as names
from swe_agent.syntax.scope_reader import Handler, NameFault, Reader
from swe_agent.syntax.tree import parse

__all__ = ["NameFault", "Scopes", "name_faults", "read_scopes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """`faults` in order; `names` are what the module binds, None where that cannot be told (a star import, or a module
    that answers for any name)."""

    faults: tuple[NameFault, ...] = ()
    names: frozenset[str] | None = None


def read_scopes(path: str, text: str | bytes) -> Scopes:
    """What the scopes of a Python file come to; of any other file nothing."""
    parsed = parse(path, text)
    if parsed is None or parsed.language.name != "python":
        return Scopes()
    reader = Reader(parsed, _HANDLERS)
    try:
        faults = reader.read()
    except RecursionError:  # code that nests so deep was made by a program
        return Scopes()
    bound = frozenset(reader.module.names)
    return Scopes(faults=faults, names=None if reader.star or "__getattr__" in bound else bound)


def name_faults(path: str, text: str | bytes) -> tuple[NameFault, ...]:
    """The names that are undefined or redefined while unused, in order; none for what is no Python."""
    return read_scopes(path, text).faults


_HANDLERS: dict[str, Handler] = {
    "if_statement": branches.if_statement,
    "try_statement": branches.try_statement,
    "except_clause": branches.except_clause,
    "except_group_clause": branches.except_clause,
    "for_statement": branches.loop,
    "while_statement": branches.while_statement,
    "with_statement": branches.with_statement,
    "as_pattern": branches.as_pattern,
    "assignment": names.assignment,
    "augmented_assignment": names.augmented_assignment,
    "named_expression": names.named_expression,
    "delete_statement": names.delete_statement,
    "global_statement": names.global_statement,
    "nonlocal_statement": names.nonlocal_statement,
    "import_statement": names.import_statement,
    "import_from_statement": names.import_from_statement,
    "future_import_statement": names.future_import_statement,
    "decorated_definition": definitions.decorated_definition,
    "function_definition": definitions.function_definition,
    "class_definition": definitions.class_definition,
    "type_alias_statement": definitions.type_alias_statement,
    "list_comprehension": definitions.comprehension,
    "set_comprehension": definitions.comprehension,
    "dictionary_comprehension": definitions.comprehension,
    "generator_expression": definitions.comprehension,
    "lambda": definitions.lambda_expression,
    "conditional_expression": quoting.conditional_expression,
    "string": quoting.string,
    "subscript": quoting.subscript,
    "call": quoting.call,
    "case_clause": branches.case_clause,
}
