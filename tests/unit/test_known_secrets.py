"""Values that are known are found in every dress that a command can put them into."""

from __future__ import annotations

import base64
import json
import string
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.known_secrets import NAME, KnownSecrets, values_of

values = st.text(string.ascii_letters + string.digits + "+/=-_!$%é", min_size=8, max_size=60)
around = st.text(string.ascii_letters + " \n:=", max_size=20)


@given(values, around, around)
def test_a_known_value_is_found_in_every_dress(value: str, before: str, after: str) -> None:
    secrets = KnownSecrets([value])
    data = f"{before}{value}{after}".encode()
    for text in (
        f"{before}{value}{after}",
        f"{before}{value[::-1]}{after}",
        json.dumps(value),
        quote(value, safe=""),
        data.hex(),
        data.hex().upper(),
        data.hex(" "),
    ):
        assert text in secrets
        assert value not in secrets.redact(text)
        assert NAME in secrets.redact(text)


@given(st.text(string.ascii_letters + string.digits + "+/", min_size=16, max_size=60), around, around)
def test_base64_is_found_wherever_the_value_stands_and_however_it_is_broken(
    value: str, before: str, after: str
) -> None:
    secrets = KnownSecrets([value])
    data = f"{before}{value}{after}".encode()
    for text in (base64.b64encode(data), base64.urlsafe_b64encode(data), base64.encodebytes(data)):
        assert text.decode() in secrets


@given(st.text())
def test_without_values_only_shapes_are_taken_out(text: str) -> None:
    assert KnownSecrets().redact(text) == text or "[redacted" in KnownSecrets().redact(text)


def test_values_of_a_file_of_secrets() -> None:
    env = """
# settings
DEBUG=true
NODE_ENV=development
API_KEY="b4d-s3cr3t-value"
export DATABASE_URL=postgres://shop:hunter2hunter2@db/shop
RANDOM=9f8a7b6c5d4e
SHORT_KEY=abc
"""
    assert set(values_of(env)) == {
        "hunter2hunter2",
        "b4d-s3cr3t-value",
        "postgres://shop:hunter2hunter2@db/shop",
        "9f8a7b6c5d4e",
    }
    assert values_of('{"private_key": "abc-defgh-ij", "name": "shop"}') == ("abc-defgh-ij",)
