"""From settings to the models of a job: roles, servers, keys, caps and the switch, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doors import QUESTION, Heard

from swe_agent.config.settings import Settings, load
from swe_agent.core.errors import ConfigError, LimitReached, ModelRateLimited, UsageError
from swe_agent.core.message import ModelRole
from swe_agent.core.task import Effort, RunOptions
from swe_agent.core.usage import Cost, Limits, Spent, Usage
from swe_agent.llm.budget import PriceUnknown
from swe_agent.llm.cascade import escalate
from swe_agent.llm.models import Models
from swe_agent.testing.faults import status
from swe_agent.testing.loopback import LoopbackOpenAI
from swe_agent.testing.scripted import say
from swe_agent.wiring.models import open_models

SECRET = "s3cret-" + "value-nobody-sees"
QUOTA = status(429, retry_after=86400)
"""Final at once: nothing is waited for."""
PRICES = {"a": {"input": 1.0, "output": 2.0}, "b": {"input": 10.0, "output": 20.0}}
USAGE = Usage(input_tokens=100, output_tokens=20)
"""Of every answer of the scripted server: 140,000 nano-dollars of `a`, 1,400,000 of `b`."""


class Home:
    """Settings of a user in a repository, as `load` finds them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {"HOME": str(path), "XDG_STATE_HOME": str(path / "state")}
        self.notes: list[str] = []

    def settings(self, repository: str = "one", **flags: Any) -> Settings:
        named = {name.replace("__", "."): value for name, value in flags.items()}
        clone = self.path / repository / "swe-agent" / "config.toml"
        return load(self.environment, flags={"prices": PRICES, **named}, clone_file=clone)

    def open(self, options: RunOptions, repository: str = "one", **flags: Any) -> Models:
        settings = self.settings(repository, **flags)
        models = open_models(settings, self.notes.append, options, Spent())
        assert isinstance(models, Models)
        return models

    @property
    def lines(self) -> list[Mapping[str, Any]]:
        path = self.path / "state" / "swe-agent" / "spend.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def ask(models: Models, role: ModelRole = "editor") -> str:
    return models.of(role).ask(QUESTION, Heard()).content


def at(server: LoopbackOpenAI, name: str = "a", **more: Any) -> RunOptions:
    return RunOptions(model=name, base_url=server.base_url, **more)


# ---- roles


def test_a_role_has_its_own_model_at_its_own_server_and_all_spend_from_one_budget(home: Home) -> None:
    with LoopbackOpenAI([say("edited"), say("judged")]) as main, LoopbackOpenAI([say("planned")]) as other:
        models = home.open(at(main), models__planner=f"b@{other.base_url}")
        assert [ask(models, role) for role in ("planner", "editor", "critic")] == ["planned", "edited", "judged"]
        assert [asked.body["model"] for asked in (*other.asked, *main.asked)] == ["b", "a", "a"]
    assert (models.cost, models.tokens) == (Cost(nano_usd=1_400_000 + 2 * 140_000), 360)


def test_the_budget_stops_every_role(home: Home) -> None:
    with LoopbackOpenAI([say("planned")]) as server:
        models = home.open(at(server, limits=Limits(tokens=700)))
        assert ask(models, "planner") == "planned"
        with pytest.raises(LimitReached):
            ask(models, "critic")


def test_what_was_spent_before_counts_and_an_unknown_part_is_not_nothing(home: Home) -> None:
    options = RunOptions(model="a@http://127.0.0.1:9/v1", limits=Limits(nano_usd=2_000_000))
    settings, notes = home.settings(), home.notes.append
    with pytest.raises(LimitReached, match=r"and \$0\.0005 of the budget of \$0\.0005 is left"):
        ask(open_models(settings, notes, options, Spent(cost=Cost(nano_usd=1_500_000))))
    with pytest.raises(ConfigError, match="what this job has cost so far is not known"):
        open_models(settings, notes, options, Spent(cost=Cost(nano_usd=None)))


