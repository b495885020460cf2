"""`commit-msg`: who helped, where lines that landed from a proposal are in the commit."""

from __future__ import annotations

import os

from swe_agent.core import added, landed
from swe_agent.hooks import world


def run(path: str) -> int:
    """0 always."""
    home = world.home_of(".")
    known = list(_landed(f"{home}/landed"))
    if not known or world.is_under_way("."):
        return 0
    asked = world.ask_settings()
    patch = world.start_git("diff", "--cached", *added.DIFF, "--")
    settings = world.settings(asked, ".", home)
    files = added.read(patch.read() or b"")
    if not (settings.is_on and settings.trailer):
        return 0
    here = landed.signs(files)
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        message = file.read()
    for trailer in dict.fromkeys(trailer for trailer, lines in known if not here.isdisjoint(lines)):
        if f"\n{trailer}" not in message:
            world.git("interpret-trailers", "--in-place", "--if-exists", "addIfDifferent", "--trailer", trailer, path)
    return 0


def _landed(folder: str) -> list[tuple[str, set[tuple[str, str]]]]:
    found = []
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    for name in names:
        try:
            with open(f"{folder}/{name}", encoding="utf-8", errors="surrogateescape") as file:
                found.append(landed.read(file.read()))
        except OSError:
            continue  # taken back meanwhile
    return found
