"""Shapes of secrets: each rule on what it is for and on what only looks like it."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.harness.secret_samples import Sample, samples
from swe_agent.core.secret_rules import MARKED, NAMED, TOKENS
from swe_agent.core.secret_values import entropy, is_by_chance, is_placeholder
from swe_agent.core.secrets import STRONG, Leak, allowed, find, fingerprint, is_secret_file, redact, strong_values

# Put together at run time, so that no scanner takes this file for a leak.
A36 = "abcdefghij0123456789ABCDEFGHIJ012345"
DRAWN = "k3Jx9QmZp2LwVt7RbN4cHd8YsF6gTe5UaXoW"
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
    assert find(f"a\nb {key}\n") == (Leak(rule="aws access key id", start=4, end=24, line=2, is_sure=False),)


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


SAMPLES = tuple(samples(random.Random(11), 2))


@pytest.mark.parametrize("provider", sorted({sample.provider for sample in SAMPLES}))
def test_every_documented_shape_is_found_for_sure_and_taken_out(provider: str) -> None:
    for sample in SAMPLES:
        if sample.provider == provider and sample.grade != "generic":
            text = f"import os\n{sample.lines}\nprint(1)\n"
            assert any(leak.is_sure for leak in find(text)), sample.notation
            assert sample.core not in redact(text), sample.notation


def test_what_any_program_may_have_is_told_and_is_not_sure() -> None:
    generic = [find(sample.lines) for sample in SAMPLES if sample.grade == "generic"]
    assert all(generic)
    assert not any(leak.is_sure for leaks in generic for leak in leaks)


code = st.lists(
    st.sampled_from(
        ["def f(x):", "    return {'key': x}", "# see https://site.dev/a", 'log("token: %s", x)', "", "é = 'ß'", "\tİ"]
    ),
    max_size=6,
).map("\n".join)
sure = st.sampled_from([sample for sample in SAMPLES if sample.grade == "shape"])


@given(code, sure, code)
def test_what_is_planted_is_found_wherever_it_stands(before: str, sample: Sample, after: str) -> None:
    text = "\n".join([before, sample.lines, after])
    leaks = find(text)
    (leak,) = [one for one in leaks if one.is_sure]
    assert sample.core[:12] in text[leak.start : leak.end] or text[leak.start : leak.end] in sample.lines
    assert leak.line == text.count("\n", 0, leak.start) + 1
    assert [one.start for one in leaks] == sorted(one.start for one in leaks)
    assert all(one.end <= other.start for one, other in pairwise(leaks))
    assert redact(redact(text)) == redact(text)
    assert find(text, frozenset({fingerprint(leak, text)})) == tuple(one for one in leaks if one != leak)


@given(st.text())
def test_small_letters_stand_where_the_others_stood(text: str) -> None:
    assert len(text.replace("\u0130", "I").lower()) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "api_key = 'your-api-key-goes-here-1234'",
        "password = '${DATABASE_PASSWORD_1}'",
        "token: {{ secrets.TOKEN_1234567 }}",
        "secret = process.env.SECRET_KEY_2",
        "API_KEY=<insert the key of 2024>",
        '"integrity": "sha512-' + "Ab3/" * 21 + 'Q=="',
        "token = 3f786850e387550fdab836ed7e6dc881de23001b",
        "api_key = '123e4567-e89b-42d3-a456-426614174000'",
        "public_key = 'q1W2e3R4t5Y6u7I8o9P0'",
        "max_tokens=4096000000, token_type='bearer12345x'",
        "-----BEGIN PUBLIC" + " KEY-----\n" + "MIIBIjANBgkqhkiG9w0BAQEFAAOC\n" * 3,
        "if '-----BEGIN PRIVATE" + " KEY-----' in text: raise ValueError(text)",
        "data:font/woff2;base64," + "d09GMgABAAAAA" * 6,
        "write(f\"machine a login b password {PLANTED['home']}\")",
        ".sk-fading-circle .sk-circle-before { width: 100% }",
        "git@github.com:owner/name.git and https://host.dev:8080/a@b",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    assert find(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "abcdefghij0123456789abcdefghij012345",
        "sk-" + "proj-" + "fake-key-for-testing-1234",
        "postgres://shop:hunter22" + "@db.shop.io/shop",
        "redis://default:" + DRAWN + "@localhost:6379",
        "http://%C3%BCser:p%C3%A4ssword" + "@xn--n3h.net/",
        "X-Amz-Credential=" + "AKIA" + "Q3EGV7NH2XLDW5TZ" + "%2F2024",
    ],
)
def test_what_may_be_one_stops_nobody(text: str) -> None:
    assert [leak.is_sure for leak in find(text)] == [False]


def test_strong_values_are_those_whose_shape_is_proof() -> None:
    token = "ghp_" + DRAWN
    assert strong_values(f"password = 'zX9q8W7e6R5t4Y3u2'\na {token} and {token}") == (token,)
    assert {"github token", "aws access key id", "private key", "openai key"} <= STRONG


def test_the_sure_one_of_two_that_overlap() -> None:
    token = "npm_" + DRAWN
    assert [leak.rule for leak in find(f"auth_token = 'a:{token}'")] == ["npm token"]


def test_a_fingerprint_is_of_the_rule_and_the_value_alone() -> None:
    token = "ghp_" + DRAWN
    texts = [f"x = '{token}'", f"\n\n- {token}\n"]
    marks = {fingerprint(leak, text) for text in texts for leak in find(text)}
    (mark,) = marks
    assert re.fullmatch("[0-9a-f]{16}", mark)
    assert find(texts[0], marks) == ()
    assert redact(texts[0]) == "x = '[redacted: github token]'"


def test_an_allow_list_says_which_of_its_lines_are_damaged() -> None:
    text = "# keys of the tests\n\n0123456789abcdef  github token in a.py\nfedcba9876543210\n0123\nnonsense here\n"
    assert allowed(text) == (frozenset({"0123456789abcdef", "fedcba9876543210"}), (5, 6))


@given(st.text())
def test_any_allow_list_is_read(text: str) -> None:
    marks, damaged = allowed(text)
    assert all(re.fullmatch("[0-9a-f]{16}", mark) for mark in marks)
    assert list(damaged) == sorted(set(damaged))


@pytest.mark.parametrize("row", [*TOKENS, *MARKED, *NAMED], ids=lambda row: f"{row[0]} {row[1][0]}")
def test_a_row_compiles_and_repeats_nothing_without_a_bound(
    row: tuple[str, tuple[str, ...], str | int, str, bool],
) -> None:
    shape = next(part for part in reversed(row) if isinstance(part, str))
    re.compile(shape)
    bare = re.sub(r"\\.|\[[^]]*\]", "c", shape)
    assert not re.search(r"(?<!\()[+*]|,\}", bare), shape
    assert row not in TOKENS or all(len(keyword) >= 3 for keyword in row[1])


HOSTILE = [
    *(
        "a",
        "-",
        "key=",
        "token: ",
        "sk-",
        "ghp_",
        "eyJ",
        "eyJaaaaaaaaaaaa.",
        "url http://a:",
        "://",
        "Basic aaaaaaaaaaaa ",
    ),
    *(
        "-----BEGIN PRIVATE" + " KEY-----",
        "-----BEGIN PRIVATE" + " KEY-----\nabc ",
        "machine a login b ",
        'password="',
        "1:AA",
    ),
    *(
        "aaa8Q~",
        "JQQJ99",
        "?sig=",
        "secret",
        "pass_word-",
        ".atlasv1.",
        "xoxb-",
        "AKIA",
        "\\nAKIA",
        "Bearer a",
        "a://b:ccc",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_takes_no_more_than_about_twice_as_long(piece: str) -> None:
    def cost(size: int) -> float:
        text, spent = (piece * (size // len(piece) + 1))[:size], []
        for _ in range(2):
            begun = time.process_time()
            find(text)
            spent.append(time.process_time() - begun)
        return min(spent)

    assert cost(80_000) < 8 * max(cost(20_000), 0.002) + 0.02  # four times is linear; sixteen would be the square


FRESH = """
import sys
sys.path.insert(0, sys.argv[1])
import swe_agent
before = set(sys.modules)
from swe_agent.core.secrets import find
find("def add(a, key):\\n    token = key\\n    return a + b\\n" * 100)
print(*sorted(set(sys.modules) - before))
"""


def test_a_hook_loads_next_to_nothing() -> None:
    top = Path(__file__).parents[2]
    argv = [sys.executable, "-I", "-S", "-c", FRESH, str(top)]
    (modules,) = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    ours = {name for name in modules.split() if name.startswith("swe_agent.core")}
    assert set(modules.split()) - ours <= {"math", "itertools", "__future__", "swe_agent"}


@given(st.text(max_size=60))
def test_values_are_judged_whatever_they_are(text: str) -> None:
    assert is_by_chance(text) in (True, False)
    assert is_placeholder(text) in (True, False)
