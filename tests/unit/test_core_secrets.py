"""Shapes of secrets: each rule on what it is for and on what only looks like it."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.secrets import Leak, entropy, find, is_secret_file, redact

# Put together at run time, so that no scanner takes this file for a leak.
A36 = "abcdefghij0123456789ABCDEFGHIJ012345"
RULES = {
    "private key": (
        "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PUBLIC" + " KEY-----\nMIIabc\n-----END PUBLIC KEY-----",
    ),
    "aws access key id": ("AKIA" + "ABCDEFGHIJKLMNOP", "AKIA" + "ABCDEFGHIJKLMNO"),
    "aws secret access key": ("aws_secret_access_key = " + A36 + "abcd", "aws_secret_access_key = " + A36),
    "github token": ("ghp_" + A36, "ghp_" + A36[:20]),
    "gitlab token": ("glpat-" + A36[:20], "glpat-" + A36[:12]),
    "openai key": ("sk-" + "proj-" + A36, "sk-" + "learn-0.24"),
    "anthropic key": ("sk-" + "ant-api03-" + A36, "sk-" + "ant-short"),
    "google api key": ("AIza" + A36[:35], "AIza" + A36[:20]),
    "slack token": ("xoxb" + "-1234567890-abc", "xoxb" + "-123"),
    "slack webhook": ("https://hooks.slack.com/services/T000/" + A36, "https://hooks.slack.com/services/"),
    "stripe key": ("sk_live_" + A36[:24], "sk_live_" + A36[:8]),
    "npm token": ("npm_" + A36, "npm_" + "config_registry"),
    "pypi token": ("pypi-AgE" + "IcHlwaS5vcmc" + A36 + A36, "pypi-AgE" + A36),
    "hugging face token": ("hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH", "hf_" + "hub_download"),
    "json web token": (
        "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0." + A36,
        "eyJ" + "hbGciOiJIUzI1NiJ9.payload.signature",
    ),
    "password in an address": (
        "postgres://shop:hunter22" + "@db.example.org/shop",
        "https://example.org:8080/a@b",
    ),
    "assigned secret": ('api_key = "zX9' + 'q8W7e6R5t4Y3u2"', 'api_key = "aaaaaaaaaaaaaaaa"'),
}


def test_every_rule_has_its_pair() -> None:
    rules = tomllib.loads(resources.files("swe_agent.core").joinpath("secret_rules.toml").read_text("utf-8"))["rule"]
    assert [rule["name"] for rule in rules] == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_its_secret_in_running_text(rule: str) -> None:
    secret = RULES[rule][0]
    (leak,) = find(f"line one\nsee {secret} and more")
    assert (leak.rule, leak.line) == (rule, 2)
    assert redact(f"see {secret} and more").endswith(" and more")
    assert f"[redacted: {rule}]" in redact(secret)


@pytest.mark.parametrize("rule", RULES)
def test_a_near_miss_stays(rule: str) -> None:
    text = f"see {RULES[rule][1]} and more"
    assert find(text) == ()
    assert redact(text) == text


@pytest.mark.parametrize("rule", RULES)
def test_the_secret_itself_is_gone_and_redacting_twice_changes_nothing(rule: str) -> None:
    secret = RULES[rule][0]
    (leak,) = find(secret)
    once = redact(secret)
    assert secret[leak.start : leak.end] not in once
    assert redact(once) == once


def test_a_leak_says_where() -> None:
    key = RULES["aws access key id"][0]
    assert find(f"a\nb {key}\n") == (Leak(rule="aws access key id", start=4, end=24, line=2),)


def test_two_rules_on_one_place_redact_once() -> None:
    assert redact('api_key = "' + RULES["openai key"][0] + '"') == 'api_key = "[redacted: openai key]"'


@pytest.mark.parametrize(
    "text",
    [
        "password = os.environ['DATABASE_PASSWORD']",
        "token = request.headers.get('X-Token')",
        "secret_key: str = field(default_factory=make_key)",
        "https://${USER}:${PASSWORD}@example.org/",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ],
)
def test_ordinary_code_is_not_touched(text: str) -> None:
    assert redact(text) == text


bits = st.sampled_from([part for pair in RULES.values() for part in pair]) | st.text(max_size=10)


@given(st.lists(bits, max_size=6).map(" ".join))
def test_redact_is_idempotent_and_never_raises(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
    assert find(once) == ()


@given(st.text(st.characters(exclude_characters=":=@_-", max_codepoint=0x2FFF)))
def test_text_without_anything_of_a_secret_is_kept(text: str) -> None:
    assert redact(text) == text or any(leak.rule.startswith(("google", "aws")) for leak in find(text))


@given(st.text(max_size=40))
def test_entropy_lies_between_none_and_all_different(text: str) -> None:
    assert 0.0 <= entropy(text) <= max(0, len(text)).bit_length()


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (".env", True),
        ("config/.env.production", True),
        (".env.example", False),
        ("a/b/ID_RSA", True),
        ("id_rsa.pub", False),
        ("server.pem", True),
        ("pem.py", False),
        ("credentials.json", True),
        ("src/credentials.py", False),
        (".docker/config.json", True),
        ("app/config.json", False),
        ("terraform.tfstate", True),
        ("environment.py", False),
        ("prod.env", True),
        ("key.txt", False),
    ],
)
def test_files_are_known_by_name(path: str, secret: bool) -> None:
    assert is_secret_file(path) is secret
