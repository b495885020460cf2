"""What tests look for on the network, on loopback: the sandbox has none.

Test suites of HTTP clients ask httpbin, at an address that `HTTPBIN_URL` may name. Where an output shows that they did
so in vain, a plugin of pytest's serves it from the environment.
"""

from __future__ import annotations

import re

from benchmarks.harness.tasks.environment import Environment, add
from benchmarks.harness.tasks.wheel import site_packages

PLUGIN = "_httpbin_on_loopback"
_REQUIREMENT = "pytest-httpbin"
_IN_VAIN = re.compile(r"name resolution|Name or service not known|NameResolutionError|Max retries exceeded|getaddrinfo")
_SOURCE = '''"""Serves httpbin while the tests run, and says where."""
import os

from httpbin import app
from pytest_httpbin.serve import Server

_server = Server(application=app)
_server.start()
os.environ["HTTPBIN_URL"] = _server.url + "/"


def pytest_unconfigure(config):
    _server.stop()
'''


def wanted(output: str) -> bool:
    return "httpbin" in output and _IN_VAIN.search(output) is not None


def install(environment: Environment) -> tuple[Environment, str]:
    """The environment with the service, and the plugin that starts it."""
    there = add(environment, [_REQUIREMENT])
    (site_packages(there.venv) / f"{PLUGIN}.py").write_text(_SOURCE, encoding="utf-8")
    return there, PLUGIN
