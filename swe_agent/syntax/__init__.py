"""What a language is: detection, parsing, outlines, syntax faults. Knows no repository and no task.

Import from `swe_agent.syntax.language` (tables; never loads a grammar) and `swe_agent.syntax.parse` (all the rest).
Tree-sitter lives only in this room, and is imported when the first file is parsed.
"""
