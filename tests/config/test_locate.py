"""The line of a key, in every way TOML has of writing it."""

from __future__ import annotations

import tomllib

import pytest

from config.locate import line_of

TEXT = '''\
# url = "no" and [store]
[store]
url = "sqlite:///[a]{b}#c"   # [connections.no]
[connections."as.ana"]
"tool" = 'asana'
limits = { requests = 1, seconds = 1.5, at_once = [1, 2] }
site."example.org".'x y' = true

[[communities]]
id = """
[communities.policy]
id = 3
"""
since = 1979-05-27 07:32:00Z
[communities.policy]
max_deletes = { count = 10, share = 0.2 }
[[communities.spaces]]
name = "first"
[[communities.spaces]]
name = "second"
[[communities.members]]
email = "ada@example.org"
[[communities]]
id = "b"
members = [
  { email = "grace@example.org" },  # ]
  { email = "mary@example.org", asana = "1204" },
]
[[communities.spaces]]
name = "third"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("store",), 2),
        (("store", "url"), 3),
        (("connections", "as.ana"), 4),
        (("connections", "as.ana", "tool"), 5),
        (("connections", "as.ana", "limits", "at_once"), 6),
        (("connections", "as.ana", "site", "example.org", "x y"), 7),
        (("communities", 0, "id"), 10),
        (("communities", 0, "since"), 14),
        (("communities", 0, "policy"), 15),
        (("communities", 0, "policy", "max_deletes", "share"), 16),
        (("communities", 0, "spaces", 0), 17),
        (("communities", 0, "spaces", 1, "name"), 20),
        (("communities", 0, "members", 0, "email"), 22),
        (("communities", 1, "id"), 24),
        (("communities", 1, "members"), 25),
        (("communities", 1, "members", 0, "email"), 26),
        (("communities", 1, "members", 1), 27),
        (("communities", 1, "members", 1, "asana"), 27),
        (("communities", 1, "spaces", 0, "name"), 30),
        # What is not there is looked for where it belongs.
        (("store", "nothing"), 2),
        (("connections", "as.ana", "token", "env"), 4),
        (("communities", 0, "spaces", 1, "project"), 19),
        (("communities", 1, "policy", "conflict"), 23),
        (("nothing",), None),
        ((), None),
    ],
)
def test_the_line_of_a_key(path: tuple[str | int, ...], line: int | None) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, path) == line


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "a = 1", "a = '''\nb = 2\n'''", 'a = """\\"""b"""'])
def test_small_texts_have_an_end(text: str) -> None:
    tomllib.loads(text)
    assert line_of(text, ("b",)) is None
    assert line_of(text, ("a", "x", 3)) == (1 if "a =" in text else None)


@pytest.mark.parametrize("text", ["[", "[[", "a = [", "a = {", "= 1", "a = [1, {", "]", "}", ",", "[a", "a"])
def test_broken_texts_have_an_end_too(text: str) -> None:
    line_of(text, ("a",))
