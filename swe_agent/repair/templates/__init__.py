"""All templates, one file each. A new one is a file and a line here."""

from swe_agent.repair.templates import (
    arithmetic,
    boolean,
    comparison,
    constant,
    control,
    guard,
    keyword,
    lookup,
    missing_return,
    normalise,
    off_by_one,
    sibling_call,
    string,
    swap,
    wrong_name,
)
from swe_agent.repair.templates.base import Template

TEMPLATES: tuple[Template, ...] = (
    comparison.TEMPLATE,
    arithmetic.TEMPLATE,
    boolean.TEMPLATE,
    constant.TEMPLATE,
    off_by_one.TEMPLATE,
    guard.TEMPLATE,
    swap.TEMPLATE,
    wrong_name.TEMPLATE,
    sibling_call.TEMPLATE,
    missing_return.TEMPLATE,
    keyword.TEMPLATE,
    string.TEMPLATE,
    lookup.TEMPLATE,
    control.TEMPLATE,
    normalise.TEMPLATE,
)
