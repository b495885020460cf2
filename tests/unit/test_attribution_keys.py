"""Keys of a repository: made once whoever asks first, kept for the owner alone, the oldest one first."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.key import Key, key_id, key_of
from swe_agent.store.keys import KeyFile

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def key(number: int) -> Key:
    return key_of(bytes([number]) * 32, NOW + timedelta(days=number))


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "home" / "keys.json")


def test_a_key_is_made_on_first_need_and_then_stays(file: KeyFile) -> None:
    assert file.known() == ()
    assert not file.path.parent.exists()
    assert file.first(lambda: key(1)) == key(1)
    assert file.first(lambda: key(2)) == key(1)
    assert file.known() == (Key(made="2026-01-02T12:00:00+00:00", id=key_id(b"\1" * 32), secret=b"\1" * 32),)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_of_many_that_need_one_at_once_the_first_makes_it(file: KeyFile) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda number: file.first(lambda: key(number)), range(8)))
    assert len(set(got)) == 1
    assert file.known() == (got[0],)


def test_keys_of_others_are_kept_beside_and_the_oldest_is_first(file: KeyFile) -> None:
    file.first(lambda: key(5))
    file.add([key(7), key(3)])
    file.add([key(3)])
    assert file.known() == (key(3), key(5), key(7))
    assert file.first(lambda: key(9)) == key(3)


def test_keys_added_at_once_are_all_there(file: KeyFile) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: file.add([key(number)]), range(20)))
    assert file.known() == tuple(key(number) for number in range(20))


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"v": 1}', '{"v": 1, "keys": [{"id": "x", "key": "zz", "made": ""}]}', '{"v": 1, "keys": [{}]}',
     '{"v": 1, "keys": [{"id": "000000000000", "key": "00", "made": ""}]}'],
)  # fmt: skip
def test_a_damaged_file_is_told_and_stays(file: KeyFile, text: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(text)
    with pytest.raises(EnvironmentLacks, match="is damaged"):
        file.first(lambda: key(1))
    assert file.path.read_text() == text


def test_a_newer_file_is_refused(file: KeyFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text('{"v": 2, "keys": "of another kind"}')
    with pytest.raises(EnvironmentLacks, match="has version 2; this swe-agent knows up to 1"):
        file.known()


def test_a_folder_that_is_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentLacks, match="cannot use the file of keys"):
        KeyFile(tmp_path / "file" / "keys.json").first(lambda: key(1))
