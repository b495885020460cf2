"""The face of the room for everyone who has text: trees, outlines, references, imports, faults.

    outline("cart.py", text)          -> Symbols in order
    new_faults("cart.py", old, new)   -> what an edit breaks; () to let it pass

Nothing here raises because of what the text holds. What cannot be parsed (unknown language, more than MAX_BYTES) gives
None or ().
"""

from swe_agent.syntax.faults import faults, new_faults
from swe_agent.syntax.outline import Import, imports, outline, outline_rows, references, symbols_of
from swe_agent.syntax.tree import MAX_BYTES, Parsed, parse, walk

__all__ = [
    "MAX_BYTES",
    "Import",
    "Parsed",
    "faults",
    "imports",
    "new_faults",
    "outline",
    "outline_rows",
    "parse",
    "references",
    "symbols_of",
    "walk",
]
