"""Settings: whose word counts, who may say what, and that nothing secret is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swe_agent.config.places import cache_home, state_home, user_file
from swe_agent.config.settings import KEYS, Key, Settings, load
from swe_agent.core.errors import ConfigError
from swe_agent.core.task import Effort
from swe_agent.core.usage import DayLimits, Limits
from swe_agent.llm.key import ApiKey
from swe_agent.testing.repository import RepoBuilder

BY_NAME = {key.name: key for key in KEYS}
TUNABLE = [key for key in KEYS if key.committed == "tune"]
RESTRICTED = [key for key in KEYS if key.committed == "never"]
SAMPLES: dict[str, tuple[Any, Any]] = {
    "text": ("one", "two"),
    "integer": (7, 8),
    "number": (1.5, 2.5),
    "switch": (True, False),
    "words": (["a", "b"], ["c"]),
    "table": ({"m": {"input": 1.0, "output": 2.0}}, {"n": {"input": 3.0, "output": 4.0}}),
}


def toml(values: Mapping[str, Any]) -> str:
    """Dotted keys; JSON is TOML for texts, numbers and lists."""
    return "".join(
        "".join(f"{name}.{inner} = {inline(table)}\n" for inner, table in value.items())
        if isinstance(value, dict)
        else f'"{name}" = {json.dumps(value)}\n'
        for name, value in values.items()
    )


def inline(table: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{name} = {value}" for name, value in table.items()) + "}"


class Layers:
    """The places that settings come from, as files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clone, self.committed = folder / "clone.toml", folder / ".swe-agent.toml"
        self.user = folder / "config" / "swe-agent" / "config.toml"
        self.environment: dict[str, str] = {"XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder)}

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def load(self, flags: Mapping[str, Any] | None = None) -> Settings:
        return load(self.environment, flags=flags, clone_file=self.clone, committed_file=self.committed)


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    return Layers(tmp_path / "settings")


def sample(key: Key, other: bool = False) -> Any:
    if key.choices:
        return [choice for choice in key.choices if choice][other]
    return SAMPLES[key.kind][other]


def as_value(key: Key, value: Any) -> Any:
    return tuple(value) if key.kind == "words" else value


PLACES = ("flag", "environment", "clone", "committed", "user")


@given(data=st.data())
@settings(max_examples=150)
def test_the_first_place_that_names_a_setting_wins(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    layers = Layers(tmp_path_factory.mktemp("layers"))
    key = data.draw(st.sampled_from([key for key in KEYS if key.committed != "lower"]))
    places = data.draw(st.sets(st.sampled_from(PLACES)))
    places -= {"committed"} if key.committed == "never" else set()
    places -= {"environment"} if key.kind == "table" else set()
    values = {place: sample(key, data.draw(st.booleans())) for place in places}
    files = {"clone": layers.clone, "committed": layers.committed, "user": layers.user}
    for place in places & files.keys():
        layers.write(files[place], toml({key.name: values[place]}))
    variable = "SWE_AGENT_" + key.name.upper().replace(".", "_")
    if "environment" in places:
        value = values["environment"]
        layers.environment[variable] = " ".join(value) if key.kind == "words" else str(value)
    flags = {key.name: as_value(key, values["flag"])} if "flag" in places else {}
    setting = layers.load(flags).by_name[key.name]
    first = next((place for place in PLACES if place in places), None)
    origins = {"flag": "flag", "environment": variable, **{place: str(path) for place, path in files.items()}}
    assert setting.value == (as_value(key, values[first]) if first else key.default)
    assert setting.origin == (origins[first] if first else "default")


def test_without_any_file_all_are_defaults(layers: Layers) -> None:
    found = layers.load()
    assert {name: (s.value, s.origin) for name, s in found.by_name.items()} == {
        key.name: (key.default, "default") for key in KEYS
    }
    assert found.limits == Limits(turns=60, seconds=3600.0)
    assert found.effort is None


# ---- what comes with a repository


@pytest.mark.parametrize("key", RESTRICTED, ids=lambda key: key.name)
def test_a_committed_file_may_not_set_what_is_the_users(layers: Layers, key: Key) -> None:
    layers.write(layers.committed, toml({key.name: sample(key)}))
    with pytest.raises(ConfigError, match="cannot be set by a file that comes with the repository") as refused:
        layers.load()
    assert refused.value.exit_code == 2
    assert f"`{key.name}`" in refused.value.message
    assert str(layers.committed) in refused.value.message


def test_the_keys_that_a_repository_may_set_are_these() -> None:
    """A key joins this list by decision, not by accident."""
    assert {key.name: key.committed for key in KEYS if key.committed != "never"} == {
        "bench.command": "tune",
        "critic": "tune",
        "edit_format": "tune",
        "land.trailer": "tune",
        "effort": "tune",
        "test.command": "tune",
        "test.seconds": "tune",
        "context.tests": "tune",
        "context.tokens": "tune",
        "repair.without": "tune",
        "local_only": "lower",
        "limits.usd": "lower",
        "limits.usd_per_day": "lower",
        "limits.tokens_per_day": "lower",
        "limits.repository_usd_per_day": "lower",
        "limits.repository_tokens_per_day": "lower",
        "limits.tokens": "lower",
        "limits.turns": "lower",
        "limits.seconds": "lower",
        "sandbox.memory_mib": "lower",
        "sandbox.processes": "lower",
        "sandbox.written_mib": "lower",
        "sandbox.tier": "lower",
        "hooks.push": "tune",
        "hooks.review": "tune",
        "review.comments": "tune",
        "review.exclude": "tune",
        "review.off": "tune",
        "review.severity": "tune",
    }


limits = st.sampled_from(["limits.usd", "limits.tokens", "limits.turns", "limits.seconds"])


@given(
    name=limits, own=st.none() | st.integers(1, 100), committed=st.integers(1, 100), place=st.sampled_from(PLACES[:3])
)
def test_a_committed_limit_only_lowers(
    tmp_path_factory: pytest.TempPathFactory, name: str, own: int | None, committed: int, place: str
) -> None:
    layers = Layers(tmp_path_factory.mktemp("layers"))
    layers.write(layers.committed, toml({name: committed}))
    flags = {}
    if own is not None:
        if place == "flag":
            flags = {name: own}
        elif place == "environment":
            layers.environment["SWE_AGENT_" + name.upper().replace(".", "_")] = str(own)
        else:
            layers.write(layers.clone, toml({name: own}))
    bound = own if own is not None else BY_NAME[name].default
    assert layers.load(flags)[name] == (committed if bound is None else min(bound, committed))


@pytest.mark.parametrize(
    ("own", "committed", "tier"),
    [
        (None, "isolated", "isolated"),
        ("isolated", "namespaced", "isolated"),
        ("namespaced", "isolated", "isolated"),
    ],
)
def test_a_committed_tier_only_tightens(layers: Layers, own: str | None, committed: str, tier: str) -> None:
    layers.write(layers.committed, toml({"sandbox.tier": committed}))
    if own:
        layers.write(layers.user, toml({"sandbox.tier": own}))
    assert layers.load()["sandbox.tier"] == tier


@pytest.mark.parametrize("place", ["user", "clone", "committed"])
@pytest.mark.parametrize("tier", ["none", "restricted"])
def test_no_file_can_ask_for_a_weaker_tier(layers: Layers, place: str, tier: str) -> None:
    layers.write(getattr(layers, place), toml({"sandbox.tier": tier}))
    with pytest.raises(ConfigError, match=r"`sandbox\.tier` cannot be"):
        layers.load()


@given(
    own=st.sampled_from([None, True, False]),
    place=st.sampled_from(["flag", "environment", "clone", "user"]),
    committed=st.sampled_from([None, True, False]),
)
def test_a_committed_file_can_shut_the_network_out_and_never_let_it_in(
    tmp_path_factory: pytest.TempPathFactory, own: bool | None, place: str, committed: bool | None
) -> None:
    layers = Layers(tmp_path_factory.mktemp("layers"))
    flags = {}
    if committed is not None:
        layers.write(layers.committed, toml({"local_only": committed}))
    if own is not None:
        if place == "flag":
            flags = {"local_only": own}
        elif place == "environment":
            layers.environment["SWE_AGENT_LOCAL_ONLY"] = "yes" if own else "off"
        else:
            layers.write(layers.clone if place == "clone" else layers.user, toml({"local_only": own}))
    assert layers.load(flags)["local_only"] is bool(own or committed)


# ---- what is wrong is told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model = ", "cannot be read"),
        ("model = 7", "`model` is to be text, not 7"),
        ("modle = 'x'", "there is no setting `modle`"),
        ("[limits]\nturns = 0", "`limits.turns` is to be a whole number above 0, not 0"),
        ("[limits]\nturns = 1.5", "`limits.turns` is to be a whole number above 0"),
        ("[limits]\nturns = true", "`limits.turns` is to be a whole number above 0"),
        ("[limits]\nusd = -1", "`limits.usd` is to be a number above 0"),
        ("[limits]\nusd = inf", "`limits.usd` is to be a number above 0"),
        ("[limits]\nusd = nan", "`limits.usd` is to be a number above 0"),
        ("[limits]\nnone = 1", "there is no setting `limits.none`"),
        ("limits = 5", "there is no setting `limits`"),
        ("effort = 'huge'", "`effort` cannot be 'huge'"),
        ("fallbacks = 'one'", "`fallbacks` is to be words"),
        ("fallbacks = [1]", "`fallbacks` is to be words"),
        ("prices = 1", "`prices` is to be table"),
        ("local_only = 1", "`local_only` is to be true or false"),
        ("local_only = 'yes'", "`local_only` is to be true or false"),
        ("[models]\ncook = 'x'", "there is no setting `models.cook`"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_bad_file_is_named_with_what_would_be_right(layers: Layers, text: str, said: str) -> None:
    layers.user.parent.mkdir(parents=True)
    layers.user.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as refused:
        layers.load()
    assert said in refused.value.message
    assert str(layers.user) in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SWE_AGENT_LIMITS_TURNS", "many"),
        ("SWE_AGENT_LIMITS_TURNS", "-1"),
        ("SWE_AGENT_LIMITS_USD", "inf"),
        ("SWE_AGENT_LIMITS_USD", "nan"),
        ("SWE_AGENT_EFFORT", "huge"),
        ("SWE_AGENT_LOCAL_ONLY", "perhaps"),
        ("SWE_AGENT_LOCAL_ONLY", ""),
    ],
)
def test_a_bad_variable_is_named(layers: Layers, variable: str, text: str) -> None:
    layers.environment[variable] = text
    with pytest.raises(ConfigError, match=variable):
        layers.load()


def test_a_price_that_is_none_is_told(layers: Layers) -> None:
    layers.write(layers.user, '[prices.m]\ninput = "much"\n')
    with pytest.raises(ConfigError, match=r'prices\."m" takes'):
        _ = layers.load().prices


def test_values_become_what_rooms_take(layers: Layers) -> None:
    layers.environment |= {"SWE_AGENT_EFFORT": "high", "SWE_AGENT_LIMITS_USD": "0.25", "SWE_AGENT_FALLBACKS": "a b"}
    found = layers.load()
    assert (found.effort, found.limits.nano_usd, found["fallbacks"]) == (Effort.HIGH, 250_000_000, ("a", "b"))


def test_roles_and_caps_become_what_rooms_take(layers: Layers) -> None:
    layers.write(layers.user, '[models]\nplanner = "strong"\nguard = "small@http://127.0.0.1:1/v1"\n')
    layers.environment |= {"SWE_AGENT_LIMITS_USD_PER_DAY": "5", "SWE_AGENT_LIMITS_REPOSITORY_TOKENS_PER_DAY": "1000"}
    found = layers.load()
    assert found.roles == {"planner": "strong", "guard": "small@http://127.0.0.1:1/v1"}
    assert found.day_limits == DayLimits(nano_usd=5_000_000_000, repository_tokens=1000)


# ---- secrets

SECRET = "s3cret-" + "value-nobody-sees"


def test_the_openai_key_goes_only_where_its_own_variable_points(layers: Layers) -> None:
    layers.environment |= {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": "https://there.example/v1"}
    assert layers.load().api_key == ApiKey(value=SECRET, source="OPENAI_API_KEY")
    assert layers.load({"base_url": "https://elsewhere.example/v1"}).api_key.value == ""
    layers.environment["SWE_AGENT_BASE_URL"] = "https://elsewhere.example/v1"
    assert layers.load().api_key.value == ""
    del layers.environment["SWE_AGENT_BASE_URL"], layers.environment["OPENAI_BASE_URL"]
    layers.write(layers.user, toml({"base_url": "https://elsewhere.example/v1"}))
    assert layers.load().api_key.value == ""


def test_our_own_key_goes_anywhere(layers: Layers) -> None:
    layers.environment |= {"SWE_AGENT_API_KEY": SECRET, "OPENAI_API_KEY": "other"}
    assert layers.load({"base_url": "https://x.example"}).api_key == ApiKey(value=SECRET, source="SWE_AGENT_API_KEY")


@pytest.mark.parametrize("name", ["model", "fallbacks", "models.critic", "models.cascade", "models.choices"])
def test_a_password_behind_a_models_name_is_refused_and_a_query_is_not_shown(layers: Layers, name: str) -> None:
    words = BY_NAME[name].kind == "words"
    with pytest.raises(ConfigError) as refused:
        layers.load({name: ("a", f"m@https://ada:{SECRET}@x.example/v1") if words else f"m@http://a:{SECRET}@x/v1"})
    assert f"`{name}`" in refused.value.message
    assert SECRET not in refused.value.message
    typed = f"m@https://x.example/v1?key={SECRET}"
    shown = layers.load({name: (typed,) if words else typed}).by_name[name].shown
    assert shown == (("m@https://x.example/v1",) if words else "m@https://x.example/v1")


def test_secrets_are_in_no_repr(layers: Layers) -> None:
    layers.environment |= {"SWE_AGENT_API_KEY": SECRET, "OPENAI_API_KEY": SECRET, "ANTHROPIC_API_KEY": SECRET}
    found = layers.load()
    for shown in (found, found.by_name, found.api_key, found.provider_key("ANTHROPIC_API_KEY")):
        assert SECRET not in f"{shown!r} {shown}"


@pytest.mark.parametrize("args", [[], ["--origin"], ["--json"]])
def test_config_show_shows_no_secret(tmp_path: Path, args: list[str]) -> None:
    repo = RepoBuilder(tmp_path / "repo")
    done = subprocess.run(
        [sys.executable, "-m", "swe_agent", "config", "show", *args], cwd=repo.path, capture_output=True, text=True,
        check=True, env={
            **os.environ, "SWE_AGENT_API_KEY": SECRET, "OPENAI_API_KEY": SECRET,
            "SWE_AGENT_BASE_URL": f"https://x.example/v1?key={SECRET}", "PYTHONPATH": str(Path(__file__).parents[2]),
        },
    )  # fmt: skip
    assert "x.example" in done.stdout
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["https://ada:{}@x.example/v1", "ada:{}@x.example", "http:ada:{}@x/", "//{}@x?a=b"])
@pytest.mark.parametrize("origin", ["flag", "SWE_AGENT_BASE_URL", "OPENAI_BASE_URL", "user", "clone"])
def test_an_address_with_a_password_is_refused_and_not_repeated(layers: Layers, origin: str, url: str) -> None:
    url, flags = url.format(SECRET), {}
    match origin:
        case "flag":
            flags = {"base_url": url}
        case "user" | "clone":
            layers.write(layers.user if origin == "user" else layers.clone, f'base_url = "{url}"')
        case _:
            layers.environment[origin] = url
    with pytest.raises(ConfigError) as refused:
        layers.load(flags)
    assert (refused.value.exit_code, SECRET in refused.value.message) == (2, False)
    assert refused.value.hint == "leave it out, and put the key into SWE_AGENT_API_KEY"


@pytest.mark.parametrize("url", ["http://127.0.0.1:11434/v1", "https://x.example/@team/v1", "https://x.example?to=a@b"])
def test_an_address_without_a_password_is_taken(layers: Layers, url: str) -> None:
    assert layers.load({"base_url": url})["base_url"] == url


# ---- where files lie


def test_base_directories_follow_the_xdg_specification() -> None:
    home = {"HOME": "/home/ada"}
    assert state_home(home) == Path("/home/ada/.local/state/swe-agent")
    assert cache_home(home) == Path("/home/ada/.cache/swe-agent")
    assert user_file(home) == Path("/home/ada/.config/swe-agent/config.toml")
    assert state_home({**home, "XDG_STATE_HOME": "/state"}) == Path("/state/swe-agent")
    assert state_home({**home, "XDG_STATE_HOME": "relative"}) == Path("/home/ada/.local/state/swe-agent")
