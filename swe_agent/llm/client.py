"""One way to open an HTTP client: time-outs, key, proxies. Loads httpx when called."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from swe_agent.core.errors import ModelUnavailable
from swe_agent.llm.key import ApiKey
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.llm.urls import is_local

if TYPE_CHECKING:
    import httpx


def open_client(base_url: str, key: ApiKey, time_outs: TimeOuts) -> httpx.Client:
    """Proxies and certificate authorities come from the usual variables, which httpx reads by itself.

    Never a proxy for loopback, though: what it calls 127.0.0.1 is another machine's.
    """
    import httpx

    parts = urlsplit(base_url)
    past_the_proxy = {f"all://{parts.netloc.rpartition('@')[2]}": None} if is_local(base_url) else {}
    try:
        return httpx.Client(
            timeout=httpx.Timeout(time_outs.silence, connect=time_outs.connect),
            headers={"Authorization": f"Bearer {key.value}"} if key.value else {},
            mounts=past_the_proxy,
            trust_env=True,
        )
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        raise ModelUnavailable(
            f"no HTTP client can be set up: {error}",
            hint="check the variables `HTTPS_PROXY`, `ALL_PROXY` and `SSL_CERT_FILE`",
        ) from error
