"""Running untrusted commands and taking home what they made of a tree: policy in, result out; workspace in, tree out.

Knows processes, file trees and git, and nothing of models or tasks. Standard library only. Names load on first use,
so that importing this package costs nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.available import lacking
    from sandbox.box import Box
    from sandbox.command import run
    from sandbox.dependencies import Dependency, find_dependencies
    from sandbox.doctor import Report, probe
    from sandbox.errors import GitFailed, PolicyError, Refused, SandboxError, SandboxUnavailable, WorkspaceBusy
    from sandbox.extract import Extraction
    from sandbox.git import run_git
    from sandbox.hazards import Hazard
    from sandbox.include import Included
    from sandbox.policy import Backend, Limits, Mount, Policy, Tier
    from sandbox.result import Result
    from sandbox.screen import safe_text
    from sandbox.session import Session, open_session
    from sandbox.tree import Change, Entry
    from sandbox.workspace import Workspace

__all__ = [
    "Backend",
    "Box",
    "Change",
    "Dependency",
    "Entry",
    "Extraction",
    "GitFailed",
    "Hazard",
    "Included",
    "Limits",
    "Mount",
    "Policy",
    "PolicyError",
    "Refused",
    "Report",
    "Result",
    "SandboxError",
    "SandboxUnavailable",
    "Session",
    "Tier",
    "Workspace",
    "WorkspaceBusy",
    "find_dependencies",
    "lacking",
    "open_session",
    "probe",
    "run",
    "run_git",
    "safe_text",
]

_HOMES = {
    "available": ("lacking",),
    "box": ("Box",),
    "dependencies": ("Dependency", "find_dependencies"),
    "doctor": ("Report", "probe"),
    "errors": ("GitFailed", "PolicyError", "Refused", "SandboxError", "SandboxUnavailable", "WorkspaceBusy"),
    "extract": ("Extraction",),
    "git": ("run_git",),
    "hazards": ("Hazard",),
    "include": ("Included",),
    "policy": ("Backend", "Limits", "Mount", "Policy", "Tier"),
    "result": ("Result",),
    "screen": ("safe_text",),
    "session": ("Session", "open_session"),
    "command": ("run",),
    "tree": ("Change", "Entry"),
    "workspace": ("Workspace",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    return value
