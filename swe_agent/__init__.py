"""swe-agent: edits proposed by a model or by search, proven by the project's own tests, landed block by block.

The public names are loaded on first use, so that `import swe_agent`, `--version` and git's hooks cost next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Block": "swe_agent.core.diff",
    "FileChange": "swe_agent.core.diff",
    "Event": "swe_agent.core.event",
    "Proposal": "swe_agent.core.proposal",
    "SweAgentError": "swe_agent.core.errors",
    "Task": "swe_agent.core.task",
    "Index": "swe_agent.index.index",
    "Refused": "swe_agent.edits.refusal",
    "ReplyLanded": "swe_agent.jobs.reply",
    "apply_reply": "swe_agent.wiring.replying",
    "decode_event": "swe_agent.core.codec",
    "encode_event": "swe_agent.core.codec",
    "open_index": "swe_agent.wiring.looking",
    "review_commits": "swe_agent.wiring.reviewing",
    "terms": "swe_agent.index.words",
}

__all__ = ["__version__", *_HOME]  # pinned by tests/unit/test_public_names.py


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