def test_a_key_goes_to_the_server_that_it_is_for_and_to_no_other(home: Home) -> None:
    home.environment["SWE_AGENT_API_KEY"] = SECRET
    with LoopbackOpenAI([say("1")]) as main, LoopbackOpenAI([say("2")]) as other:
        models = home.open(at(main), models__planner=f"b@{other.base_url}", key__command=("echo", SECRET))
        ask(models, "editor")
        ask(models, "planner")
    assert main.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert "authorization" not in other.asked[0].headers


def test_the_openai_key_stays_where_its_own_variable_points(home: Home) -> None:
    with LoopbackOpenAI([say("1")]) as main, LoopbackOpenAI([say("2")]) as other:
        home.environment |= {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": main.base_url}
        ask(home.open(at(main)))
        ask(home.open(RunOptions(model=f"a@{other.base_url}", base_url=main.base_url)))
    assert main.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert "authorization" not in other.asked[0].headers


def test_a_fallback_is_at_its_own_server_and_the_cost_is_its(home: Home) -> None:
    with LoopbackOpenAI([QUOTA]) as main, LoopbackOpenAI([say("1"), say("2")]) as other:
        models = home.open(at(main), fallbacks=(f"b@{other.base_url}",))
        model = models.of("editor")
        assert [model.ask(QUESTION, Heard()).content for _ in range(2)] == ["1", "2"]
    assert model.price is not None
    assert (model.ref.name, model.price.of(USAGE)) == ("b", Cost(nano_usd=1_400_000))
    assert models.cost == Cost(nano_usd=2 * 1_400_000)
    assert "a is given up" in home.notes[-1]


def test_a_cascade_edits_in_the_place_of_one_model(home: Home) -> None:
    with LoopbackOpenAI([say("1"), QUOTA, say("3")]) as server:
        models = home.open(at(server, cascade=("a", "b")))
        editor = models.of("editor")
        assert editor.ask(QUESTION, Heard()).content == "1"
        assert escalate(editor, "the tests are still red")
        with pytest.raises(ModelRateLimited):
            editor.ask(QUESTION, Heard())
        assert not escalate(models.of("critic"), "a critic has no cascade")
        assert ask(models, "critic") == "3"
    assert [asked.body["model"] for asked in server.asked] == ["a", "b", "a"]
    assert home.notes[0] == "a hands over to b: the tests are still red"


def test_an_editor_of_its_own_is_no_cascade(home: Home) -> None:
    with LoopbackOpenAI([say("1")]) as server:
        models = home.open(at(server, cascade=("a", "b")), models__editor=f"b@{server.base_url}")
        assert (ask(models), escalate(models.of("editor"), "red")) == ("1", False)
    assert server.asked[0].body["model"] == "b"


def test_auto_begins_with_the_first_choice_where_nothing_is_known(home: Home) -> None:
    with LoopbackOpenAI([QUOTA, say("2")]) as server:
        models = home.open(at(server, "auto"), models__choices=("a", "b"))
        assert ask(models) == "2"
    assert [asked.body["model"] for asked in server.asked] == ["a", "b"]
    with pytest.raises(UsageError, match="nothing to choose from"):
        home.open(at(server, "auto"))


def test_thinking_gets_room_of_its_own_and_the_budget_reserves_it(home: Home) -> None:
    with LoopbackOpenAI([say("1")]) as server:
        options = RunOptions(model="gpt-5.2", base_url=server.base_url, limits=Limits(tokens=8_000))
        prices = {"gpt-5.2": PRICES["a"]}
        question = replace(QUESTION, effort=Effort.MEDIUM)
        reply = home.open(options, prices=prices).of("editor").ask(question, Heard())
        with pytest.raises(LimitReached, match=r"may take 8,\d\d\d tokens"):
            home.open(options, prices=prices).of("editor").ask(replace(question, effort=Effort.HIGH), Heard())
    assert reply.effective == (("max_completion_tokens", "4596"), ("reasoning_effort", "medium"))
    assert server.asked[0].body["max_completion_tokens"] == 4596


# ---- caps per day


def test_each_call_is_noted_before_and_after_it(home: Home) -> None:
    with LoopbackOpenAI([say("1")]) as server:
        ask(home.open(at(server)))
    reserved, settled = home.lines
    assert (reserved["is"], settled["is"], settled["id"]) == ("reserved", "settled", reserved["id"])
    assert (settled["nano_usd"], settled["tokens"]) == (140_000, 120)
    assert reserved["tokens"] > 120
    assert str(home.path) not in json.dumps(home.lines), "a name that tells nothing of the repository"


def test_jobs_of_a_day_share_a_cap_over_repositories(home: Home) -> None:
    with LoopbackOpenAI([say("1"), say("2")]) as server:
        ask(home.open(at(server), "one", limits__tokens_per_day=900))
        ask(home.open(at(server), "two", limits__repository_tokens_per_day=900))
        for repository, flags in (
            ("two", {"limits__tokens_per_day": 750}),
            ("one", {"limits__repository_tokens_per_day": 650}),
        ):
            with pytest.raises(LimitReached, match="of a day may spend"):
                ask(home.open(at(server), repository, **flags))


def test_a_failed_call_costs_the_day_nothing(home: Home) -> None:
    with LoopbackOpenAI([QUOTA]) as server:
        models = home.open(at(server))
        with pytest.raises(ModelRateLimited):
            ask(models)
    assert (home.lines[-1]["is"], home.lines[-1]["tokens"]) == ("settled", 0)
    assert models.cost == Cost()


def test_money_a_day_needs_prices(home: Home) -> None:
    with LoopbackOpenAI([]) as server, pytest.raises(PriceUnknown, match="the price of nobody-knows-it"):
        home.open(at(server, "nobody-knows-it"), limits__usd_per_day=1.0)
    assert home.lines == []


def test_a_script_spends_nothing_on_any_day(home: Home, tmp_path: Path) -> None:
    script = tmp_path / "s.json"
    script.write_text('[{"content": "played"}]')
    assert ask(home.open(RunOptions(model=f"scripted:{script}"), limits__tokens_per_day=1)) == "played"
    assert home.lines == []


# ---- on this machine only


@pytest.mark.parametrize(
    "flags",
    [
        {"models__guard": "anthropic/claude-haiku-4-5"},
        {"models__reviewer": "m@https://gateway.example.org/v1"},
        {"fallbacks": ("gpt-5",)},
    ],
)
@pytest.mark.parametrize("by", ["settings", "options"])
def test_any_model_that_is_elsewhere_is_refused_before_anything_is_sent(
    home: Home, flags: dict[str, Any], by: str
) -> None:
    with LoopbackOpenAI([]) as server:
        options = at(server, local_only=by == "options")
        if by == "settings":
            flags = {**flags, "local_only": True}
        with pytest.raises(ConfigError, match="only models on this machine may be asked") as refused:
            home.open(options, **flags)
    assert refused.value.exit_code == 2
    assert server.asked == []


def test_cascades_and_choices_are_refused_too(home: Home) -> None:
    away = "m@https://gateway.example.org/v1"
    with LoopbackOpenAI([]) as server:
        with pytest.raises(ConfigError):
            home.open(at(server, cascade=("a", away)), local_only=True)
        with pytest.raises(ConfigError):
            home.open(at(server, "auto"), models__choices=("a", away), local_only=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_here_is_asked_whatever_the_proxy_variables_say(
    home: Home, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    with LoopbackOpenAI([say("here")]) as server:
        url = server.base_url.replace("127.0.0.1", host)
        assert ask(home.open(RunOptions(model="a", base_url=url, local_only=True))) == "here"
