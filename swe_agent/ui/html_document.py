"""The shell of a page: one file, nothing is fetched and nothing is run.

A content security policy allows the page its own style and nothing else, should something of it get past `html_markup`.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources

from swe_agent.ui.html_markup import Html


@cache
def base_style() -> str:
    """Colours, letters and what all pages have."""
    return resources.files("swe_agent.ui").joinpath("html_base.css").read_text("utf-8")


def document(title: Html, body: Html, style: str) -> str:
    """In characters that UTF-8 can encode."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
