"""What tests look for on the network, on loopback: the sandbox has none.

Test suites of HTTP clients ask httpbin, at an address that `HTTPBIN_URL` may name. Where an output shows that they did
so in vain, a plugin of pytest's serves it from the environment.
"""

from __future__ import annotations

import re

from benchmarks.harness.tasks.environment import Environment, add
from benchmarks.harness.tasks.wheel import site_packages

PLUGIN = "_httpbin_on_loopback"
_REQUIREMENTS = ("httpbin", "werkzeug")
_IN_VAIN = re.compile(r"name resolution|Name or service not known|NameResolutionError|Max retries exceeded|getaddrinfo")
_SOURCE = '''"""Serves httpbin while the tests run, and says where; in a process of its own, without the tree."""
import os
import subprocess
import sys

_SERVER = (
    "import sys; sys.path = [p for p in sys.path if p.endswith('site-packages') or p.startswith(sys.base_prefix)]; "
    "from httpbin import app; from werkzeug.serving import make_server; "
    "server = make_server('127.0.0.1', 0, app, threaded=True); print(server.server_port, flush=True); "
    "server.serve_forever()"
)
_process = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=-1, stderr=-3, cwd="/")
os.environ["HTTPBIN_URL"] = "http://127.0.0.1:{}/".format(int(_process.stdout.readline()))


def pytest_unconfigure(config):
    _process.kill()
'''


def wanted(output: str) -> bool:
    return "httpbin" in output and _IN_VAIN.search(output) is not None


def install(environment: Environment) -> tuple[Environment, str]:
    """The environment with the service, and the plugin that starts it."""
    there = add(environment, _REQUIREMENTS)
    (site_packages(there.venv) / f"{PLUGIN}.py").write_text(_SOURCE, encoding="utf-8")
    return there, PLUGIN
