"""What is kept sealed: with which key it opens, and what happens when it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select, update

from config.loader import load
from domain.errors import ConfigProblem, StoreProblem
from store.store import Store
from store.tables import secrets
from store.vault import Keys, Vault, new_key
from sync.keeper import Keepers
from tests.store.databases import KINDS, database

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
SECRET = SecretStr("refresh-2/119988-Zm9v")


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with database(request.param) as url:
        store = Store.open(url, tmp_path)
        yield store.engine
        store.close()


def key() -> SecretStr:
    return new_key()


def together(*keys: SecretStr, between: str = ",") -> Keys:
    return Keys(SecretStr(between.join(one.get_secret_value() for one in keys)))


def sealed(engine: Engine) -> dict[tuple[str, str], str]:
    with engine.connect() as connection:
        rows = connection.execute(select(secrets.c.connection, secrets.c.name, secrets.c.sealed)).all()
    return {(row.connection, row.name): row.sealed for row in rows}


def put(engine: Engine, keys: Keys, connection: str = "asana", secret: SecretStr = SECRET) -> Vault:
    vault = Vault(engine, keys)
    vault.put(connection, "tokens", secret, NOW)
    return vault


def test_what_is_kept_comes_back_and_is_not_in_the_store(engine: Engine) -> None:
    vault = put(engine, Keys(key()))
    assert vault.get("asana", "tokens") == SECRET
    assert vault.get("basecamp", "tokens") is None
    assert SECRET.get_secret_value() not in str(sealed(engine))
    vault.put("asana", "tokens", SecretStr("the-next-one"), NOW)
    assert vault.get("asana", "tokens") == SecretStr("the-next-one")
    assert len(sealed(engine)) == 1


def test_the_same_secret_never_looks_the_same(engine: Engine) -> None:
    keys = Keys(key())
    put(engine, keys)
    first = sealed(engine)
    put(engine, keys)
    assert sealed(engine) != first


def test_another_key_opens_nothing_and_loses_nothing(engine: Engine) -> None:
    right = key()
    put(engine, Keys(right))
    before = sealed(engine)
    with pytest.raises(ConfigProblem, match="Put the key back") as wrong:
        Vault(engine, Keys(key())).get("asana", "tokens")
    assert "copsync connect asana" in wrong.value.mend
    assert sealed(engine) == before
    assert Vault(engine, Keys(right)).get("asana", "tokens") == SECRET


@pytest.mark.parametrize("damage", ["", "no Fernet at all", "é", "cut", "flipped"])
def test_what_was_damaged_is_said_and_kept(engine: Engine, damage: str) -> None:
    keys = Keys(key())
    vault = put(engine, keys)
    ((_, whole),) = sealed(engine).items()
    damaged = {"cut": whole[:-8], "flipped": whole[:-5] + ("A" if whole[-5] != "A" else "B") + whole[-4:]}
    with engine.begin() as connection:
        connection.execute(update(secrets).values(sealed=damaged.get(damage, damage)))
    before = sealed(engine)
    for present in (vault, Vault(engine, together(key(), key()))):
        with pytest.raises(ConfigProblem, match="cannot be opened"):
            present.get("asana", "tokens")
    assert sealed(engine) == before
    vault.put("asana", "tokens", SECRET, NOW)
    assert vault.get("asana", "tokens") == SECRET


def test_one_place_cannot_stand_for_another(engine: Engine) -> None:
    keys = Keys(key())
    vault = put(engine, keys)
    vault.put("basecamp", "tokens", SecretStr("of basecamp"), NOW)
    with engine.begin() as connection:
        other = sealed(engine)["asana", "tokens"]
        connection.execute(update(secrets).where(secrets.c.connection == "basecamp").values(sealed=other))
    with pytest.raises(ConfigProblem):
        vault.get("basecamp", "tokens")


@pytest.mark.parametrize("between", [",", "\n", " ,\r\n", ", "])
def test_keys_change_without_a_gap(engine: Engine, between: str) -> None:
    old, new = key(), key()
    put(engine, Keys(old))
    put(engine, Keys(old), "basecamp")
    both = Vault(engine, together(new, old, between=between))
    assert both.get("asana", "tokens") == SECRET
    alone = Vault(engine, Keys(new))
    assert alone.get("asana", "tokens") == alone.get("basecamp", "tokens") == SECRET
    with pytest.raises(ConfigProblem):
        Vault(engine, Keys(old)).get("asana", "tokens")


def test_changing_keys_leaves_what_it_cannot_open(engine: Engine) -> None:
    old, lost = key(), key()
    put(engine, Keys(old))
    put(engine, Keys(lost), "basecamp")
    before = sealed(engine)["basecamp", "tokens"]
    Vault(engine, together(key(), old))
    assert sealed(engine)["basecamp", "tokens"] == before


@pytest.mark.parametrize("text", ["", " ", "secret", "x" * 44, "abc,def", "é" * 44, "=" * 44])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(ConfigProblem, match="copsync key") as wrong:
        Keys(SecretStr(text))
    assert not text.strip() or text not in str(wrong.value)


def test_one_bad_key_among_good_ones_is_refused() -> None:
    with pytest.raises(ConfigProblem):
        Keys(SecretStr(f"{key().get_secret_value()},oops"))


def test_nothing_shows_itself(engine: Engine) -> None:
    one = key()
    vault = put(engine, Keys(one))
    assert one.get_secret_value() not in repr((vault, Keys(one), vault.__dict__, Keys(one).__dict__))


def configured(folder: Path, line: str) -> Keepers:
    path = folder / "copsync.toml"
    path.write_text(f'[store]\nurl = "sqlite:///copsync.db"\n{line}\n', encoding="utf-8")
    return Keepers(load(path))


def problem(keepers: Keepers) -> ConfigProblem:
    with pytest.raises(ConfigProblem) as wrong:
        keepers.of("asana")
    return wrong.value


def test_without_a_key_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    wrong = problem(configured(tmp_path, ""))
    assert "copsync key --file" in wrong.mend
    assert "COPSYNC_KEY" in wrong.mend
    assert "copsync.toml:1" in str(wrong)
    assert not (tmp_path / "copsync.db").exists()


def test_a_key_in_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = 'key = { env = "COPSYNC_KEY" }'
    monkeypatch.delenv("COPSYNC_KEY", raising=False)
    assert "COPSYNC_KEY is not set" in problem(configured(tmp_path, line)).message
    monkeypatch.setenv("COPSYNC_KEY", "oops")
    assert "copsync.toml:3 [store.key]" in str(problem(configured(tmp_path, line)))
    monkeypatch.setenv("COPSYNC_KEY", key().get_secret_value())
    keepers = configured(tmp_path, line)
    keepers.of("asana").keep(SECRET)
    assert keepers.of("asana").recall() == SECRET
    assert keepers.of("basecamp").recall() is None
    keepers.close()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620, 0o610])
def test_a_key_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "copsync.key"
    file.write_text(key().get_secret_value(), encoding="utf-8")
    file.chmod(mode)
    wrong = problem(configured(tmp_path, 'key = { file = "copsync.key" }'))
    assert f"chmod 600 {file}" in wrong.mend
    assert f"{mode:o}" in wrong.message
    for strict in (0o600, 0o400):
        file.chmod(strict)
        keepers = configured(tmp_path, 'key = { file = "copsync.key" }')
        keepers.of("asana").keep(SECRET)
        keepers.close()


@pytest.mark.parametrize("content", [b"", b"oops", b"\xff\xfe"])
def test_a_key_file_that_holds_no_key(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "copsync.key"
    file.write_bytes(content)
    file.chmod(0o600)
    assert "copsync.toml:3" in str(problem(configured(tmp_path, 'key = { file = "copsync.key" }')))
    file.unlink()
    assert "cannot be read" in str(problem(configured(tmp_path, 'key = { file = "copsync.key" }')))


def test_a_literal_key_is_refused(tmp_path: Path) -> None:
    literal = key().get_secret_value()
    with pytest.raises(ConfigProblem, match="must not stand in this file") as wrong:
        configured(tmp_path, f'key = "{literal}"')
    assert literal not in str(wrong.value)


def test_the_key_stays_when_the_environment_names_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPSYNC_STORE__URL", "sqlite:///elsewhere.db")
    monkeypatch.setenv("COPSYNC_KEY", key().get_secret_value())
    keepers = configured(tmp_path, 'key = { env = "COPSYNC_KEY" }')
    keepers.of("asana").keep(SECRET)
    keepers.close()
    assert (tmp_path / "elsewhere.db").exists()


def test_a_store_that_cannot_be_written_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPSYNC_KEY", key().get_secret_value())
    keepers = configured(tmp_path, 'key = { env = "COPSYNC_KEY" }')
    keepers.of("asana").keep(SECRET)

    def full(*_: Any) -> None:
        raise StoreProblem("The store failed: disk full.", mend="Free some space.")

    with monkeypatch.context() as broken:
        broken.setattr("store.vault.upsert", full)
        with pytest.raises(StoreProblem):
            keepers.of("asana").keep(SecretStr("newer"))
    assert keepers.of("asana").recall() == SECRET
    keepers.close()


def test_the_file_of_the_store_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPSYNC_KEY", key().get_secret_value())
    before = os.umask(0)
    try:
        keepers = configured(tmp_path, 'key = { env = "COPSYNC_KEY" }')
        keepers.of("asana").keep(SECRET)
    finally:
        os.umask(before)
    modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.glob("copsync.db*")}
    assert set(modes.values()) == {0}, modes
    keepers.close()
