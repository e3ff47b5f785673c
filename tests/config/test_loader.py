"""Loading: what is accepted, what is refused with its place and mend, and where secrets come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from config.loader import Configuration, load
from config.models import SecretRef
from domain.errors import ConfigProblem

GOOD = """\
[connections.asana]
tool = "asana"
token = { env = "ASANA_TOKEN" }
plan = "free"

[[communities]]
id = "a"
time_zone = "Europe/Berlin"
[communities.policy]
conflict = "prefer:asana"
[[communities.members]]
email = "ada@example.org"
asana = 1204
[[communities.spaces]]
name = "asana"
connection = "asana"
project = "1"
"""
POLICY = 'conflict = "prefer:asana"'
KEY = ("connections", "asana", "token")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASANA_TOKEN", "COPSYNC_STORE__URL"):
        monkeypatch.delenv(name, raising=False)


def loaded(folder: Path, text: str | bytes = GOOD) -> Configuration:
    file = folder / "copsync.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(file)


def refused(folder: Path, text: str | bytes) -> ConfigProblem:
    with pytest.raises(ConfigProblem) as caught:
        loaded(folder, text)
    assert caught.value.mend
    return caught.value


def test_a_whole_configuration(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert found.folder == tmp_path
    (community,) = found.settings.communities
    assert (community.spaces[0].options, community.members[0].ids) == ({"project": "1"}, {"asana": "1204"})
    assert found.settings.connections["asana"].options == {"plan": "free"}
    assert found.settings.store.url == "sqlite:///copsync.db"
    assert found.where(KEY) == f"{tmp_path / 'copsync.toml'}:3 [connections.asana.token]"
    assert found.where(()) == str(tmp_path / "copsync.toml")


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").settings.communities == ()


def test_as_other_systems_write_it(tmp_path: Path) -> None:
    found = loaded(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert found.settings.communities[0].id == "a"
    assert found.where(KEY).endswith(":3 [connections.asana.token]")


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("tool = ", "tol = ", ":1 [connections.asana.tool]", "is missing"),
        ("[connections.asana]", "[connection.asana]", ":1 [connection]", "Did you mean connections?"),
        ('"Europe/Berlin"', '"europe/berlin "', ":8 [communities[0].time_zone]", "Did you mean Europe/Berlin?"),
        ('"Europe/Berlin"', '"Moon"', ":8 [communities[0].time_zone]", "such as Europe/Berlin"),
        ('"Europe/Berlin"', '"../passwd"', ":8 [communities[0].time_zone]", "such as Europe/Berlin"),
        ("time_zone", "timezone", ":8 [communities[0].timezone]", "Did you mean time_zone?"),
        ("conflict", "conflicts", ":10 [communities[0].policy.conflicts]", "Did you mean conflict?"),
        ("prefer:asana", "prefer:asna", ":10 [communities[0].policy.conflict]", "Did you mean asana?"),
        ("prefer:asana", "prefer:", ":10 [communities[0].policy.conflict]", "latest, ask, or prefer:<space>"),
        ("conflict =", "delete =", ":10 [communities[0].policy.delete]", "'trash', 'complete' or 'keep'"),
        (POLICY, "surge = { count = 0 }", ":10 [communities[0].policy.surge.count]", "1 or more"),
        (
            'conflict = "prefer:asana"',
            "surge = { share = 2 }",
            ":10 [communities[0].policy.surge.share]",
            "1 or less",
        ),
        (
            'conflict = "prefer:asana"',
            "surge = { share = nan }",
            ":10 [communities[0].policy.surge.share]",
            "must be",
        ),
        (POLICY, 'surge = "many"', ":10 [communities[0].policy.surge]", "must be a table"),
        ("ada@example.org", "ada", ":12 [communities[0].members[0].email]", "no e-mail address"),
        ("asana = 1204", "asana = [1204]", ":13 [communities[0].members[0].asana]", "text or a number"),
        ("asana = 1204", "asana = true", ":13 [communities[0].members[0].asana]", "text or a number"),
        ('name = "asana"', 'name = "a b"', ":15 [communities[0].spaces[0].name]", "cannot be used as a name"),
        ('name = "asana"', "name = 7", ":15 [communities[0].spaces[0].name]", "a text in quotes"),
        ('connection = "asana"', 'connection = "asna"', ":16 [communities[0].spaces[0].connection]", "mean asana?"),
        ('"1"\n', '"1"\nread_only = "no"\n', ":18 [communities[0].spaces[0].read_only]", "true or false"),
        ('{ env = "ASANA_TOKEN" }', "{}", ":3 [connections.asana.token]", "exactly one place"),
        ('{ env = "ASANA_TOKEN" }', '{ var = "A" }', ":3 [connections.asana.token.var]", "There are: env, file"),
        ('{ env = "ASANA_TOKEN" }', '{ env = "A", file = "b" }', ":3 [connections.asana.token]", "exactly one place"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert old in GOOD
    problem = refused(tmp_path, GOOD.replace(old, new, 1))
    assert f"copsync.toml{place}" in str(problem)
    assert words in str(problem)


@pytest.mark.parametrize(("days", "words"), [("0", "1 or more"), ("-7", "1 or more"), ('"many"', "a whole number")])
def test_history_is_kept_for_a_day_at_least(tmp_path: Path, days: str, words: str) -> None:
    problem = refused(tmp_path, f"[store]\nhistory_days = {days}\n")
    assert words in str(problem)
    assert "copsync.toml:2 [store.history_days]" in str(problem)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    problem = refused(tmp_path, GOOD.replace("tool", "tol", 1).replace("Europe/Berlin", "Moon"))
    lines = problem.message.splitlines()
    assert lines[0] == "2 things are wrong:"
    assert [line.partition("copsync.toml")[2].partition(" ")[0] for line in lines[1:]] == [":1", ":8"]


def test_tables_where_lists_belong(tmp_path: Path) -> None:
    lists = "[communities]\nid = 'a'\n"
    assert "a line such as [[communities]]" in str(refused(tmp_path, lists))
    assert "a line such as [connections.name]" in str(refused(tmp_path, "[[connections]]\ntool = 'asana'\n"))


@pytest.mark.parametrize("name", ["id", "name", "email"])
def test_names_are_used_once(tmp_path: Path, name: str) -> None:
    begin = {"id": "[[communities]]", "name": "[[communities.spaces]]", "email": "[[communities.members]]"}[name]
    block = begin + GOOD.partition(begin)[2].partition("[[")[0]
    problem = refused(tmp_path, GOOD + block)
    assert "is used twice" in str(problem)
    line = GOOD.count("\n") + block[: block.index(f"{name} =")].count("\n") + 1
    assert f"copsync.toml:{line} " in str(problem)


@pytest.mark.parametrize(
    ("text", "line"),
    [("[store\n", 1), ("a = 1\na = 2\n", 2), ("a =\n", 1), ('a = "\x01"\n', 1), ('[store]\nurl = "x\n', 2), ("x\0", 1)],
)
def test_what_is_no_toml(tmp_path: Path, text: str, line: int) -> None:
    problem = refused(tmp_path, text)
    assert f"copsync.toml:{line}: This is not valid TOML" in str(problem)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "not UTF-8" in str(refused(tmp_path, b"\xff\xfe\x00"))
    with pytest.raises(ConfigProblem, match="Is a directory"):
        load(tmp_path)
    with pytest.raises(ConfigProblem, match="copsync init"):
        load(tmp_path / "none.toml")
    (tmp_path / ".env").write_bytes(b"A=\xff")
    with pytest.raises(ConfigProblem, match=r"\.env cannot be read"):
        loaded(tmp_path)


@pytest.mark.parametrize("literal", ['"1/12:abcdef0123"', '{ env = "1/12:abcdef0123" }', "[1]", "7"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, literal: str) -> None:
    problem = refused(tmp_path, GOOD.replace('{ env = "ASANA_TOKEN" }', literal))
    assert ":3 [connections.asana.token" in str(problem)
    assert "abcdef" not in str(problem)
    assert "abcdef" not in repr(problem)
    assert problem.__cause__ is None


@pytest.mark.parametrize("name", ["abcdef0123456789abcdef", "Tok3nTok3nTok3n"])
def test_a_name_that_may_be_the_secret_is_not_repeated(tmp_path: Path, name: str) -> None:
    found = loaded(tmp_path, GOOD.replace("ASANA_TOKEN", name))
    with pytest.raises(ConfigProblem) as caught:
        found.secret(SecretRef(env=name), KEY)
    assert name not in str(caught.value)
    assert ":3 [connections.asana.token]" in str(caught.value)


def test_a_password_in_the_address_of_the_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://ada:hunter22@db/copsync"
    problem = refused(tmp_path, f'[store]\nurl = "{url}"\n')
    assert "copsync.toml:2 [store.url]" in str(problem)
    assert "hunter22" not in str(problem)
    monkeypatch.setenv("COPSYNC_STORE__URL", url)
    assert loaded(tmp_path).settings.store.url == url
    assert loaded(tmp_path, '[store]\nurl = "postgresql+psycopg://ada@db/copsync"\n').settings.store.url == url


def test_the_store_may_be_named_outside_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("COPSYNC_STORE__URL=sqlite:///from-env-file.db\n", encoding="utf-8")
    assert loaded(tmp_path, '[store]\nurl = "sqlite:///x.db"').settings.store.url == "sqlite:///from-env-file.db"
    monkeypatch.setenv("COPSYNC_STORE__URL", "sqlite:///from-environment.db")
    found = loaded(tmp_path)
    assert found.settings.store.url == "sqlite:///from-environment.db"
    assert found.where(("store", "url")) == "environment variable COPSYNC_STORE__URL"
    monkeypatch.setenv("COPSYNC_STORE__URL", "")
    assert loaded(tmp_path).settings.store.url == "sqlite:///from-env-file.db"


@pytest.mark.parametrize(
    ("name", "value"), [("COPSYNC_STORE", "x"), ("COPSYNC_COMMUNITIES", "["), ("copsync_store", "{")]
)
def test_other_variables_of_ours_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert "begins with COPSYNC_" in str(refused(tmp_path, GOOD))


def test_arguments_of_the_settings_class_are_no_keys(tmp_path: Path) -> None:
    assert ":1 [_env_file]" in str(refused(tmp_path, '_env_file = "x"\n' + GOOD))


def secret(found: Configuration, **place: Any) -> str:
    value = found.secret(SecretRef(**place), KEY)
    assert isinstance(value, SecretStr)
    assert value.get_secret_value() not in repr(value)
    return value.get_secret_value()


def test_secrets_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ASANA_TOKEN='from ${HOME} file'\n", encoding="utf-8")
    assert secret(loaded(tmp_path), env="ASANA_TOKEN") == "from ${HOME} file"
    monkeypatch.setenv("ASANA_TOKEN", "")
    assert secret(loaded(tmp_path), env="ASANA_TOKEN") == "from ${HOME} file"
    monkeypatch.setenv("ASANA_TOKEN", " from environment\n")
    assert secret(loaded(tmp_path), env="ASANA_TOKEN") == "from environment"
    with pytest.raises(ConfigProblem, match=r":3 \[connections.asana.token\].*OTHER_TOKEN is not set.*\.env"):
        secret(loaded(tmp_path), env="OTHER_TOKEN")


def test_secrets_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(tmp_path)
    (tmp_path / "token").write_text("\ufeffin a file\r\n", encoding="utf-8")
    assert secret(found, file="token") == "in a file"
    assert secret(found, file=str(tmp_path / "token")) == "in a file"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert secret(found, file="~/token") == "in a file"
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, words in (("empty", "is empty"), ("binary", "not text"), ("none", "No such file"), (".", "directory")):
        with pytest.raises(ConfigProblem, match=words):
            secret(found, file=name)


CHANNELS = f"""{GOOD}\
[[communities.channels]]
id = "intranet"
kind = "folder"
folder = "out"
"""


def test_a_channel_has_defaults_that_hold_back(tmp_path: Path) -> None:
    (channel,) = loaded(tmp_path, CHANNELS).settings.communities[0].channels
    assert (channel.audience, channel.wants, channel.daily) == ("community", ("digest",), 3)
    assert (channel.quiet, channel.digest) == ("20:00-07:00", "monday 08:00")
    assert channel.names_members
    assert channel.options == {"folder": "out"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('quiet = "20:00-20:00"', "no quiet hours"),
        ('quiet = ""', "or never"),
        ('quiet = "8-20"', "no quiet hours"),
        ('digest = "mondy 08:00"', "Did you mean monday?"),
        ('digest = "monday 24:00"', "no weekday and time"),
        ("daily = 0", "1 or more"),
        ('wants = ["gossip"]', "must be one of"),
        ('audience = "all"', "must be one of"),
        ('time_zone = "Mars"', "no time zone"),
        ('connection = "asanna"', "Did you mean asana?"),
        ('audience = "public"\nwants = ["welcome"]', "nobody is named in this channel"),
        ('names = false\nwants = ["thanks"]', "nobody is named in this channel"),
        ('[[communities.channels]]\nid = "intranet"\nkind = "folder"', "used twice"),
    ],
)
def test_a_channel_that_cannot_be_meant_is_refused(tmp_path: Path, line: str, words: str) -> None:
    assert words in str(refused(tmp_path, f"{CHANNELS}{line}\n"))


def test_a_public_channel_names_nobody_unless_told(tmp_path: Path) -> None:
    public = f'{CHANNELS}audience = "public"\n'
    assert [
        loaded(tmp_path, text).settings.communities[0].channels[0].names_members
        for text in (public, f"{public}names = true\n")
    ] == [False, True]
