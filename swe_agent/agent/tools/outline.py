"""What a file defines, or where a name is defined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    name = arguments["name"].removeprefix("./")
    found = bench.outline(name) if bench.read(name) is not None else bench.symbols(name)
    if not found:
        return Result(text=f"no definition of {name} was found", ok=False)
    lines = [f"{s.path}:{s.span.start}-{s.span.end}  {s.kind} {s.qualified}  {s.signature}" for s in found]
    return Result(text=cut("\n".join(lines)))


TOOL = Tool(
    spec=spec(
        "outline",
        "The definitions in a file (give its path), or where a function, class or method is defined (give its name).",
        {"name": "string: a path, or a name such as `total` or `Cart.total`"},
    ),
    use=_use,
)
