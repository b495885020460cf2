"""Base URLs: completed, judged, and shown without what is secret in them. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

from swe_agent.core.errors import ConfigError


def chat_base_url(url: str) -> str:
    """The base under which `/chat/completions` lies; a bare host means its `/v1`.

    >>> chat_base_url("http://127.0.0.1:11434"), chat_base_url("https://host/api/v1/chat/completions")
    ('http://127.0.0.1:11434/v1', 'https://host/api/v1')
    """
    base = url.strip().rstrip("/").removesuffix("/chat/completions").rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _port_is_valid(parts):
        raise ConfigError(f"{url!r} is not the base URL of a server", hint="one looks like `http://127.0.0.1:11434/v1`")
    return base if parts.path.strip("/") else f"{base}/v1"


def is_local(url: str) -> bool:
    """Whether a URL names this machine's loopback.

    >>> is_local("http://localhost:11434/v1"), is_local("https://api.openai.com/v1")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """As `is_local`, but only what cannot lead elsewhere: `localhost`, 127.0.0.0/8 and ::1, by their name or number.

    >>> is_loopback("http://127.8.0.1:1/v1"), is_loopback("http://[::1]/v1"), is_loopback("http://my.localhost/v1")
    (True, True, False)
    """
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or (host.startswith("127.") and is_local(url))


def named_server(text: str) -> tuple[str, str]:
    """A model's name, and the base URL that stands behind an `@`; empty where none does.

    >>> named_server("qwen@http://127.0.0.1:11434/v1"), named_server("claude-sonnet-4@20250514")
    (('qwen', 'http://127.0.0.1:11434/v1'), ('claude-sonnet-4@20250514', ''))
    """
    found = re.search(r"@(?=https?://)", text, re.IGNORECASE)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def shown_url(url: str) -> str:
    """The URL without a user's name, password or query in it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _port_is_valid(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
