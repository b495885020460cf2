"""The environment of a command: built from an allow-list, never inherited, never a key in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.policy import Policy

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Language and zone, and which toolchain to use: none of them can carry a secret or make a program run.
INHERITED = frozenset(
    {"LANG", "LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME", "TZ"}
    | {"PYENV_ROOT", "PYENV_VERSION", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "NVM_DIR", "NVM_BIN", "GOROOT", "JAVA_HOME"}
)

QUIET = {
    "CI": "1",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "EDITOR": "true",
    "GIT_EDITOR": "true",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "DEBIAN_FRONTEND": "noninteractive",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
}

# Without these, package managers retry for up to a minute before they notice that there is no network.
OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_RETRIES": "0",
    "UV_OFFLINE": "1",
    "npm_config_offline": "true",
    "YARN_ENABLE_NETWORK": "0",
    "CARGO_NET_OFFLINE": "true",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "COMPOSER_DISABLE_NETWORK": "1",
}

PROXY_PORT = 3128
_PROXY = f"http://127.0.0.1:{PROXY_PORT}"
# Which of the spellings counts differs from program to program; `no_proxy` keeps a command's own servers direct.
PROXY = {
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), _PROXY),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1"),
    "npm_config_proxy": _PROXY,
    "npm_config_https_proxy": _PROXY,
}

IDENTITY = {
    "GIT_AUTHOR_NAME": "sandbox",
    "GIT_AUTHOR_EMAIL": "sandbox@localhost",
    "GIT_COMMITTER_NAME": "sandbox",
    "GIT_COMMITTER_EMAIL": "sandbox@localhost",
}


def search_path(policy: Policy, host: Mapping[str, str]) -> tuple[str, ...]:
    """PATH for the command: the policy's directories, then the absolute entries of the host's, each once."""
    entries = [str(entry) for entry in (*policy.path_inside, *policy.path_dirs)]
    entries += [entry for entry in host.get("PATH", DEFAULT_PATH).split(":") if entry.startswith("/")]
    return tuple(dict.fromkeys(entries)) or tuple(DEFAULT_PATH.split(":"))


def build(policy: Policy, host: Mapping[str, str], *, home: Path, tmp: Path, path: Sequence[str]) -> dict[str, str]:
    """The whole environment of a command, given the host's; `policy.env` has the last word."""
    inherited = {name: value for name, value in host.items() if name in INHERITED}
    ours = {
        "PATH": ":".join(path),
        "HOME": str(home),
        "TMPDIR": str(tmp),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "USER": "sandbox",
        "LOGNAME": "sandbox",
        "SHELL": "/bin/sh",
    }
    offline = {} if policy.network else PROXY if policy.hosts else OFFLINE
    return {"LANG": "C.UTF-8"} | inherited | QUIET | offline | IDENTITY | ours | dict(policy.env)
