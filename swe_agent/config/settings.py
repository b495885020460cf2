"""Settings: flags > `SWE_AGENT_*` > the clone's file > the committed file > the user's file > defaults.

Each value knows where it came from. The committed file (`.swe-agent.toml`) comes with a clone, so whoever wrote it is
not trusted: it may tune what is marked so in the table below and lower limits, and anything else in it is an error.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from swe_agent.config.keys import KEYS, ROLES, Key
from swe_agent.config.places import user_file
from swe_agent.core.errors import ConfigError
from swe_agent.core.message import ModelRole
from swe_agent.core.secrets import redact
from swe_agent.core.task import Effort
from swe_agent.core.usage import NANO, DayLimits, Limits
from swe_agent.llm.key import ApiKey
from swe_agent.llm.urls import named_server, shown_url

if TYPE_CHECKING:
    from swe_agent.llm.prices import UserPrice

_BY_NAME = {key.name: key for key in KEYS}
_MODELS = frozenset({"model", "fallbacks", *(key.name for key in KEYS if key.name.startswith("models."))})
"""Settings whose words are names of models, with or without `@URL`."""


class Committed(NamedTuple):
    """A committed file as it was at some commit: how it is called, and what it said."""

    origin: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Values by key name, from one place."""

    origin: str
    values: Mapping[str, Any]
    committed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    key: Key
    value: Any
    origin: str

    @property
    def shown(self) -> Any:
        """The value as it may be printed: an address may carry a key in its query, a command a token."""
        if isinstance(self.value, tuple):
            return tuple(self._shown(word) for word in self.value)
        if self.key.name == "base_url" and self.value:
            return redact(shown_url(self.value))
        return self._shown(self.value) if isinstance(self.value, str) else self.value

    def _shown(self, word: str) -> str:
        name, url = named_server(word) if self.key.name in _MODELS else (word, "")
        return redact(f"{name}@{shown_url(url)}" if url else name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The merged settings. Rooms do not receive this; wiring hands each the few values that it needs."""

    by_name: Mapping[str, Setting]
    environment: Mapping[str, str] = field(repr=False)
    clone_file: Path | None = None
    """Of the repository that they hold for; None outside of one."""

    def __getitem__(self, name: str) -> Any:
        return self.by_name[name].value

    @property
    def effort(self) -> Effort | None:
        return Effort(self["effort"]) if self["effort"] else None

    @property
    def limits(self) -> Limits:
        return Limits(
            nano_usd=_nano(self["limits.usd"]),
            tokens=self["limits.tokens"],
            turns=self["limits.turns"],
            seconds=self["limits.seconds"],
        )

    @property
    def day_limits(self) -> DayLimits:
        return DayLimits(
            nano_usd=_nano(self["limits.usd_per_day"]),
            tokens=self["limits.tokens_per_day"],
            repository_nano_usd=_nano(self["limits.repository_usd_per_day"]),
            repository_tokens=self["limits.repository_tokens_per_day"],
        )

    @property
    def roles(self) -> dict[ModelRole, str]:
        """The roles that have a model of their own."""
        return {role: name for role in ROLES if (name := self[f"models.{role}"])}

    @property
    def prices(self) -> dict[str, UserPrice]:
        return {name: _price(name, table) for name, table in self["prices"].items()}

    @property
    def api_key(self) -> ApiKey:
        """For `base_url`. OPENAI_API_KEY goes only where OPENAI_BASE_URL points, never to another server."""
        if key := self.environment.get("SWE_AGENT_API_KEY", ""):
            return ApiKey(value=key, source="SWE_AGENT_API_KEY")
        if self.by_name["base_url"].origin == "OPENAI_BASE_URL":
            return ApiKey(value=self.environment.get("OPENAI_API_KEY", ""), source="OPENAI_API_KEY")
        return ApiKey(source="SWE_AGENT_API_KEY")

    def provider_key(self, variable: str) -> ApiKey:
        """The key that a provider's own variable holds: litellm would find it too, but only so can it be scrubbed."""
        return ApiKey(value=self.environment.get(variable, ""), source=variable)


def load(
    environment: Mapping[str, str],
    *,
    flags: Mapping[str, Any] | None = None,
    clone_file: Path | None = None,
    committed_file: Path | None = None,
    committed: Committed | None = None,
) -> Settings:
    """Read all layers. ConfigError names the file, the key, and what would be right. `committed` stands for the file
    where it is not to be read as it lies there."""
    layers = [
        Layer(origin="flag", values=_typed(flags or {})),
        *_environment_layers(environment),
        *_file_layer(clone_file),
        *(_text_layer(*committed, committed=True) if committed else _file_layer(committed_file, committed=True)),
        *_file_layer(user_file(environment)),
        Layer(origin="default", values={key.name: key.default for key in KEYS}),
    ]
    merged = {key.name: _merge(key, layers) for key in KEYS}
    return Settings(by_name=merged, environment=environment, clone_file=clone_file)


def _nano(usd: float | None) -> int | None:
    return None if usd is None else round(usd * NANO)


def _typed(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _checked(_BY_NAME[name], value, "flag") for name, value in flags.items() if value is not None}


def _environment_layers(environment: Mapping[str, str]) -> list[Layer]:
    layers = []
    for key in KEYS:
        variable = "SWE_AGENT_" + key.name.upper().replace(".", "_")
        if variable in environment and key.kind != "table":
            value = _from_text(key, environment[variable], variable)
            layers.append(Layer(origin=variable, values={key.name: value}))
    if url := environment.get("OPENAI_BASE_URL"):
        value = _checked(_BY_NAME["base_url"], url, "OPENAI_BASE_URL")
        layers.append(Layer(origin="OPENAI_BASE_URL", values={"base_url": value}))
    return layers


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _from_text(key: Key, text: str, origin: str) -> Any:
    if key.kind == "switch":
        return _checked(key, _SWITCH.get(text.strip().lower(), text), origin)
    try:
        if key.kind == "integer":
            return _checked(key, int(text), origin)
        if key.kind == "number":
            return _checked(key, float(text), origin)
        return _checked(key, tuple(text.split()) if key.kind == "words" else text, origin)
    except ValueError as error:
        raise ConfigError(f"{origin}: `{text}` is not a number", hint=f"{key.name}: {key.help}") from error


def _file_layer(path: Path | None, *, committed: bool = False) -> list[Layer]:
    if path is None:
        return []
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(str(path), error) from error
    return _text_layer(str(path), text, committed=committed)


def _unreadable(origin: str, error: Exception) -> ConfigError:
    return ConfigError(f"{origin} cannot be read: {error}", hint="correct the file, or move it away")


def _text_layer(origin: str, text: str, *, committed: bool) -> list[Layer]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(origin, error) from error
    values = {}
    for name, value in _flat(data).items():
        key = _BY_NAME.get(name)
        if key is None:
            raise ConfigError(
                f"{origin}: there is no setting `{name}`", hint="`swe-agent config show` lists all settings"
            )
        if committed and key.committed == "never":
            raise ConfigError(
                f"{origin}: `{name}` cannot be set by a file that comes with the repository",
                hint=f"set it for yourself in {_OWN}",
            )
        values[name] = _checked(key, value, origin)
    return [Layer(origin=origin, values=values, committed=committed)]


_OWN = "your own settings: `~/.config/swe-agent/config.toml`"


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in data.items():
        full = prefix + name
        if isinstance(value, dict) and (full not in _BY_NAME or _BY_NAME[full].kind != "table"):
            flat |= _flat(value, full + ".")
        else:
            flat[full] = value
    return flat


def _checked(key: Key, value: Any, origin: str) -> Any:
    right = {
        "text": lambda: isinstance(value, str),
        "integer": lambda: isinstance(value, int) and not isinstance(value, bool) and value > 0,
        "number": lambda: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf,
        "switch": lambda: isinstance(value, bool),
        "words": lambda: isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value),
        "table": lambda: isinstance(value, dict),
    }[key.kind]()
    if not right:
        wanted = {"integer": "a whole number above 0", "number": "a number above 0", "switch": "true or false"}.get(
            key.kind, key.kind
        )
        raise ConfigError(f"{origin}: `{key.name}` is to be {wanted}, not {value!r}", hint=key.help)
    if key.name == "base_url":
        refuse_password(value, origin)
    if key.name in _MODELS:
        for word in (value,) if key.kind == "text" else value:
            refuse_password(named_server(word)[1], origin, key.name)
    if key.choices and value not in key.choices:
        raise ConfigError(
            f"{origin}: `{key.name}` cannot be {value!r}", hint="one of " + ", ".join(c for c in key.choices if c)
        )
    return tuple(value) if key.kind == "words" else value


