"""Markup that cannot be broken out of: text is escaped wherever it is put into a page, unless it is `Html` already."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from sandbox.screen import safe_text
from swe_agent.ui import console

MINUS = "\N{MINUS SIGN}"
"""As wide as a plus, and read out as one would."""
_TICKED = re.compile(r"`([^`\n]+)`")


class Html(str):
    """Markup of our own making."""

    __slots__ = ()


def text(value: str) -> Html:
    """Untrusted text, on as many lines as it has; what would hide or reorder it is shown as `<U+XXXX>`.

    >>> text("a < b\\u202e")
    'a &lt; b&lt;U+202E&gt;'
    """
    return Html(escape(safe_text(value), quote=False))


def line(value: str) -> Html:
    """Untrusted text that belongs on one line, such as a path."""
    return Html(escape(console.line(value).plain, quote=False))


def prose(value: str) -> Html:
    """Untrusted words on as many lines as they have; what stands between backticks is code."""
    return _ticked(value, text)


def phrase(value: str) -> Html:
    """The same on one line.

    >>> phrase("defines `a<b`\\n")
    'defines <code>a&lt;b</code>&lt;U+000A&gt;'
    """
    return _ticked(value, line)


def _ticked(value: str, shown: Callable[[str], Html]) -> Html:
    parts = _TICKED.split(value)
    return Html("".join(tag("code", shown(part)) if at % 2 else shown(part) for at, part in enumerate(parts)))


def joined(parts: Iterable[Html], between: str = "") -> Html:
    """`between` is markup of our own."""
    return Html(between.join(parts))


def tag(name: str, *children: str, **attributes: str) -> Html:
    """One element. Children that are not Html are escaped; `class_` is class, `aria_label` is aria-label.

    >>> tag("a", "1 < 2", href="#x", class_="n")
    '<a href="#x" class="n">1 &lt; 2</a>'
    """
    inner = "".join(child if isinstance(child, Html) else text(child) for child in children)
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(console.line(value).plain)}"'
        for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{inner}</{name}>")
