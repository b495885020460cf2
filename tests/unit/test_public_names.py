"""The public faces, pinned: a change here is a change for everybody who imports us."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

import sandbox
import swe_agent

SWE_AGENT = [
    "Block",
    "Event",
    "FileChange",
    "Index",
    "Proposal",
    "Refused",
    "ReplyLanded",
    "SweAgentError",
    "Task",
    "__version__",
    "apply_reply",
    "decode_event",
    "encode_event",
    "open_index",
    "review_commits",
    "terms",
]
SANDBOX = [
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


@pytest.mark.parametrize(("package", "names"), [(swe_agent, SWE_AGENT), (sandbox, SANDBOX)])
def test_the_names_are_these_and_each_leads_somewhere(package: ModuleType, names: list[str]) -> None:
    assert sorted(package.__all__) == names
    for name in names:
        assert getattr(package, name) is getattr(importlib.import_module(package.__name__), name)
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = package.no_such_name