def refuse_password(base_url: str, origin: str, name: str = "base_url") -> None:
    """ConfigError where an address holds a user's name or password: it would be recorded with the job, so it is not
    quoted here either."""
    if "@" in re.split("[/?#]", base_url.partition("//")[2] or base_url, maxsplit=1)[0]:
        raise ConfigError(
            f"{origin}: `{name}` holds a user's name or password",
            hint="leave it out, and put the key into SWE_AGENT_API_KEY",
        )


def _merge(key: Key, layers: Sequence[Layer]) -> Setting:
    first = next(layer for layer in layers if key.name in layer.values)
    if key.committed != "lower":
        return Setting(key=key, value=first.values[key.name], origin=first.origin)
    # A committed limit counts only where it is stricter than what holds without it.
    own = next(layer for layer in layers if key.name in layer.values and not layer.committed)
    value = own.values[key.name]
    for layer in layers:
        if layer.committed and key.name in layer.values and _stricter(key, layer.values[key.name], value):
            return Setting(key=key, value=layer.values[key.name], origin=layer.origin)
    return Setting(key=key, value=value, origin=own.origin)


def _stricter(key: Key, value: Any, than: Any) -> bool:
    if key.name == "sandbox.tier":
        return key.choices.index(value) < key.choices.index(than) if than in key.choices else True
    if key.kind == "switch":
        return bool(value) and not than
    return than is None or value < than


def _price(model: str, table: Any) -> UserPrice:
    from swe_agent.llm.prices import UserPrice

    try:
        return UserPrice(**{name: float(value) for name, value in table.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            f'prices."{model}" takes `input`, `output` and, where they differ, `cached` and `cache_write`',
            hint="dollars a million tokens, as providers list them",
        ) from error
