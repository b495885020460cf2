"""Pictures of `swe-agent stats` and of its page for the documentation, of a team that is made up:

python tests/support/stats_pictures.py docs

The screen becomes an SVG. The page is photographed where there is a Chromium; 64 colours do, and make it a third.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from rich.console import Console  # noqa: E402  # found by then
from stats_world import world  # noqa: E402  # found by then

from swe_agent.metrics.overview import overview  # noqa: E402  # found by then
from swe_agent.metrics.report import report  # noqa: E402  # found by then
from swe_agent.ui.console import picture  # noqa: E402  # found by then
from swe_agent.ui.stats_html import page  # noqa: E402  # found by then
from swe_agent.ui.stats_screen import stats_screen  # noqa: E402  # found by then

SESSIONS = 1_500
"""Of about eight decisions each: so few that intervals can be seen."""
WIDTH, HEIGHT = 1040, 4340
"""Pixels of the page down to the map of models and tasks."""


def main(folder: Path) -> None:
    read = world(SESSIONS)
    console = Console(
        record=True, width=80, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False
    )
    console.print(stats_screen(overview(read), where="shop at 3f2a91c0de", width=80, blocks=True))
    (folder / "stats-screen.svg").write_text(picture(console, "swe-agent stats"), encoding="utf-8")
    text = page(report(read), where="shop", commit="3f2a91c0de5b7740c1f8a26f9d83e154770b6c1a")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium was found: the picture of the page was left as it is")
    with tempfile.TemporaryDirectory() as home:
        html = Path(home) / "page.html"
        html.write_text(text, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={home}/data"]
        shot = [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={folder.resolve()}/stats-page.png"]
        subprocess.run([browser, *options, *shot, html.as_uri()], check=True, timeout=120, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
