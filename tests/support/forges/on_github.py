"""Two states of a change, who posts of it, and what people see then."""

from __future__ import annotations

from forges.cases import NEXT, State, Time, changed
from forges.github_server import GitHubServer
from swe_agent.bot.forge import Target
from swe_agent.bot.github import GitHub

FIRST = State(changed((10, "ten"), (11, "eleven"), (40, "forty")))
SECOND = State(changed((10, "ten"), (12, "twelve"), (40, "forty"), (60, "sixty")), NEXT)


def poster(server: GitHubServer, time: Time | None = None, token: str = "t0", time_out: int = 20) -> GitHub:
    target = Target(api=server.url_of(), token=token, project="o/n", number=7)
    return GitHub(target, (time or Time()).pace(time_out))


def said(server: GitHubServer) -> list[tuple[str, int | None, str]]:
    """Threads of ours, as people see them."""
    state = {True: "resolved", False: "open"}
    return [
        (one.text, one.line, state[one.is_resolved])
        for one in server.threads
        if one.comments[0]["user"]["login"] == "robot"
    ]
