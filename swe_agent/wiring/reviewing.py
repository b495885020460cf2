"""A review of commits, for who asks without a job."""

from __future__ import annotations

from pathlib import Path

from swe_agent.config.places import process_environment
from swe_agent.jobs.review import between, deterministic, review
from swe_agent.repo.git import Git
from swe_agent.review.rank import Wanted
from swe_agent.review.result import Review


def review_commits(directory: Path, base: str, head: str) -> Review:
    """What signals say of `head` since it left `base`, in a repository that may be bare. UsageError where one of them
    is not there."""
    change = between(Git(directory.resolve(), process_environment()), base, head)
    return review(change, (deterministic,), Wanted())
