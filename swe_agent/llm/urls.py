"""Base URLs: completed, judged, and shown without what is secret in them. Pure."""

from __future__ import annotations

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


def shown_url(url: str) -> str:
    """The URL without a user's name, password or query in it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _port_is_valid(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
